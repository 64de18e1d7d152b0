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

    /// What was found instead of what is expected.
    async fn fault(&self) -> Option<String> {
        let found = refreshed(self.provider.parse().unwrap(), self.answer()).await;
        let meaning = meaning(&found);
        let fault = match (meaning.as_str(), found) {
            _ if self.expect == "any" => None,
            (meaning, _) if meaning != self.expect => Some(meaning.to_owned()),
            ("ok", Ok(session)) => self.fault_of_tokens(&session),
            _ => None,
        };
        fault.map(|found| format!("{}: {} is expected, found {found}", self.id, self.expect))
    }

    fn fault_of_tokens(&self, session: &ProviderSession) -> Option<String> {
        if session.access_token.expose_secret() != "AT-new" {
            return Some("another access token".to_owned());
        }
        let refresh_token = session.refresh_token.as_ref().map(ExposeSecret::expose_secret);
        let expected = self.rt.clone().or_else(|| self.own_refresh_token());
        if (self.keeps_old || expected.is_some()) && refresh_token != expected.as_deref() {
            return Some(format!("the refresh token {refresh_token:?}"));
        }
        let lives = session.expires_at.map(|at| (at - clock().now()).num_seconds());
        let sane = lives.is_none_or(|lives| (1..=10 * 366 * 86_400).contains(&lives));
        let as_said = self.lifetime == not_said() || Value::from(lives) == self.lifetime;
        (!sane || !as_said).then(|| format!("a lifetime of {lives:?} s"))
    }

    /// Where the body can be read without any leniency.
    fn own_refresh_token(&self) -> Option<String> {
        if self.keeps_old {
            return None;
        }
        let body: Value = serde_json::from_str(self.body.as_deref()?).ok()?;
        Some(body.get("refresh_token")?.as_str()?.to_owned())
    }
}

/// In the words of `expect`. A rate limit that does not say how long lasts ten seconds.
fn meaning(found: &Result<ProviderSession, UpstreamError>) -> String {
    match found {
        Ok(_) => "ok".to_owned(),
        Err(UpstreamError::Ended(_)) => "ended".to_owned(),
        Err(UpstreamError::ClientRefused(_)) => "client".to_owned(),
        Err(UpstreamError::RateLimited { retry_after }) => {
            format!("rate_limited:{}", retry_after.map_or(10, |wait| wait.as_secs()))
        }
        Err(_) => "transient".to_owned(),
    }
}

async fn check(cases: &str) -> usize {
    let Cases { cases } = serde_json::from_str(cases).unwrap();
    let mut faults = Vec::new();
    for case in &cases {
        faults.extend(case.fault().await);
    }
    assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), cases.len());
    cases.len()
}

#[tokio::test]
async fn reported_answers_mean_what_they_were_found_to_mean() {
    assert_eq!(check(include_str!("../../../../tests/cases/direct-refresh.json")).await, 73);
}

#[tokio::test]
async fn so_do_others_of_their_kinds() {
    assert!(check(include_str!("../../../../tests/cases/direct-refresh-more.json")).await >= 150);
}
