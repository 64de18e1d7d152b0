use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use standardwebhooks::Webhook;

/// The prefix of Standard Webhooks secrets.
const PREFIX: &str = "whsec_";
/// The length of a secret in bytes, as the specification requires.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The secrets that sign webhooks: one or, during a rotation, the new and the old one. Cheap to
/// clone.
#[derive(Clone)]
pub struct WebhookSecrets(Arc<[Webhook]>);

/// What is wrong with one of them, by its position in the list. Contains no part of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "number {0} is not a Standard Webhooks secret, which is whsec_ and 24 to 64 bytes in base64: \
     create one with `provider-connections webhooks secret`"
)]
pub struct WebhookSecretError(usize);

impl WebhookSecrets {
    /// Parses secrets that are separated by commas or white space.
    ///
    /// # Errors
    /// There is none, or one of them isn't valid.
    pub fn parse(text: &SecretString) -> Result<Self, WebhookSecretError> {
        let entries = text.expose_secret().split(|c: char| c == ',' || c.is_whitespace());
        let entries = entries.filter(|entry| !entry.is_empty()).enumerate();
        let secrets = entries.map(|(index, entry)| {
            let key = entry.strip_prefix(PREFIX).and_then(|key| STANDARD.decode(key).ok());
            let key = key.filter(|key| LENGTHS.contains(&key.len()));
            let secret = key.and_then(|key| Webhook::from_bytes(key).ok());
            secret.ok_or(WebhookSecretError(index + 1))
        });
        let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
        if secrets.is_empty() { Err(WebhookSecretError(1)) } else { Ok(Self(secrets.into())) }
    }

    /// A new one from these random bytes.
    pub fn generate(bytes: [u8; 32]) -> SecretString {
        format!("{PREFIX}{}", STANDARD.encode(bytes)).into()
    }

    /// The header `webhook-signature`: one signature for each secret.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        // Fails only for a body that is not UTF-8, which a `str` always is.
        let signatures =
            self.0.iter().filter_map(|by| by.sign(id, timestamp, body.as_bytes()).ok());
        signatures.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookSecrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    #[test]
    fn a_message_is_signed_as_in_the_specification_s_example() {
        let secrets = WebhookSecrets::parse(&SECRET.into()).unwrap();
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        assert_eq!(
            secrets.sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn two_secrets_make_two_signatures_however_they_are_separated() {
        let other = WebhookSecrets::generate([7; 32]);
        let alone = WebhookSecrets::parse(&other).unwrap().sign("msg_1", 1, "{}");
        for separator in [",", " ", ", ", "\n"] {
            let both = format!("{SECRET}{separator}{}", other.expose_secret());
            let both = WebhookSecrets::parse(&both.into()).unwrap().sign("msg_1", 1, "{}");
            let (first, second) = both.split_once(' ').unwrap();
            assert!(first.starts_with("v1,") && first != second, "{both}");
            assert_eq!(second, alone);
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_by_its_place_and_not_repeated() {
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        for (text, place) in [
            (String::new(), 1),
            (" , ".to_owned(), 1),
            ("my-very-secret-password".to_owned(), 1),
            ("whsec_".to_owned(), 1),
            ("whsec_???".to_owned(), 1),
            (short, 1),
            (long, 1),
            (format!("{SECRET},s3cret"), 2),
        ] {
            let error = WebhookSecrets::parse(&text.clone().into()).unwrap_err();
            assert_eq!(error, WebhookSecretError(place), "{text}");
            assert!(!error.to_string().contains("s3cret"));
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let secrets = WebhookSecrets::parse(&SECRET.into()).unwrap();
        assert_eq!(format!("{secrets:?}"), "WebhookSecrets(1)");
    }
}
