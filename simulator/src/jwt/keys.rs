//! The keys of one Nhost project.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{AlgorithmParameters, Jwk},
};
use serde_json::{Value, json};

use super::SigningError;
use crate::{Signing, random};

/// A key to sign with, the one to verify with, and both in Nhost's format.
pub(crate) struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    form: Form,
}

enum Form {
    Hs256 {
        key: String,
    },
    Rs256 {
        private_pem: String,
        public_pem: String,
        kid: String,
        modulus: String,
        exponent: String,
    },
}

impl Keys {
    pub(crate) fn new(signing: &Signing) -> Result<Self, SigningError> {
        match signing {
            Signing::Hs256 { key } => {
                let key = key.clone().unwrap_or_else(random::hmac_key);
                Ok(Self {
                    encoding: EncodingKey::from_secret(key.as_bytes()),
                    decoding: DecodingKey::from_secret(key.as_bytes()),
                    form: Form::Hs256 { key },
                })
            }
            Signing::Rs256 { private_key_pem, kid } => {
                let pem = match private_key_pem {
                    Some(pem) => pem.clone(),
                    None => generate()?,
                };
                Self::rs256(pem, kid.clone())
            }
        }
    }

    fn rs256(private_pem: String, kid: Option<String>) -> Result<Self, SigningError> {
        let encoding = EncodingKey::from_rsa_pem(private_pem.as_bytes()).map_err(unusable)?;
        let pair = KeyPair::from_der(encoding.as_bytes()).map_err(unusable)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unusable)?;
        let public_pem = pem("PUBLIC KEY", public.as_ref());
        let jwk = Jwk::from_encoding_key(&encoding, Algorithm::RS256).map_err(unusable)?;
        let AlgorithmParameters::RSA(components) = jwk.algorithm else {
            return Err(unusable("its JWK is not RSA"));
        };
        Ok(Self {
            encoding,
            decoding: DecodingKey::from_rsa_pem(public_pem.as_bytes()).map_err(unusable)?,
            form: Form::Rs256 {
                private_pem,
                public_pem,
                kid: kid.unwrap_or_else(|| random::uuid().to_string()),
                modulus: components.n,
                exponent: components.e,
            },
        })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.form {
            Form::Hs256 { .. } => Algorithm::HS256,
            Form::Rs256 { .. } => Algorithm::RS256,
        }
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// Only asymmetric keys have an id.
    pub(crate) fn kid(&self) -> Option<&str> {
        match &self.form {
            Form::Hs256 { .. } => None,
            Form::Rs256 { kid, .. } => Some(kid),
        }
    }

    /// The secret in Hasura's format, plus `signing_key` and `kid` for asymmetric keys.
    pub(crate) fn secret(&self, issuer: Option<&str>) -> Value {
        let mut secret = match &self.form {
            Form::Hs256 { key } => json!({ "type": "HS256", "key": key }),
            Form::Rs256 { private_pem, public_pem, kid, .. } => json!({
                "type": "RS256",
                "key": public_pem,
                "signing_key": private_pem,
                "kid": kid,
            }),
        };
        if let Some(issuer) = issuer {
            secret["issuer"] = issuer.into();
        }
        secret
    }

    /// The JWK set: RSA keys; none for HMAC, which Nhost Auth writes as `null`.
    pub(crate) fn jwks(&self) -> Value {
        match &self.form {
            Form::Hs256 { .. } => json!({ "keys": null }),
            Form::Rs256 { kid, modulus, exponent, .. } => json!({ "keys": [{
                "alg": "RS256", "e": exponent, "kid": kid, "kty": "RSA", "n": modulus, "use": "sig",
            }] }),
        }
    }
}

fn generate() -> Result<String, SigningError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(unusable)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(unusable)?;
    Ok(pem("PRIVATE KEY", der.as_ref()))
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (at, character) in body.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem + &format!("\n-----END {label}-----\n")
}

fn unusable(reason: impl std::fmt::Display) -> SigningError {
    SigningError::Key(reason.to_string())
}
