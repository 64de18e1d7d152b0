//! What is no answer, and whether it may become one.

use std::io::Write;

use serde_json::json;

use super::*;

async fn refused(provider: Provider, status: u16, headers: &[(&str, &str)], body: &str) -> Asked {
    let mut answer = Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    ask(provider, answer.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_missing_scope_is_told_from_a_token_that_is_refused() {
    let insufficient = [("www-authenticate", "Bearer error=\"insufficient_scope\"")];
    for (provider, status, headers, body, end) in [
        // https://docs.gitlab.com/api/oauth2/
        (
            Provider::Gitlab,
            403,
            &[][..],
            r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_user"}"#,
            LookUpEnd::ScopeMissing,
        ),
        // https://developer.spotify.com/documentation/web-api/concepts/api-calls
        (
            Provider::Spotify,
            403,
            &[][..],
            r#"{"error":{"status":403,"message":"Insufficient client scope"}}"#,
            LookUpEnd::ScopeMissing,
        ),
        // RFC 6750 §3.1
        (Provider::Google, 401, &insufficient[..], "{}", LookUpEnd::ScopeMissing),
        (
            Provider::Google,
            401,
            &[("www-authenticate", "Bearer error=\"invalid_token\"")][..],
            r#"{"error":"invalid_request","error_description":"Invalid Credentials"}"#,
            LookUpEnd::Refused,
        ),
        // https://docs.github.com/rest/authentication/authenticating-to-the-rest-api
        (Provider::Github, 401, &[][..], r#"{"message":"Bad credentials"}"#, LookUpEnd::Refused),
        (Provider::Discord, 404, &[][..], "", LookUpEnd::Refused),
        // It is not followed: the token would go with it.
        (
            Provider::Google,
            302,
            &[("location", "https://elsewhere.example/")][..],
            "",
            LookUpEnd::Refused,
        ),
    ] {
        let asked = refused(provider, status, headers, body).await;
        assert_eq!(asked.end(), end, "{provider} {status} {body}");
    }
}

// https://developers.facebook.com/docs/graph-api/guides/error-handling
#[tokio::test]
async fn facebook_says_that_a_token_has_ended_and_when_the_user_can_help_that() {
    let (ended, refused) = (NoProfile::TokenEnded, NoProfile::Ended(LookUpEnd::Refused));
    for (provider, status, error, said) in [
        (Provider::Facebook, 400, json!({ "code": 190 }), ended),
        (Provider::Facebook, 401, json!({ "code": 190, "error_subcode": 458 }), ended),
        (Provider::Facebook, 400, json!({ "code": 190, "error_subcode": 459 }), refused),
        (Provider::Facebook, 400, json!({ "code": 190, "error_subcode": 464 }), refused),
        (Provider::Facebook, 400, json!({ "code": 100 }), refused),
        (Provider::Facebook, 400, json!("190"), refused),
        (Provider::Google, 401, json!({ "code": 190 }), refused),
    ] {
        let asked = ask(provider, answer(status, json!({ "error": error }).to_string())).await;
        assert_eq!(asked.said.unwrap_err(), said, "{status} {error}");
    }
}

#[tokio::test]
async fn who_is_down_or_limits_the_rate_is_asked_again() {
    let after = |seconds| Some(Duration::from_secs(seconds));
    for (status, headers, wait) in [
        (429, &[("retry-after", "30")][..], after(30)),
        (503, &[("retry-after", "7")][..], after(7)),
        (500, &[][..], None),
        (408, &[][..], None),
        // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
        (403, &[("retry-after", "60")][..], after(60)),
        (403, &[("x-ratelimit-remaining", "0")][..], None),
    ] {
        let asked = refused(Provider::Github, status, headers, "").await;
        assert_eq!(asked.said.unwrap_err(), NoProfile::NotNow(wait), "{status} {headers:?}");
    }
    // Nobody listens there.
    let nobody = "http://127.0.0.1:1/".parse().unwrap();
    let accounts = HashMap::from([(Provider::Google, nobody)]);
    let accounts = Accounts::new(accounts, Clock::system()).unwrap();
    let said = accounts.profile(Provider::Google, &"the-access-token".into()).await;
    assert_eq!(said.unwrap_err(), NoProfile::NotNow(None));
}

#[tokio::test]
async fn a_page_or_nothing_names_no_account() {
    let page = "<!doctype html><script>var user = {\"sub\": \"1\"}</script>";
    for body in [page, "", "null", "[]", "\"1\"", "{}", "{\"sub\":", "\u{feff}", "ok"] {
        let asked = refused(Provider::Google, 200, &[("content-type", "text/html")], body).await;
        assert_eq!(asked.end(), LookUpEnd::Unreadable, "{body}");
    }
}

#[tokio::test]
async fn an_answer_is_read_whatever_it_says_that_it_is() {
    let body = json!({ "sub": "1", "name": "Ada" }).to_string();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body.as_bytes()).unwrap();
    let zipped = Response::builder().header("content-encoding", "gzip");
    let zipped = zipped.body(Body::from(encoder.finish().unwrap())).unwrap();
    let mut answers = vec![zipped];
    for kind in ["text/plain", "text/html; charset=utf-8", "application/json; charset=utf-16", ""] {
        let answer = Response::builder().header("content-type", kind);
        answers.push(answer.body(Body::from(body.clone())).unwrap());
    }
    answers.push(answer(200, format!("\u{feff}{body}")));
    for answer in answers {
        let profile = ask(Provider::Google, answer).await.said.unwrap();
        assert_eq!((profile.id.as_str(), profile.name.as_deref()), ("1", Some("Ada")));
    }
}
