//! Answers that come in part, late, or too long.

use std::time::Instant;

use secrecy::ExposeSecret;

use super::*;

const TOKENS: &str = r#""access_token":"AT-new","refresh_token":"RT-new","expires_in":3600"#;

#[track_caller]
fn has_tokens(found: Result<ProviderSession, UpstreamError>) {
    let session = found.unwrap();
    assert_eq!(session.access_token.expose_secret(), "AT-new");
    assert_eq!(session.refresh_token.unwrap().expose_secret(), "RT-new");
}

#[tokio::test]
async fn a_connection_that_breaks_behind_the_tokens_costs_nothing() {
    for rest in ["", ",\"scope\":\"a b", "}", ",\"x\":{"] {
        let answer = Canned::json(200, format!("{{{TOKENS}{rest}")).breaking();
        has_tokens(refreshed(Provider::Gitlab, answer).await);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_them_may_have_cost_them() {
    for body in ["", "{", r#"{"access_token":"AT-n"#, r#"{"refresh_token":"RT-new","#] {
        let found = refreshed(Provider::Gitlab, Canned::json(200, body).breaking()).await;
        let what = "the connection broke before it had answered";
        let error = found.unwrap_err();
        // Where nothing of the answer has come at all, nobody knows its status.
        let lost =
            matches!(error, UpstreamError::Unreadable { .. } | UpstreamError::Unavailable { .. });
        assert!(lost && error.evidence() == what, "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_breaks_off_is_the_upstreams_unless_it_could_be_read() {
    let found = refreshed(Provider::Gitlab, Canned::json(400, r#"{"err"#).breaking()).await;
    assert!(matches!(found, Err(UpstreamError::Unavailable { .. })), "{found:?}");
    let told = r#"{"error":"invalid_grant","error_description":"The"#;
    let found = refreshed(Provider::Gitlab, Canned::json(400, told).breaking()).await;
    assert!(matches!(found, Err(UpstreamError::Ended(_))), "{found:?}");
}

#[tokio::test]
async fn an_answer_that_never_ends_is_used_when_time_is_up() {
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let provider = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await.unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n";
        socket.write_all(format!("{head}{{{TOKENS}}}").as_bytes()).await.unwrap();
        let _ = receiver.await;
    });
    let clients = [(Provider::Gitlab, client(Provider::Gitlab, shared(&["secret"]), &origin))];
    let direct = Direct::new(clients.into_iter().collect(), clock()).unwrap();
    let direct = Direct { timeout: Duration::from_millis(500), ..direct };
    let began = Instant::now();
    has_tokens(direct.refresh(Provider::Gitlab, &"token".into(), clock().now()).await);
    assert!(began.elapsed() < Duration::from_secs(5));
    drop(sender);
    provider.await.unwrap();
}

#[tokio::test]
async fn tokens_at_the_beginning_of_a_huge_answer_are_read() {
    let body = format!("{{{TOKENS},\"x\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    has_tokens(refreshed(Provider::Gitlab, Canned::json(200, body)).await);
}

#[tokio::test]
async fn tokens_of_a_hundred_kilobytes_are_read() {
    let token = "x".repeat(100_000);
    let body = format!(r#"{{"access_token":"{token}","refresh_token":"{token}"}}"#);
    let session = refreshed(Provider::Entraid, Canned::json(200, body)).await.unwrap();
    assert_eq!(session.access_token.expose_secret().len(), 100_000);
    assert_eq!(session.refresh_token.unwrap().expose_secret().len(), 100_000);
}

#[tokio::test]
async fn the_end_of_a_refresh_token_is_kept() {
    let body = format!("{{{TOKENS},\"refresh_token_expires_in\":15811200}}");
    let session = refreshed(Provider::Github, Canned::json(200, body)).await.unwrap();
    assert_eq!(session.refresh_token_expires_at, Some("2026-07-03T12:00:00Z".parse().unwrap()));
}
