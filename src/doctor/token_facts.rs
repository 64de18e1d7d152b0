use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::clock_skew::spell;
use crate::auth::Described;

/// Longest text of a token's own that is shown.
const SHOWN: usize = 120;

/// What a token claims. Nothing of it is proven, and no more is shown than what tells why it is
/// refused.
pub struct TokenFacts {
    header: Map<String, Value>,
    payload: Map<String, Value>,
}

impl TokenFacts {
    /// `None`: it isn't a signed JWT.
    pub fn read(token: &str) -> Option<Self> {
        let parts: Vec<_> = token.split('.').collect();
        let [header, payload, _] = parts[..] else { return None };
        let object = |part: &str| {
            serde_json::from_slice::<Map<String, Value>>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        Some(Self { header: object(header)?, payload: object(payload)? })
    }

    /// All that is shown of it.
    pub fn spell(&self, now: DateTime<Utc>) -> String {
        let mut parts = Vec::new();
        let from = [(&self.header, ["alg", "kid"]), (&self.payload, ["iss", "aud"])];
        for (object, names) in from {
            let named = names.iter().filter_map(|name| Some((name, object.get(*name)?)));
            parts.extend(named.map(|(name, value)| format!("{name} {}", shown(value))));
        }
        for name in ["exp", "nbf"] {
            if let Some(at) = self.time(name) {
                parts.push(format!(
                    "{name} {}, {}",
                    at.format("%Y-%m-%dT%H:%M:%SZ"),
                    from_now(at, now)
                ));
            }
        }
        let names: Vec<_> = self.payload.keys().map(|name| cut(name)).collect();
        parts.push(format!("claims {}", names.join(", ")));
        parts.join("; ")
    }

    /// Where it differs from what every one of the secrets wants, and what to do about each.
    pub fn differences(&self, secrets: &[Described], now: DateTime<Utc>) -> Vec<String> {
        let mut found = Vec::new();
        let algorithm = self.header.get("alg").and_then(Value::as_str).unwrap_or("none");
        let algorithm = if algorithm == "EdDSA" { "Ed25519" } else { algorithm };
        let suits = |of: &Described| of.algorithms.is_empty() || of.algorithms.contains(&algorithm);
        if !secrets.iter().any(suits) {
            let wanted =
                all(secrets, |of| of.algorithms.iter().map(|name| (*name).to_owned()).collect());
            found.push(format!(
                "it is signed with {}, but the JWT secret is for {wanted}: check whether it \
                 belongs to another project, or the project's JWT secret has changed",
                cut(algorithm)
            ));
        }
        let skew = secrets.iter().map(|of| i64::from(of.allowed_skew)).max().unwrap_or_default();
        match self.time("exp") {
            Some(at) if at.timestamp() + skew <= now.timestamp() => found.push(format!(
                "it expired {}: have the app refresh the session; if it is new, compare the clocks",
                from_now(at, now)
            )),
            _ => {}
        }
        if let Some(at) = self.time("nbf").filter(|at| at.timestamp() - skew > now.timestamp()) {
            found.push(format!("it is valid only {}: compare the clocks", from_now(at, now)));
        }
        let issuer = self.payload.get("iss").and_then(Value::as_str);
        let from_here = |of: &Described| of.issuer.is_none() || of.issuer.as_deref() == issuer;
        if !secrets.iter().any(from_here) {
            let wanted = all(secrets, |of| of.issuer.iter().map(|of| format!("{of:?}")).collect());
            found.push(format!(
                "its iss is {}, but the JWT secret requires {wanted}: check whether it belongs to \
                 another project, or `issuer` is wrong",
                issuer.map_or_else(|| "missing".to_owned(), |issuer| format!("{:?}", cut(issuer)))
            ));
        }
        let for_here = |of: &Described| of.audience.as_ref().is_none_or(|of| self.is_for(of));
        if !secrets.iter().any(for_here) {
            let wanted =
                all(secrets, |of| of.audience.iter().map(|of| format!("{of:?}")).collect());
            let aud = self.payload.get("aud").map_or_else(|| "missing".to_owned(), shown);
            found.push(format!(
                "its aud is {aud}, but the JWT secret requires one of {wanted}: have it issued for \
                 this app, or change `audience`"
            ));
        }
        found
    }

    fn is_for(&self, accepted: &[String]) -> bool {
        let is_accepted =
            |of: &Value| of.as_str().is_some_and(|of| accepted.iter().any(|a| a == of));
        match self.payload.get("aud") {
            Some(Value::Array(all)) => all.iter().any(is_accepted),
            Some(one) => is_accepted(one),
            None => false,
        }
    }

    /// When it ends, if it says so.
    pub fn expiry(&self) -> Option<DateTime<Utc>> {
        self.time("exp")
    }

    fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        let value = self.payload.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a value out of range isn't a time either way"
        )]
        let seconds = value.as_i64().or_else(|| value.as_f64().map(|s| s as i64))?;
        DateTime::from_timestamp(seconds, 0)
    }
}

/// What the secrets want, one after the other.
fn all(secrets: &[Described], of: impl Fn(&Described) -> Vec<String>) -> String {
    let mut wanted: Vec<_> = secrets.iter().flat_map(of).collect();
    wanted.dedup();
    wanted.join(" or ")
}

fn from_now(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (at - now).num_seconds();
    if seconds > 0 { format!("in {}", spell(seconds)) } else { format!("{} ago", spell(seconds)) }
}

fn shown(value: &Value) -> String {
    cut(&value.to_string())
}

/// Whoever made the token chose the text: no control characters, and not too much of it.
fn cut(text: &str) -> String {
    let whole = text.chars().count() <= SHOWN;
    let kept: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    // Quotation marks of JSON need no escape here.
    let kept = kept.replace("\\\"", "\"").replace("\\'", "'");
    if whole { kept } else { format!("{kept}…") }
}
