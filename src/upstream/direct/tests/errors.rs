//! Bad answers, and what they mean.

use super::*;

async fn error(provider: Provider, answer: Canned) -> UpstreamError {
    refreshed(provider, answer).await.unwrap_err()
}

fn evidence(code: &'static str, status: u16) -> Evidence {
    Evidence { code, status, host: "127.0.0.1".to_owned() }
}

fn oauth(code: &str) -> String {
    format!(r#"{{"error":"{code}","error_description":"planted"}}"#)
}

fn refused(code: &'static str, status: u16) -> UpstreamError {
    UpstreamError::GrantRefused { evidence: evidence(code, status), retry_after: None }
}

async fn unavailable(answer: Canned) -> &'static str {
    match error(Provider::Google, answer).await {
        UpstreamError::Unavailable { what, retry_after: None, .. } => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_grant_that_has_ended_is_told_from_all_else() {
    for code in ["invalid_grant", "interaction_required", "consent_required", "login_required"] {
        for status in [400, 401, 403] {
            let found = error(Provider::Entraid, Canned::json(status, oauth(code))).await;
            assert_eq!(found, UpstreamError::Ended(evidence(code, status)));
            assert_eq!(found.evidence(), format!("{code} (HTTP {status}) from 127.0.0.1"));
        }
    }
}

#[tokio::test]
async fn a_refused_client_is_the_operators_affair() {
    for code in ["invalid_client", "unauthorized_client", "deleted_client", "disabled_client"] {
        for status in [400, 401] {
            let found = error(Provider::Google, Canned::json(status, oauth(code))).await;
            assert_eq!(found, UpstreamError::ClientRefused(evidence(code, status)));
        }
    }
}

#[tokio::test]
async fn githubs_errors_with_status_200_are_errors() {
    let ended = UpstreamError::Ended(evidence("bad_refresh_token", 200));
    let client = UpstreamError::ClientRefused(evidence("incorrect_client_credentials", 200));
    let other = refused("unsupported_grant_type", 200);
    for (code, expected) in [
        ("bad_refresh_token", ended),
        ("incorrect_client_credentials", client),
        ("unsupported_grant_type", other),
    ] {
        let json = Canned::json(200, oauth(code));
        assert_eq!(error(Provider::Github, json).await, expected);
        let form = format!("error={code}&error_description=planted");
        let form = Canned::new(200, "application/x-www-form-urlencoded", form);
        assert_eq!(error(Provider::Github, form).await, expected);
    }
}

#[tokio::test]
async fn strava_and_twitch_say_the_same_in_their_own_words() {
    let strava = |resource: &str| {
        let errors = format!(r#"[{{"resource":"{resource}","field":"x","code":"invalid"}}]"#);
        Canned::json(400, format!(r#"{{"message":"Bad Request","errors":{errors}}}"#))
    };
    let twitch = |status: u16, text: &str| {
        Canned::json(status, format!(r#"{{"status":{status},"message":"{text}"}}"#))
    };
    let ended = UpstreamError::Ended(evidence("invalid_grant", 400));
    let client = |status| UpstreamError::ClientRefused(evidence("invalid_client", status));
    assert_eq!(error(Provider::Strava, strava("RefreshToken")).await, ended);
    assert_eq!(error(Provider::Strava, strava("Application")).await, client(400));
    assert_eq!(error(Provider::Twitch, twitch(400, "Invalid refresh token")).await, ended);
    assert_eq!(error(Provider::Twitch, twitch(403, "invalid client secret")).await, client(403));
    for (provider, answer) in [
        (Provider::Strava, strava("Athlete")),
        (Provider::Twitch, twitch(400, "missing refresh token")),
        // Nobody else speaks like that.
        (Provider::Google, strava("RefreshToken")),
        (Provider::Google, twitch(400, "Invalid refresh token")),
    ] {
        let found = error(provider, answer).await;
        assert_eq!(found, refused("unknown", 400), "{provider}");
    }
}

#[tokio::test]
async fn codes_by_which_a_provider_speaks_of_itself_are_passing_troubles() {
    for code in ["server_error", "slow_down", "temporarily_unavailable"] {
        for status in [200, 400, 403] {
            let what = unavailable(Canned::json(status, oauth(code))).await;
            assert_eq!(what, format!("it answered {code}"));
        }
    }
}

#[tokio::test]
async fn other_refusals_are_of_this_grant_alone_and_no_end() {
    for code in ["access_denied", "invalid_request", "invalid_resource", "invalid_scope"] {
        for status in [400, 401, 403] {
            let found = error(Provider::Discord, Canned::json(status, oauth(code))).await;
            assert_eq!(found, refused(code, status));
        }
    }
    for (status, body) in [
        (400, oauth("planted")),
        (400, String::new()),
        (401, "{}".to_owned()),
        (403, "<html>Blocked</html>".to_owned()),
        (404, "<html>".to_owned()),
        (400, r#"{"error":{"code":400,"message":"planted"}}"#.to_owned()),
    ] {
        let found = error(Provider::Google, Canned::json(status, body)).await;
        assert_eq!(found, refused("unknown", status));
        assert_eq!(found.evidence(), format!("unknown (HTTP {status}) from 127.0.0.1"));
    }
    let asks = Canned::json(400, oauth("invalid_scope")).with("retry-after", "3600");
    let found = error(Provider::Discord, asks).await;
    assert_eq!(found.retry_after(), Some(Duration::from_hours(1)));
}

#[tokio::test]
async fn a_broken_server_ends_no_grant_and_refuses_no_client() {
    for (status, expected) in [
        (500, "it answered HTTP 500"),
        (502, "it answered HTTP 502"),
        (503, "it answered HTTP 503"),
        (504, "it answered HTTP 504"),
        (520, "it answered with a server error"),
        (408, "it answered HTTP 408"),
        (425, "it answered HTTP 425"),
    ] {
        for body in [oauth("invalid_grant"), oauth("invalid_client"), "<html>".to_owned()] {
            assert_eq!(unavailable(Canned::json(status, body)).await, expected);
        }
    }
}

#[tokio::test]
async fn a_success_that_nobody_can_read_may_have_spent_the_token() {
    let no_token = "no tokens can be read from its answer";
    for (answer, expected) in [
        (Canned::json(200, ""), no_token),
        (Canned::json(200, "{}"), no_token),
        (Canned::json(200, "[]"), no_token),
        (Canned::json(200, "null"), no_token),
        (Canned::json(200, r#"{"access_token":""}"#), no_token),
        (Canned::json(200, r#"{"access_token":null,"error":""}"#), no_token),
        (Canned::json(200, r#"{"access_token":5}"#), no_token),
        (Canned::json(200, "{\"access_token\": \u{0}"), no_token),
        (Canned::json(200, vec![0xff, 0xfe, 0x00]), no_token),
        (Canned::json(200, "[".repeat(100_000)), no_token),
        (Canned::new(200, "text/html", "<html><body>error=invalid_grant</body>"), no_token),
        (Canned::json(200, vec![b' '; 3 * 1024 * 1024]), "its answer is far too large"),
    ] {
        let found = error(Provider::Google, answer).await;
        assert_eq!(found, UpstreamError::Unreadable { what: expected });
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Recorder::start([Canned::tokens()]).await;
    let location: &'static str = other.origin.clone().leak();
    for status in [301, 302, 303, 307, 308] {
        let answer = Canned::json(status, "").with("location", location);
        let what = unavailable(answer).await;
        assert_eq!(what, "it answered with a redirect, which is not followed");
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_rate_limit_says_how_long() {
    for (header, expected) in [
        ("30", Some(30)),
        ("Thu, 01 Jan 2026 12:02:00 GMT", Some(120)),
        ("Thu, 01 Jan 2026 11:00:00 GMT", Some(0)),
        ("whenever", None),
    ] {
        let retry_after = expected.map(Duration::from_secs);
        for body in ["", r#"{"error":"invalid_grant"}"#] {
            let found =
                error(Provider::Spotify, Canned::json(429, body).with("retry-after", header)).await;
            assert_eq!(found, UpstreamError::RateLimited { retry_after });
        }
        let found =
            error(Provider::Spotify, Canned::json(503, "").with("retry-after", header)).await;
        let what = "it answered HTTP 503";
        let expected = UpstreamError::Unavailable { what, status: Some(503), retry_after };
        assert_eq!(found, expected);
    }
    let found = error(Provider::Spotify, Canned::json(429, "")).await;
    assert_eq!(found, UpstreamError::RateLimited { retry_after: None });
    assert_eq!(found.evidence(), "HTTP 429");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_given_up() {
    let recorder = Recorder::start([]).await;
    let direct = direct(Provider::Google, &recorder);
    let direct = Direct { timeout: Duration::from_millis(50), ..direct };
    let found = direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap_err();
    assert_eq!(found, UpstreamError::unavailable("it did not answer in time"));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_a_passing_trouble() {
    let recorder = Recorder::start([]).await;
    let direct = direct(Provider::Google, &recorder);
    drop(recorder);
    tokio::task::yield_now().await;
    let found = direct.refresh(Provider::Google, &"token".into(), clock().now()).await.unwrap_err();
    assert_eq!(found, UpstreamError::unavailable("it can't be reached"));
}
