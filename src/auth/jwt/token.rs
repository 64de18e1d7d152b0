use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jsonwebtoken::{Algorithm, AlgorithmFamily, decode_header, errors::ErrorKind};
use serde_json::{Map, Value};

use crate::auth::AuthError;

/// Longest token in bytes that is looked at: parsing is work that a stranger can ask for.
const MAX_LENGTH: usize = 16 * 1024;

const TOO_LONG: AuthError =
    AuthError::invalid("Could not verify JWT: it is longer than 16 KiB: reduce the custom claims");
const CRITICAL_EXTENSION: AuthError = AuthError::invalid(
    "Could not verify JWT: JWSError: its header requires an extension (crit) that this server does \
     not support: send a token without it",
);

/// A token whose header could be read. Nothing that it says is proven.
pub(super) struct Token<'a> {
    pub text: &'a str,
    pub key: KeyName,
    /// Of every byte of the text.
    pub digest: Digest,
}

/// SHA-256.
pub(super) type Digest = [u8; 32];

/// What a token says about the key that signed it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct KeyName {
    pub algorithm: Algorithm,
    pub kid: Option<String>,
}

impl KeyName {
    fn read(token: &str) -> Result<Self, AuthError> {
        let header = decode_header(token).map_err(|error| match error.kind() {
            ErrorKind::InvalidAlgorithmName => AuthError::WRONG_ALGORITHM,
            // The library's own words may quote the token.
            _ => AuthError::MALFORMED,
        })?;
        // RFC 7515, 4.1.11: what is critical and not understood makes the token invalid.
        if header.crit.is_some() {
            return Err(CRITICAL_EXTENSION);
        }
        Ok(Self { algorithm: header.alg, kid: header.kid })
    }
}

impl<'a> Token<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, AuthError> {
        Self::read_or_recall(text, |_| None)
    }

    /// `recall`: what the header of the token with this digest says, if it is remembered. Then it isn't
    /// read again.
    pub(super) fn read_or_recall(
        text: &'a str,
        recall: impl FnOnce(&Digest) -> Option<KeyName>,
    ) -> Result<Self, AuthError> {
        if text.len() > MAX_LENGTH {
            return Err(TOO_LONG);
        }
        let mut sha256 = Digest::default();
        sha256.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        let key = match recall(&sha256) {
            Some(key) => key,
            None => KeyName::read(text)?,
        };
        Ok(Self { text, key, digest: sha256 })
    }

    /// Whether its algorithm is one that the same key signs and verifies by.
    pub(super) fn is_by_shared_secret(&self) -> bool {
        self.key.algorithm.family() == AlgorithmFamily::Hmac
    }

    /// What a text claims that may be a token. Good for taking rights away, and for nothing else.
    pub(super) fn claimed(text: &str) -> Option<Map<String, Value>> {
        const LENIENT: GeneralPurpose = GeneralPurpose::new(
            &URL_SAFE,
            GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent)
                .with_decode_allow_trailing_bits(true),
        );
        let payload = LENIENT.decode(text.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&payload).ok()
    }

    /// The issuer that it names. Good for choosing a key to try, and for nothing else.
    pub(super) fn claimed_issuer(&self) -> Option<String> {
        let payload = jsonwebtoken::dangerous::insecure_decode_claims::<Value>(self.text).ok()?;
        payload.get("iss")?.as_str().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyName = KeyName { algorithm: Algorithm::RS256, kid: None };

    #[test]
    fn the_header_of_a_remembered_token_is_not_read_again() {
        let token = Token::read_or_recall("no header", |_| Some(KEY)).ok().unwrap();
        assert!(token.key == KEY);
        assert!(Token::read("no header").err() == Some(AuthError::MALFORMED));
    }

    #[test]
    fn a_token_that_is_too_long_is_not_even_looked_for() {
        let text = "a".repeat(MAX_LENGTH + 1);
        let token = Token::read_or_recall(&text, |_| unreachable!("it was looked for"));
        assert!(token.err() == Some(TOO_LONG));
    }
}
