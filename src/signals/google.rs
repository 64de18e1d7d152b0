//! Google's Cross-Account Protection (RISC): security event tokens of Google accounts.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Provider;
use serde_json::{Map, Value};

use super::{
    GoogleSettings, Means, Received, Refused, Signal, SignalId, Subject, TokenIdentifier,
    received::{account_id, check_age},
};
use crate::{
    auth::{SecurityEventError, SecurityEvents},
    clock::Clock,
};

/// Google delivers "with limited retries". Ids are remembered for longer than that.
const AT_MOST: TimeDelta = TimeDelta::days(7);
/// RFC 8417 allows several events in a token. Google sends one.
const MOST_EVENTS: usize = 8;
/// Ids are far shorter.
const LONGEST_JTI: usize = 256;

const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const OAUTH: &str = "https://schemas.openid.net/secevent/oauth/event-type/";

/// Verifies and reads Google's security event tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Google {
    events: SecurityEvents,
}

impl Google {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(settings: GoogleSettings, clock: Clock) -> Result<Self, reqwest::Error> {
        let GoogleSettings { client_ids, configuration_url } = settings;
        Ok(Self { events: SecurityEvents::new(configuration_url, client_ids, clock)? })
    }

    /// # Errors
    /// Google has not signed it for this app, it is old, or it can't be read.
    pub async fn read(&self, body: &[u8], now: DateTime<Utc>) -> Result<Received, Refused> {
        let token = std::str::from_utf8(body).map_err(|_| Refused::Malformed("it is not a JWT"))?;
        let claims = self.events.verify(token.trim()).await?;
        read(&claims, now)
    }
}

impl From<SecurityEventError> for Refused {
    fn from(error: SecurityEventError) -> Self {
        match error {
            SecurityEventError::Malformed(why) => Self::Malformed(why),
            SecurityEventError::Key => Self::Signature,
            SecurityEventError::Issuer => Self::Issuer,
            SecurityEventError::Audience => Self::Audience,
            SecurityEventError::Unavailable => Self::Unavailable,
        }
    }
}

/// Reads claims that are verified. Google signs ID tokens with the same keys and for the same
/// audience; those have no `events`.
fn read(claims: &Map<String, Value>, now: DateTime<Utc>) -> Result<Received, Refused> {
    let events = claims.get("events").and_then(Value::as_object);
    let events = events.ok_or(Refused::Malformed("it has no events: it is another kind of JWT"))?;
    let jti = claims.get("jti").and_then(Value::as_str);
    let jti = jti.filter(|jti| (1..=LONGEST_JTI).contains(&jti.len()));
    let jti = jti.ok_or(Refused::Malformed("it has no jti"))?;
    let at = SecurityEvents::issued_at(claims).ok_or(Refused::Malformed("it has no iat"))?;
    check_age(at, now, AT_MOST)?;
    if events.len() > MOST_EVENTS {
        return Err(Refused::Malformed("it has over 8 events"));
    }
    let mut signals = Vec::new();
    let mut test = None;
    for (kind, event) in events {
        let Some((name, means)) = known(kind) else { continue };
        if name == "verification" {
            test = Some(Received::Test(name));
            continue;
        }
        signals.push(Signal {
            provider: Provider::Google,
            subject: subject(&event["subject"])?,
            means,
            name,
            at,
            id: SignalId::of(&format!("google {name}"), jti.as_bytes()),
            content: None,
        });
    }
    Ok(match test {
        Some(test) if signals.is_empty() => test,
        _ if signals.is_empty() => Received::OfNoConcern,
        _ => Received::Signals(signals),
    })
}

/// What an event is called, and what it means. Google, "Supported event types".
fn known(kind: &str) -> Option<(&'static str, Means)> {
    let risc = |name: &str| kind.strip_prefix(RISC) == Some(name);
    let oauth = |name: &str| kind.strip_prefix(OAUTH) == Some(name);
    Some(match kind {
        _ if oauth("tokens-revoked") => ("tokens-revoked", Means::Ended),
        _ if oauth("token-revoked") => ("token-revoked", Means::Ended),
        _ if risc("sessions-revoked") => ("sessions-revoked", Means::Ended),
        _ if risc("account-disabled") => ("account-disabled", Means::Ended),
        _ if risc("account-purged") => ("account-purged", Means::Ended),
        // What a disabled account had may work again.
        _ if risc("account-enabled") => ("account-enabled", Means::Doubtful),
        _ if risc("account-credential-change-required") => {
            ("account-credential-change-required", Means::Noted)
        }
        _ if risc("verification") => ("verification", Means::Noted),
        _ => return None,
    })
}

/// Subjects as Google writes them (OpenID RISC and OAuth Event Types, drafts of 2018), and as the
/// standard that came of them does (RFC 9493): `format` and `iss_sub`.
fn subject(subject: &Value) -> Result<Subject, Refused> {
    const UNKNOWN: Refused = Refused::Malformed("its subject is of a kind that is not known here");
    let kind = subject.get("subject_type").or_else(|| subject.get("format"));
    match kind.and_then(Value::as_str) {
        Some("iss-sub" | "iss_sub" | "id_token_claims") => {
            let issuer = subject["iss"].as_str().unwrap_or_default();
            let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
            // An id of another issuer's would be somebody else.
            if !matches!(issuer, "https://accounts.google.com" | "accounts.google.com") {
                return Err(Refused::Malformed("its subject is no Google account"));
            }
            Ok(Subject::Account(account_id(&subject["sub"])?))
        }
        Some("oauth_token") => {
            let token = subject["token"].as_str().filter(|token| token.len() <= 256);
            let token = token.ok_or(UNKNOWN)?;
            if subject["token_type"] != "refresh_token" {
                return Err(UNKNOWN);
            }
            Ok(Subject::RefreshToken(match subject["token_identifier_alg"].as_str() {
                Some("prefix") if token.len() == TokenIdentifier::PREFIX => {
                    TokenIdentifier::Prefix(token.into())
                }
                Some("hash_base64_sha512_sha512") => TokenIdentifier::DoubleSha512(token.into()),
                _ => return Err(UNKNOWN),
            }))
        }
        _ => Err(UNKNOWN),
    }
}
