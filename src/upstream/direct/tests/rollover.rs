//! Several secrets of one client.

use super::*;

const REFUSED: &str = r#"{"error":"invalid_client"}"#;

fn secrets_sent(recorder: &Recorder) -> Vec<String> {
    recorder.seen().iter().map(|seen| seen.field("client_secret")).collect()
}

#[tokio::test]
async fn the_next_secret_is_tried_when_one_is_refused_and_the_one_that_works_is_remembered() {
    let refused = Canned::json(401, REFUSED);
    let recorder = Recorder::start([refused.clone(), refused, Canned::tokens()]).await;
    let direct = direct_with(Provider::Google, shared(&["one", "two", "three"]), &recorder);
    direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap();
    direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap();
    assert_eq!(secrets_sent(&recorder), ["one", "two", "three", "three"]);
    assert_eq!(recorder.seen()[0].field("refresh_token"), "token");
}

#[tokio::test]
async fn a_secret_that_was_remembered_may_end_too() {
    let refused = Canned::json(401, REFUSED);
    let answers = [refused.clone(), Canned::tokens(), refused, Canned::tokens()];
    let recorder = Recorder::start(answers).await;
    let direct = direct_with(Provider::Google, shared(&["one", "two"]), &recorder);
    for _ in 0..2 {
        direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap();
    }
    assert_eq!(secrets_sent(&recorder), ["one", "two", "two", "one"]);
}

#[tokio::test]
async fn an_ended_grant_proves_the_secret_and_a_fault_proves_nothing() {
    let refused = Canned::json(401, REFUSED);
    let ended = Canned::json(400, r#"{"error":"invalid_grant"}"#);
    for (answer, then) in [(ended, "two"), (Canned::json(503, ""), "one")] {
        let recorder = Recorder::start([refused.clone(), answer, Canned::tokens()]).await;
        let direct = direct_with(Provider::Google, shared(&["one", "two"]), &recorder);
        direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap_err();
        direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap();
        assert_eq!(secrets_sent(&recorder), ["one", "two", then]);
    }
}

#[tokio::test]
async fn other_failures_try_no_other_secret() {
    for answer in [
        Canned::json(400, r#"{"error":"invalid_grant"}"#),
        Canned::json(400, r#"{"error":"invalid_request"}"#),
        Canned::json(429, ""),
        Canned::json(503, REFUSED),
    ] {
        let recorder = Recorder::start([answer]).await;
        let direct = direct_with(Provider::Google, shared(&["one", "two"]), &recorder);
        direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap_err();
        assert_eq!(secrets_sent(&recorder), ["one"]);
    }
}

#[tokio::test]
async fn with_all_secrets_refused_so_is_the_client() {
    let recorder = Recorder::start([Canned::json(401, REFUSED)]).await;
    let direct = direct_with(Provider::Google, shared(&["one", "two"]), &recorder);
    let error = direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap_err();
    assert!(matches!(error, UpstreamError::ClientRefused(_)), "{error:?}");
    assert_eq!(secrets_sent(&recorder), ["one", "two"]);
}

#[tokio::test]
async fn all_secrets_together_have_the_time_of_one_call() {
    let recorder = Recorder::start([]).await;
    let direct = direct_with(Provider::Google, shared(&["one", "two", "three"]), &recorder);
    let direct = Direct { timeout: Duration::from_millis(50), ..direct };
    direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap_err();
    assert_eq!(secrets_sent(&recorder), ["one"]);
}

#[tokio::test]
async fn a_revocation_rolls_over_as_well() {
    let recorder =
        Recorder::start([Canned::json(401, REFUSED), Canned::json(200, ""), Canned::json(200, "")])
            .await;
    let direct = direct_with(Provider::Discord, shared(&["one", "two"]), &recorder);
    let (access, refresh) = ("access".into(), "refresh".into());
    direct.revoke(Provider::Discord, tokens(&access, Some(&refresh))).await.unwrap();
    assert_eq!(secrets_sent(&recorder), ["one", "two", "two"]);
}
