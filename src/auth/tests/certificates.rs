//! X.509 certificates as `key`, made with OpenSSL, with the private keys of their subjects.

use jsonwebtoken::Algorithm;
use serde_json::json;

use super::{
    JwtSecret, USER,
    keys::{Pair, pem},
    now, payload,
    tokens::sign_by,
};

const RSA: (&str, &str) =
    (include_str!("certificates/rsa.pem"), include_str!("certificates/rsa.key.pem"));
const EC: (&str, &str) =
    (include_str!("certificates/ec.pem"), include_str!("certificates/ec.key.pem"));
const ED25519: (&str, &str) =
    (include_str!("certificates/ed25519.pem"), include_str!("certificates/ed25519.key.pem"));

fn pair(type_name: &'static str, alg: &'static str, of: (&str, &str)) -> Pair {
    let algorithm: Algorithm = alg.parse().unwrap();
    let (key, signing_key) = (of.0.to_owned(), Some(of.1.to_owned()));
    Pair { type_name, alg, algorithm, key, signing_key }
}

#[test]
fn the_key_of_a_certificate_verifies_whatever_its_dates_are() {
    for pair in [
        pair("RS256", "RS256", RSA),
        pair("RS384", "RS384", RSA),
        pair("RS512", "RS512", RSA),
        pair("ES256", "ES256", EC),
        pair("Ed25519", "EdDSA", ED25519),
    ] {
        let secret = JwtSecret::parse(&pair.verifying().to_string()).unwrap();
        let claims = secret.verify(&sign_by(&pair, &payload()), now());
        assert_eq!(claims.unwrap().user_id(), USER, "{}", pair.type_name);
        // And signs, where its private key is there, too.
        assert!(JwtSecret::parse(&pair.signing().to_string()).unwrap().can_mint());
    }
}

#[test]
fn the_key_of_a_certificate_must_be_what_the_type_needs() {
    for (type_name, (certificate, _)) in [("RS256", EC), ("ES256", RSA), ("ES384", EC)] {
        let fields = json!({"type": type_name, "key": certificate});
        let error = JwtSecret::parse(&fields.to_string()).unwrap_err();
        assert!(error.to_string().contains(&format!("{type_name} needs")), "{error}");
    }
}

#[test]
fn a_certificate_that_cannot_be_read_says_what_to_do() {
    for certificate in [pem("CERTIFICATE", b"x"), RSA.0[..200].to_owned()] {
        let fields = json!({"type": "RS256", "key": certificate});
        let error = JwtSecret::parse(&fields.to_string()).unwrap_err();
        assert!(error.to_string().contains("openssl x509"), "{error}");
    }
}
