//! Fresh keys for every algorithm, as the fields of a JWT secret.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey};
use serde_json::{Value, json};

/// A key and what goes with it.
pub struct Pair {
    /// `type` of the secret.
    pub type_name: &'static str,
    /// `alg` in the header of a token.
    pub alg: &'static str,
    pub algorithm: Algorithm,
    /// The shared secret or the public PEM.
    pub key: String,
    /// The private PEM.
    pub signing_key: Option<String>,
}

impl Pair {
    /// A pair for every supported `type`.
    pub fn all() -> Vec<Self> {
        vec![
            Self::shared("HS256", Algorithm::HS256, 32),
            Self::shared("HS384", Algorithm::HS384, 48),
            Self::shared("HS512", Algorithm::HS512, 64),
            Self::rsa("RS256", Algorithm::RS256),
            Self::rsa("RS384", Algorithm::RS384),
            Self::rsa("RS512", Algorithm::RS512),
            Self::es256(),
            Self::es384(),
            Self::ed25519(),
        ]
    }

    pub fn shared(name: &'static str, algorithm: Algorithm, length: usize) -> Self {
        let key = "s".repeat(length);
        Self { type_name: name, alg: name, algorithm, key, signing_key: None }
    }

    pub fn rsa(name: &'static str, algorithm: Algorithm) -> Self {
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Self::asymmetric(name, name, algorithm, public.as_ref(), private.as_ref())
    }

    pub fn es256() -> Self {
        Self::ec("ES256", Algorithm::ES256, &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub fn es384() -> Self {
        Self::ec("ES384", Algorithm::ES384, &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    pub fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let private = pair.to_pkcs8v1().unwrap();
        Self::asymmetric("Ed25519", "EdDSA", Algorithm::EdDSA, public.as_ref(), private.as_ref())
    }

    fn ec(
        name: &'static str,
        algorithm: Algorithm,
        signing: &'static EcdsaSigningAlgorithm,
    ) -> Self {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let private = pair.to_pkcs8v1().unwrap();
        Self::asymmetric(name, name, algorithm, public.as_ref(), private.as_ref())
    }

    fn asymmetric(
        type_name: &'static str,
        alg: &'static str,
        algorithm: Algorithm,
        public: &[u8],
        private: &[u8],
    ) -> Self {
        let key = pem("PUBLIC KEY", public);
        let signing_key = Some(pem("PRIVATE KEY", private));
        Self { type_name, alg, algorithm, key, signing_key }
    }

    /// The JWT secret that verifies with this pair.
    pub fn verifying(&self) -> Value {
        json!({"type": self.type_name, "key": self.key})
    }

    /// The JWT secret that signs with this pair, too.
    pub fn signing(&self) -> Value {
        json!({
            "type": self.type_name, "key": self.key, "signing_key": self.signing_key,
            "kid": "some-key",
        })
    }

    pub fn encoding_key(&self) -> EncodingKey {
        let pem = self.signing_key.as_deref().unwrap_or_default().as_bytes();
        match self.algorithm.family() {
            AlgorithmFamily::Hmac => EncodingKey::from_secret(self.key.as_bytes()),
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(pem).unwrap(),
            AlgorithmFamily::Ec => EncodingKey::from_ec_pem(pem).unwrap(),
            AlgorithmFamily::Ed => EncodingKey::from_ed_pem(pem).unwrap(),
        }
    }
}

/// PEM by hand (RFC 7468).
pub fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap());
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.collect::<Vec<_>>().join("\n")
    )
}
