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
/// Google issues a token some time after the event, and its `iat` is the token's. A sign-in or a
/// refresh in between may be newer than the event.
const ISSUED_WITHIN: TimeDelta = TimeDelta::minutes(3);
/// RFC 8417 allows several events in a token. Google sends one.
const MOST_EVENTS: usize = 8;
/// Ids are much shorter.
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

/// Reads verified claims. Google signs ID tokens with the same keys and for the same audience;
/// those have no `events`.
fn read(claims: &Map<String, Value>, now: DateTime<Utc>) -> Result<Received, Refused> {
    let events = claims.get("events").and_then(Value::as_object);
    let events = events.ok_or(Refused::Malformed("it has no events: it is another kind of JWT"))?;
    let jti = claims.get("jti").and_then(Value::as_str);
    let jti = jti.filter(|jti| (1..=LONGEST_JTI).contains(&jti.len()));
    let jti = jti.ok_or(Refused::Malformed("it has no jti"))?;
    let at = SecurityEvents::issued_at(claims).ok_or(Refused::Malformed("it has no iat"))?;
    check_age(at, now, AT_MOST)?;
    // RFC 8417, section 2.2: `toe` is when it happened, if it is given.
    let since = SecurityEvents::happened_at(claims).map_or(at - ISSUED_WITHIN, |toe| toe.min(at));
    if events.len() > MOST_EVENTS {
        return Err(Refused::Malformed("it has over 8 events"));
    }
    let mut signals = Vec::new();
    let (mut test, mut unreadable) = (None, None);
    for (kind, event) in events {
        let Some((name, means)) = known(kind) else { continue };
        if name == "verification" {
            test = Some(Received::Test(name));
            continue;
        }
        // The subject matters only if something is done: an event that is only logged is accepted,
        // whoever it names.
        let subject = match means {
            Means::Noted => Subject::Unread,
            _ => match subject(&event["subject"]) {
                Ok(Some(subject)) => subject,
                Ok(None) => continue,
                Err(why) => {
                    unreadable = Some(why);
                    continue;
                }
            },
        };
        signals.push(Signal {
            provider: Provider::Google,
            subject,
            means,
            name,
            at,
            since,
            id: SignalId::of(&format!("google {name}"), jti.as_bytes()),
        });
    }
    match unreadable {
        // Rejected as a whole only if none of it can be acted on.
        Some(why) if signals.iter().all(|signal| signal.means == Means::Noted) => Err(why),
        _ if !signals.is_empty() => Ok(Received::Signals(signals)),
        _ => Ok(test.unwrap_or(Received::OfNoConcern)),
    }
}

/// The name and the meaning of an event. Google, "Supported event types".
fn known(kind: &str) -> Option<(&'static str, Means)> {
    let risc = |name: &str| kind.strip_prefix(RISC) == Some(name);
    let oauth = |name: &str| kind.strip_prefix(OAUTH) == Some(name);
    Some(match kind {
        _ if oauth("tokens-revoked") => ("tokens-revoked", Means::Ended),
        _ if oauth("token-revoked") => ("token-revoked", Means::Ended),
        // It asks the app to end its own sessions. Other events say whether the tokens are revoked
        // as well.
        _ if risc("sessions-revoked") => ("sessions-revoked", Means::Doubtful),
        // Possibly only for a moment, and Google may send nothing when it is enabled again.
        _ if risc("account-disabled") => ("account-disabled", Means::Doubtful),
        _ if risc("account-purged") => ("account-purged", Means::Ended),
        // The grants of a disabled account may work again.
        _ if risc("account-enabled") => ("account-enabled", Means::Restored),
        _ if risc("account-credential-change-required") => {
            ("account-credential-change-required", Means::Noted)
        }
        _ if risc("verification") => ("verification", Means::Noted),
        _ => return None,
    })
}

/// Subjects as Google writes them (OpenID RISC and OAuth Event Types, drafts of 2018), and as the
/// resulting standard does (RFC 9493): `format` and `iss_sub`. `None`: a token of a kind that is
/// not searched for. Google names only refresh tokens, the standard also others.
fn subject(subject: &Value) -> Result<Option<Subject>, Refused> {
    const UNKNOWN: Refused = Refused::Malformed("its subject is of a kind that is not known here");
    let kind = subject.get("subject_type").or_else(|| subject.get("format"));
    match kind.and_then(Value::as_str) {
        Some("iss-sub" | "iss_sub" | "id_token_claims") => {
            let issuer = subject["iss"].as_str().unwrap_or_default();
            let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
            // The id of another issuer would be another person.
            if !matches!(issuer, "https://accounts.google.com" | "accounts.google.com") {
                return Err(Refused::Malformed("its subject is not a Google account"));
            }
            Ok(Some(Subject::Account(account_id(&subject["sub"])?)))
        }
        Some("oauth_token") => {
            if subject["token_type"].as_str().ok_or(UNKNOWN)? != "refresh_token" {
                return Ok(None);
            }
            let token = subject["token"].as_str().filter(|token| token.len() <= 256);
            let token = token.ok_or(UNKNOWN)?;
            Ok(Some(Subject::RefreshToken(match subject["token_identifier_alg"].as_str() {
                Some("prefix") if token.len() == TokenIdentifier::PREFIX => {
                    TokenIdentifier::Prefix(token.into())
                }
                Some("hash_base64_sha512_sha512") => TokenIdentifier::DoubleSha512(token.into()),
                _ => return Err(UNKNOWN),
            })))
        }
        _ => Err(UNKNOWN),
    }
}
