//! `tests/cases/direct-refresh.json`: what token endpoints were publicly reported to answer, and what
//! each answer means; and further ones of the same kinds.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    provider: String,
    status: u16,
    headers: HashMap<String, String>,
    expect: String,
    body: Option<String>,
    body_base64: Option<String>,
    /// Seconds. Null: no known expiry.
    #[serde(default = "not_said")]
    lifetime: Value,
    #[serde(default)]
    keeps_old: bool,
    rt: Option<String>,
}

fn not_said() -> Value {
    Value::from("any")
}

impl Case {
    fn answer(&self) -> Canned {
        let body = match (&self.body, &self.body_base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, encoded) => STANDARD.decode(encoded.as_deref().unwrap()).unwrap(),
        };
        let now = clock().now();
        self.headers.iter().fold(Canned::bare(self.status, body), |canned, (name, value)| {
            let date = value.strip_prefix("@DATE+").map(|seconds| {
                let at = now + TimeDelta::seconds(seconds.parse().unwrap());
                at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
            });
            canned.with(name, date.as_deref().unwrap_or(value))
        })
    }

    async fn check(&self) {
        let id = &self.id;
        let found = refreshed(self.provider.parse().unwrap(), self.answer()).await;
        let (expected, seconds) = self.expect.split_once(':').unwrap_or((&self.expect, ""));
        match (expected, found) {
            ("ok", Ok(session)) => self.check_tokens(&session),
            ("any", _)
            | ("ended", Err(UpstreamError::Ended(_)))
            | ("client", Err(UpstreamError::ClientRefused(_))) => {}
            ("transient", Err(error)) => assert!(
                !matches!(error, UpstreamError::Ended(_) | UpstreamError::ClientRefused(_)),
                "{id}: {error:?}"
            ),
            ("rate_limited", Err(UpstreamError::RateLimited { retry_after })) => {
                let waits = retry_after.map_or(10, |wait| wait.as_secs());
                assert_eq!(waits.to_string(), seconds, "{id}");
            }
            (expected, found) => panic!("{id}: {expected} is expected, and there is {found:?}"),
        }
    }

    fn check_tokens(&self, session: &ProviderSession) {
        let id = &self.id;
        let now = clock().now();
        assert_eq!(session.access_token.expose_secret(), "AT-new", "{id}");
        let refresh_token = session.refresh_token.as_ref().map(ExposeSecret::expose_secret);
        if self.keeps_old {
            assert_eq!(refresh_token, None, "{id}");
        } else if let Some(expected) = &self.rt {
            assert_eq!(refresh_token, Some(expected.as_str()), "{id}");
        } else if let Some(own) = self.own_refresh_token() {
            assert_eq!(refresh_token, Some(own.as_str()), "{id}");
        }
        let lives = session.expires_at.map(|at| (at - now).num_seconds());
        if self.lifetime != not_said() {
            assert_eq!(Value::from(lives), self.lifetime, "{id}");
        }
        assert!(lives.is_none_or(|lives| (1..=10 * 366 * 86_400).contains(&lives)), "{id}");
    }

    /// Where the body can be read without any leniency.
    fn own_refresh_token(&self) -> Option<String> {
        let body: Value = serde_json::from_str(self.body.as_deref()?).ok()?;
        Some(body.get("refresh_token")?.as_str()?.to_owned())
    }
}

async fn check(cases: &str) -> usize {
    let Cases { cases } = serde_json::from_str(cases).unwrap();
    for case in &cases {
        case.check().await;
    }
    cases.len()
}

#[tokio::test]
async fn reported_answers_mean_what_they_were_found_to_mean() {
    assert_eq!(check(include_str!("../../../../tests/cases/direct-refresh.json")).await, 73);
}

#[tokio::test]
async fn so_do_others_of_their_kinds() {
    assert!(check(include_str!("../../../../tests/cases/direct-refresh-more.json")).await >= 40);
}
