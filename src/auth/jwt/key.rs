use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey},
};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey, crypto};

use super::{certificate, token::KeyName};

#[cfg(test)]
mod wycheproof;

/// A key that verifies signatures, and the tokens that it is for.
#[derive(Clone)]
pub(super) struct VerifyingKey {
    /// `None`: for tokens with any `kid`.
    pub kid: Option<String>,
    /// Decided by the secret or by the publisher of the key, never by a token (RFC 8725, 3.1).
    pub algorithms: Vec<Algorithm>,
    pub key: DecodingKey,
}

impl VerifyingKey {
    /// Whether to try this key: it has the token's algorithm and no other name.
    pub(super) fn may_be(&self, name: &KeyName) -> bool {
        let same_name = match (&self.kid, &name.kid) {
            (Some(mine), Some(tokens)) => mine == tokens,
            _ => true,
        };
        same_name && self.algorithms.contains(&name.algorithm)
    }

    /// Whether it is the same key, for the same tokens.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same_key = match (self.key.kind(), other.key.kind()) {
            (DecodingKeyKind::SecretOrDer(mine), DecodingKeyKind::SecretOrDer(others)) => {
                mine == others
            }
            (
                DecodingKeyKind::RsaModulusExponent { n, e },
                DecodingKeyKind::RsaModulusExponent { n: others_n, e: others_e },
            ) => n == others_n && e == others_e,
            _ => false,
        };
        same_key
            && self.key.family() == other.key.family()
            && self.kid == other.kid
            && self.algorithms == other.algorithms
    }

    /// Whether the key that verifies can also sign.
    pub(super) fn is_shared(&self) -> bool {
        self.algorithms.iter().any(|of| of.family() == AlgorithmFamily::Hmac)
    }
}

/// Every `type` of a JWT secret that this server knows, as Hasura spells it.
const TYPES: [(&str, Algorithm); 9] = [
    ("HS256", Algorithm::HS256),
    ("HS384", Algorithm::HS384),
    ("HS512", Algorithm::HS512),
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("Ed25519", Algorithm::EdDSA),
];

/// The text for a problem with `type`.
pub(super) fn algorithm(name: &str) -> Result<Algorithm, String> {
    if name == "ES512" {
        return Err("`type` is ES512, which this version does not support: sign with ES384 or \
                    Ed25519 instead"
            .to_owned());
    }
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, algorithm)| *algorithm).ok_or_else(
        || {
            let known = TYPES.map(|(known, _)| known).join(", ");
            format!("`type` is not one that this server knows: use one of {known}")
        },
    )
}

/// `algorithm` as it is spelt in a secret.
pub(super) fn type_name(algorithm: Algorithm) -> &'static str {
    TYPES.iter().find(|(_, known)| *known == algorithm).map_or("", |(name, _)| name)
}

/// The pair of keys for a shared secret, which verifies and signs.
pub(super) fn shared(
    algorithm: Algorithm,
    key: &str,
) -> Result<(DecodingKey, EncodingKey), String> {
    let name = type_name(algorithm);
    // RFC 7518, 3.2: at least as long as the output of the hash.
    let least = match algorithm {
        Algorithm::HS384 => 48,
        Algorithm::HS512 => 64,
        _ => 32,
    };
    if pem_label(key).is_some() {
        return Err(format!(
            "`key` is a PEM, but `type` is {name}: anyone who knows a public key could sign; set \
             `type` to the key's own, such as RS256"
        ));
    }
    if key.len() < least {
        return Err(format!(
            "`key` has {} bytes, and {name} needs at least {least}: set a longer one at Nhost and \
             here, such as the output of `openssl rand -hex {least}`",
            key.len()
        ));
    }
    Ok((DecodingKey::from_secret(key.as_bytes()), EncodingKey::from_secret(key.as_bytes())))
}

