//! Good answers, in the shapes that providers really give them.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::*;

async fn session(answer: Canned) -> ProviderSession {
    refreshed(Provider::Google, answer).await.unwrap()
}

/// The expiry of an answer with these further fields.
async fn expiry(fields: &str) -> Option<String> {
    let body = format!(r#"{{"access_token":"a",{fields}"x":null}}"#);
    let at = session(Canned::json(200, body)).await.expires_at;
    at.map(|at: DateTime<Utc>| at.format("%F %T").to_string())
}

async fn refresh_token(fields: &str) -> Option<String> {
    let body = format!(r#"{{"access_token":"a"{fields}}}"#);
    let token = session(Canned::json(200, body)).await.refresh_token;
    token.map(|token| token.expose_secret().to_owned())
}

#[tokio::test]
async fn an_answer_by_the_book_is_read() {
    let session = session(Canned::json(
        200,
        r#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"x","extra":{"y":[1]}}"#,
    ))
    .await;
    assert_eq!(session.access_token.expose_secret(), "a");
    assert_eq!(session.refresh_token.unwrap().expose_secret(), "r");
    assert_eq!(session.expires_at, Some("2026-01-01T13:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_lifetime_may_be_a_text_or_have_a_fraction() {
    let an_hour_on = Some("2026-01-01 13:00:00".to_owned());
    for field in ["3600", "\"3600\"", "3600.7", "\"3600.0\"", "\" 3600 \"", "3.6e3"] {
        assert_eq!(expiry(&format!("\"expires_in\":{field},")).await, an_hour_on, "{field}");
    }
    assert_eq!(expiry("\"expires\":3600,").await, an_hour_on);
}

#[tokio::test]
async fn an_instant_counts_where_there_is_no_lifetime() {
    let an_hour_on = Some("2026-01-01 13:00:00".to_owned());
    for fields in [
        "\"expires_at\":1767272400,",
        "\"expires_at\":\"1767272400\",",
        "\"expires_on\":\"1767272400\",",
        "\"expires_at\":\"2026-01-01T13:00:00Z\",",
        "\"expires\":1767272400,",
        "\"expires_in\":null,\"expires_at\":1767272400,",
        // Strava gives both. A clock that is wrong counts for nothing.
        "\"expires_in\":3600,\"expires_at\":1,",
    ] {
        assert_eq!(expiry(fields).await, an_hour_on, "{fields}");
    }
}

#[tokio::test]
async fn without_a_sensible_lifetime_there_is_no_known_expiry() {
    for fields in [
        "",
        "\"expires_in\":0,",
        "\"expires_in\":-1,",
        "\"expires_in\":null,",
        "\"expires_in\":\"\",",
        "\"expires_in\":\"soon\",",
        "\"expires_in\":[],",
        "\"expires_in\":1e300,",
        "\"expires_in\":9223372036854775807,",
        "\"expires_in\":99999999999999999999,",
        "\"expires_at\":1,",
        "\"expires_at\":\"0001-01-01T00:00:00Z\",",
    ] {
        assert_eq!(expiry(fields).await, None, "{fields}");
    }
}

#[tokio::test]
async fn an_empty_null_or_missing_refresh_token_is_none() {
    for fields in ["", r#","refresh_token":"""#, r#","refresh_token":null"#] {
        assert_eq!(refresh_token(fields).await, None, "{fields}");
    }
    assert_eq!(refresh_token(r#","refresh_token":"r""#).await.as_deref(), Some("r"));
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let json = r#"{"access_token":"a","expires_in":3600}"#;
    for kind in ["text/html; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"] {
        assert_eq!(session(Canned::new(200, kind, json)).await.access_token.expose_secret(), "a");
    }
}

#[tokio::test]
async fn a_byte_order_mark_and_white_space_are_passed_over() {
    let body = "\u{feff} \r\n{\"access_token\":\"a\"}\n ";
    assert_eq!(session(Canned::json(200, body)).await.access_token.expose_secret(), "a");
}

#[tokio::test]
async fn github_is_understood_in_both_of_its_languages() {
    let json = r#"{"access_token":"ghu_1","expires_in":28800,"refresh_token":"ghr_1","refresh_token_expires_in":15811200,"scope":"","token_type":"bearer"}"#;
    let form = "access_token=ghu_1&expires_in=28800&refresh_token=ghr_1&refresh_token_expires_in=15811200&scope=&token_type=bearer";
    for answer in [
        Canned::json(200, json),
        Canned::new(200, "application/x-www-form-urlencoded; charset=utf-8", form),
    ] {
        let session = refreshed(Provider::Github, answer).await.unwrap();
        assert_eq!(session.access_token.expose_secret(), "ghu_1");
        assert_eq!(session.refresh_token.unwrap().expose_secret(), "ghr_1");
        assert_eq!(session.expires_at, Some("2026-01-01T20:00:00Z".parse().unwrap()));
    }
}

#[tokio::test]
async fn tokens_that_were_issued_are_kept_whatever_else_is_said() {
    let body = r#"{"access_token":"a","refresh_token":"r","error":"invalid_grant"}"#;
    assert_eq!(session(Canned::json(200, body)).await.access_token.expose_secret(), "a");
    assert_eq!(session(Canned::json(201, body)).await.access_token.expose_secret(), "a");
}
