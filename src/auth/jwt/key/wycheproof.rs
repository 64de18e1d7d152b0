//! Signatures that have fooled verifiers before (Project Wycheproof), with keys as secrets and as
//! `jwk_url` give them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Value, json};
use wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify as rsa};

use super::public;
use crate::auth::jwt::key_set;

/// How many of a set were good and bad.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    good: usize,
    bad: usize,
}

impl Seen {
    /// The library verifies as it does for a whole JWT.
    fn check(
        &mut self,
        what: &str,
        key: &DecodingKey,
        algorithm: Algorithm,
        (message, signature): (&[u8], &[u8]),
        result: TestResult,
    ) {
        let signature = URL_SAFE_NO_PAD.encode(signature);
        let verifies = crypto::verify(&signature, message, key, algorithm).unwrap_or(false);
        match result {
            TestResult::Valid => {
                self.good += 1;
                assert!(verifies, "{what} is good");
            }
            TestResult::Invalid => {
                self.bad += 1;
                assert!(!verifies, "{what} is bad");
            }
            // Such as a PKCS#1 padding without the NULL of its algorithm: a verifier may do either.
            TestResult::Acceptable => {}
        }
    }
}

/// The key as a JWK Set has it.
fn published(jwk: &Value) -> DecodingKey {
    let set = json!({ "keys": [jwk] }).to_string();
    let [key] = <[_; 1]>::try_from(key_set::read(set.as_bytes()).unwrap().keys).ok().unwrap();
    key.key
}

#[test]
fn rsa_pkcs_1_verifies_what_is_good_and_nothing_else() {
    use rsa::TestName::{
        Rsa2048Sha256, Rsa2048Sha384, Rsa2048Sha512, Rsa3072Sha256, Rsa3072Sha384, Rsa3072Sha512,
        Rsa4096Sha256, Rsa4096Sha384, Rsa4096Sha512,
    };
    for (algorithm, names) in [
        (Algorithm::RS256, [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256]),
        (Algorithm::RS384, [Rsa2048Sha384, Rsa3072Sha384, Rsa4096Sha384]),
        (Algorithm::RS512, [Rsa2048Sha512, Rsa3072Sha512, Rsa4096Sha512]),
    ] {
        let mut seen = Seen::default();
        for name in names {
            for group in rsa::TestSet::load(name).unwrap().test_groups {
                let key = public(algorithm, &group.pem).unwrap();
                for test in group.tests {
                    let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                    seen.check(&what, &key, algorithm, (&test.msg, &test.sig), test.result);
                }
            }
        }
        assert!(seen.good > 20 && seen.bad > 300, "{algorithm:?} {seen:?}");
    }
}

#[test]
fn ecdsa_verifies_what_is_good_and_nothing_else() {
    use ecdsa::TestName::{EcdsaSecp256r1Sha256P1363, EcdsaSecp384r1Sha384P1363};
    for (algorithm, name) in [
        (Algorithm::ES256, EcdsaSecp256r1Sha256P1363),
        (Algorithm::ES384, EcdsaSecp384r1Sha384P1363),
    ] {
        let mut seen = Seen::default();
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let mut keys = vec![public(algorithm, &group.pem).unwrap()];
            // Uncompressed: a 4, and both coordinates in full.
            let (x, y) = group.key.key[1..].split_at(group.key.key.len() / 2);
            let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
            let curve = if algorithm == Algorithm::ES256 { "P-256" } else { "P-384" };
            keys.push(published(&json!({ "kty": "EC", "crv": curve, "x": x, "y": y })));
            for test in group.tests {
                let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                for key in &keys {
                    seen.check(&what, key, algorithm, (&test.msg, &test.sig), test.result);
                }
            }
        }
        assert!(seen.good > 150 && seen.bad > 100, "{algorithm:?} {seen:?}");
    }
}

#[test]
fn ed25519_verifies_what_is_good_and_nothing_else() {
    let mut seen = Seen::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let x = URL_SAFE_NO_PAD.encode(&group.key.pk);
        let keys = [
            public(Algorithm::EdDSA, &group.pem).unwrap(),
            published(&json!({ "kty": "OKP", "crv": "Ed25519", "x": x })),
        ];
        for test in group.tests {
            let what = format!("{} {}", test.tc_id, test.comment);
            for key in &keys {
                let signed = (test.msg.as_slice(), test.sig.as_slice());
                seen.check(&what, key, Algorithm::EdDSA, signed, test.result);
            }
        }
    }
    assert!(seen.good > 100 && seen.bad > 50, "{seen:?}");
}

/// JWTs have the whole tag (RFC 7518, 3.2); a part of it is none.
#[test]
fn hmac_verifies_whole_tags_and_nothing_else() {
    use mac::TestName::{HmacSha256, HmacSha384, HmacSha512};
    for (algorithm, name, bits) in [
        (Algorithm::HS256, HmacSha256, 256),
        (Algorithm::HS384, HmacSha384, 384),
        (Algorithm::HS512, HmacSha512, 512),
    ] {
        let mut seen = Seen::default();
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let result = if group.tag_size == bits { test.result } else { TestResult::Invalid };
                let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                let key = DecodingKey::from_secret(&test.key);
                seen.check(&what, &key, algorithm, (&test.msg, &test.tag), result);
            }
        }
        assert!(seen.good > 30 && seen.bad > 100, "{algorithm:?} {seen:?}");
    }
}