/// A public key in PEM: SPKI (RFC 5280), or PKCS#1 (RFC 8017) for RSA; or the X.509 certificate of
/// one.
pub(super) fn public(algorithm: Algorithm, pem: &str) -> Result<DecodingKey, String> {
    let family = algorithm.family();
    if is_escaped_twice(pem) {
        return Err(escaped_twice("key"));
    }
    match pem_label(pem) {
        Some("CERTIFICATE") => return public(algorithm, &certificate::public_key(pem)?),
        Some("PUBLIC KEY") => {}
        Some("RSA PUBLIC KEY") if family == AlgorithmFamily::Rsa => {}
        Some(label) if label.ends_with("PRIVATE KEY") => {
            return Err("`key` is a private key: put the public one here, and the private one \
                        into `signing_key`"
                .to_owned());
        }
        _ => {
            return Err("`key` is not a public key in PEM: it begins with -----BEGIN PUBLIC \
                        KEY-----, and its line breaks are written \\n in JSON"
                .to_owned());
        }
    }
    let key = match family {
        AlgorithmFamily::Rsa => DecodingKey::from_rsa_pem(pem.as_bytes()),
        AlgorithmFamily::Ec => DecodingKey::from_ec_pem(pem.as_bytes()),
        _ => DecodingKey::from_ed_pem(pem.as_bytes()),
    };
    key.ok().filter(|key| suits(key, algorithm)).ok_or_else(|| {
        let needed = match algorithm {
            Algorithm::ES256 => "an elliptic curve key on P-256",
            Algorithm::ES384 => "an elliptic curve key on P-384",
            Algorithm::EdDSA => "an Ed25519 key",
            _ => "an RSA key of 2048 to 8192 bits",
        };
        format!("`key` can't be used: {} needs {needed}", type_name(algorithm))
    })
}

/// The private key in PEM that belongs to `public`: PKCS#8 (RFC 5958), or PKCS#1 for RSA.
pub(super) fn private(
    algorithm: Algorithm,
    pem: &str,
    public: &DecodingKey,
) -> Result<EncodingKey, String> {
    let family = algorithm.family();
    if is_escaped_twice(pem) {
        return Err(escaped_twice("signing_key"));
    }
    match pem_label(pem) {
        Some("PRIVATE KEY") => {}
        Some("RSA PRIVATE KEY") if family == AlgorithmFamily::Rsa => {}
        _ => {
            return Err("`signing_key` is not a private key in PEM (PKCS#8): convert it with \
                        `openssl pkcs8 -topk8 -nocrypt -in key.pem`"
                .to_owned());
        }
    }
    let key = match family {
        AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(pem.as_bytes()),
        AlgorithmFamily::Ec => EncodingKey::from_ec_pem(pem.as_bytes()),
        _ => EncodingKey::from_ed_pem(pem.as_bytes()),
    };
    key.ok().filter(|key| is_pair(key, public, algorithm)).ok_or_else(|| {
        "`signing_key` is not the private key of `key`: give both halves of one pair, or leave \
         `signing_key` out"
            .to_owned()
    })
}

/// Whether the key has the right kind and size. The library would only find out at the first token.
fn suits(key: &DecodingKey, algorithm: Algorithm) -> bool {
    let Ok(bytes) = key.try_get_as_bytes() else {
        return false;
    };
    match algorithm {
        Algorithm::ES256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes).is_ok(),
        Algorithm::ES384 => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, bytes).is_ok(),
        Algorithm::EdDSA => ParsedPublicKey::new(&ED25519, bytes).is_ok(),
        _ => rsa_bits(bytes).is_some_and(|bits| (2048..=8192).contains(&bits)),
    }
}

fn rsa_bits(pkcs1: &[u8]) -> Option<usize> {
    let spki: PublicKeyX509Der<'_> = rsa::PublicKey::from_der(pkcs1).ok()?.as_der().ok()?;
    // The library itself rejects less than 2048 bits, too.
    Some(rsa::PublicEncryptingKey::from_der(spki.as_ref()).ok()?.key_size_bits())
}

fn is_pair(private: &EncodingKey, public: &DecodingKey, algorithm: Algorithm) -> bool {
    const PROBE: &[u8] = b"provider-connections";
    crypto::sign(PROBE, private, algorithm)
        .and_then(|signature| crypto::verify(&signature, PROBE, public, algorithm))
        .unwrap_or(false)
}

/// What the label of a PEM says it contains (RFC 7468, 2).
fn pem_label(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix("-----BEGIN ")?.split_once("-----").map(|(label, _)| label)
}

/// A PEM has no backslash: one that was to be a line break is left of `\\\\n` in JSON.
fn is_escaped_twice(pem: &str) -> bool {
    pem.trim_start().starts_with("-----BEGIN ") && (pem.contains("\\n") || pem.contains("\\r"))
}

fn escaped_twice(name: &str) -> String {
    format!(
        "`{name}` is a PEM, but its line breaks are escaped twice: write \\n for each, with one \
         backslash, in JSON"
    )
}
