use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Provider;
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

/// The content of a provider's genuine message.
#[derive(Debug)]
pub enum Received {
    /// It reports something about an account.
    Signals(Vec<Signal>),
    /// It only tests the receiver.
    Test(&'static str),
    /// A challenge that must be sent back unchanged.
    Challenge(String),
    /// It is about something else.
    OfNoConcern,
}

/// One report about an account.
#[derive(Clone, Debug)]
pub struct Signal {
    pub provider: Provider,
    pub subject: Subject,
    pub means: Means,
    /// The provider's name for it, such as `tokens-revoked`.
    pub name: &'static str,
    /// When the provider sent it, by its clock; if it doesn't say, when it arrived.
    pub at: DateTime<Utc>,
    /// The earliest time that it may be about: before `at` if the provider dates the message, and
    /// not the event.
    pub since: DateTime<Utc>,
    /// Identifies a repetition.
    pub id: SignalId,
}

/// Whom it is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The provider's id of the account.
    Account(SecretString),
    RefreshToken(TokenIdentifier),
    /// Not read, because nothing is done about it: [`Means::Noted`].
    Unread,
}

/// What it means for connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The grant has ended: the user must sign in again. Only if the provider signs the time, so
    /// that anything newer stands.
    Ended,
    /// The grant may have ended: a refresh finds out.
    Doubtful,
    /// The same, but unsigned: a refresh finds out, but not often.
    Unsigned,
    /// A grant that had ended may be valid again: a refresh finds out.
    Restored,
    /// Nothing, but it is logged for the operator.
    Noted,
}

/// How a provider identifies a refresh token without showing it.
#[derive(Clone, Debug)]
pub enum TokenIdentifier {
    /// Its first 16 characters.
    Prefix(SecretString),
    /// SHA-512 of its SHA-512, in Base64.
    DoubleSha512(SecretString),
}

impl TokenIdentifier {
    /// How many characters a prefix has.
    pub const PREFIX: usize = 16;

    /// Whether it is this token.
    pub fn names(&self, token: &SecretString) -> bool {
        let token = token.expose_secret().as_bytes();
        match self {
            Self::Prefix(prefix) => {
                token.get(..Self::PREFIX) == Some(prefix.expose_secret().as_bytes())
            }
            Self::DoubleSha512(hash) => {
                let once = digest(&SHA512, token);
                let twice = STANDARD.encode(digest(&SHA512, once.as_ref()));
                twice.trim_end_matches('=') == hash.expose_secret().trim_end_matches('=')
            }
        }
    }
}

/// A digest of what identifies a message: 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalId(Vec<u8>);

impl SignalId {
    /// `kind` separates equal identifiers: the provider, and which of its identifiers it is.
    pub fn of(kind: &str, name: &[u8]) -> Self {
        let mut text = kind.as_bytes().to_vec();
        text.push(0);
        text.extend_from_slice(name);
        Self(digest(&SHA256, &text).as_ref().to_vec())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Why a message is rejected, in this server's own words: they contain nothing of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It can't be read.
    Malformed(&'static str),
    /// It is not signed by the provider, or not at all.
    Signature,
    /// It is signed by the provider for another app.
    Audience,
    /// It is from another issuer.
    Issuer,
    /// It was sent too long ago, or is dated in the future.
    Time,
    /// The provider's keys can't be fetched right now.
    Unavailable,
}

impl Refused {
    /// The reason in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Signature => "signature",
            Self::Audience => "audience",
            Self::Issuer => "issuer",
            Self::Time => "time",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The value of a header as text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// How far a provider's clock may be ahead of this server's.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Whether a message dated `at` may arrive at `now`.
pub(super) fn check_age(
    at: DateTime<Utc>,
    now: DateTime<Utc>,
    at_most: TimeDelta,
) -> Result<(), Refused> {
    if at > now + AHEAD || at < now - at_most { Err(Refused::Time) } else { Ok(()) }
}

/// Account ids are much shorter; anything longer is not one.
const LONGEST_ID: usize = 256;

/// An account's id: text or a whole number.
pub(super) fn account_id(value: &serde_json::Value) -> Result<SecretString, Refused> {
    let id = match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return Err(NO_ACCOUNT),
    };
    if (1..=LONGEST_ID).contains(&id.len()) { Ok(id.into()) } else { Err(NO_ACCOUNT) }
}

const NO_ACCOUNT: Refused = Refused::Malformed("it does not say which account it is about");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_prefix_and_by_its_hash_and_by_nothing_else() {
        let token = SecretString::from("1//0aBcDeFgHiJkLmNoPqRsTuV");
        // printf %s TOKEN | openssl dgst -sha512 -binary | openssl dgst -sha512 -binary | base64 -w0
        let hash = "ack8abw2Lx3Cu0Jh0UaByZJ2l7YKjPw1nnFgS3+Zq2ndNa6dnB+eEPNYXATO\
                    em9k6gkUyE1Lwz5IV0i1iyZdfA==";
        for (identifier, names) in [
            (TokenIdentifier::Prefix("1//0aBcDeFgHiJkL".into()), true),
            (TokenIdentifier::Prefix("1//0aBcDeFgHiJk".into()), false),
            (TokenIdentifier::Prefix("".into()), false),
            (TokenIdentifier::DoubleSha512(hash.into()), true),
            (TokenIdentifier::DoubleSha512(hash.trim_end_matches('=').into()), true),
            (TokenIdentifier::DoubleSha512(hash.to_lowercase().into()), false),
            (TokenIdentifier::DoubleSha512("".into()), false),
        ] {
            assert_eq!(identifier.names(&token), names, "{identifier:?}");
        }
        assert!(!TokenIdentifier::Prefix("short".into()).names(&"short".into()));
    }
}
