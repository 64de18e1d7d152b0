use std::collections::HashSet;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    VerificationAlgorithm,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::key::VerifyingKey;

/// More keys than this are no issuer's.
const MOST: usize = 100;

/// A JWK Set (RFC 7517, 5) as it came: keys of kinds that are not known here are passed over.
#[derive(Deserialize)]
struct Published {
    keys: Vec<PublishedKey>,
}

/// A JWK (RFC 7517, 4; RFC 7518, 6), as far as it matters here.
#[derive(Deserialize)]
struct PublishedKey {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    #[serde(rename = "d")]
    private: Option<serde::de::IgnoredAny>,
}

/// The keys of a JWK Set that verify signatures. A set with anything in it that no issuer of sound
/// mind publishes is refused as a whole: it is not the issuer's, or its keys are known to others.
pub(super) fn read(json: &[u8]) -> Result<Vec<VerifyingKey>, &'static str> {
    let published: Published =
        serde_json::from_slice(json).map_err(|_| "it is not a JSON Web Key Set")?;
    if published.keys.len() > MOST {
        return Err("it has over 100 keys");
    }
    let mut kids = HashSet::new();
    let mut verifying = Vec::new();
    for key in published.keys {
        if key.kty == "oct" {
            return Err("it publishes a symmetric key, with which anyone could sign");
        }
        if key.private.is_some() {
            return Err("it publishes a private key, with which anyone could sign");
        }
        if key.kid.as_ref().is_some_and(|kid| !kids.insert(kid.clone())) {
            return Err("two of its keys have the same kid");
        }
        if key.is_for_signatures() {
            verifying.extend(key.read()?);
        }
    }
    if verifying.is_empty() {
        return Err(
            "it has no key that verifies signatures. Where Nhost Auth signs with a shared \
                    secret it publishes none: use `type` and `key` then",
        );
    }
    Ok(verifying)
}

impl PublishedKey {
    fn is_for_signatures(&self) -> bool {
        self.purpose.as_ref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"))
    }

    /// `None`: of a kind that is not known here.
    fn read(self) -> Result<Option<VerifyingKey>, &'static str> {
        let (possible, key): (&[Algorithm], _) = match (&*self.kty, self.crv.as_deref()) {
            ("RSA", _) => {
                (&[Algorithm::RS256, Algorithm::RS384, Algorithm::RS512], self.rsa().map(Some)?)
            }
            ("EC", Some("P-256")) => {
                (&[Algorithm::ES256], self.ec(&ECDSA_P256_SHA256_FIXED).map(Some)?)
            }
            ("EC", Some("P-384")) => {
                (&[Algorithm::ES384], self.ec(&ECDSA_P384_SHA384_FIXED).map(Some)?)
            }
            ("OKP", Some("Ed25519")) => (&[Algorithm::EdDSA], self.ed25519().map(Some)?),
            _ => (&[], None),
        };
        // RFC 9864 names the algorithm of Ed25519 after the curve.
        let is_named = |name: &str, algorithm: Algorithm| {
            name == "Ed25519" && algorithm == Algorithm::EdDSA || name.parse() == Ok(algorithm)
        };
        let algorithms: Vec<_> = possible
            .iter()
            .copied()
            .filter(|algorithm| self.alg.as_ref().is_none_or(|name| is_named(name, *algorithm)))
            .collect();
        let key = key.filter(|_| !algorithms.is_empty());
        Ok(key.map(|key| VerifyingKey { kid: self.kid, algorithms, key }))
    }

    fn rsa(&self) -> Result<DecodingKey, &'static str> {
        const UNREADABLE: &str = "one of its RSA keys can't be read";
        let (Some(n), Some(e)) = (&self.n, &self.e) else { return Err(UNREADABLE) };
        let modulus = URL_SAFE_NO_PAD.decode(n).map_err(|_| UNREADABLE)?;
        let exponent = URL_SAFE_NO_PAD.decode(e).map_err(|_| UNREADABLE)?;
        let strong = (2048..=8192).contains(&bits(&modulus));
        // With an exponent of 1 a signature is the message itself; an even one is none at all.
        let sound = bits(&exponent) > 1 && exponent.last().is_some_and(|byte| byte % 2 == 1);
        if !strong || !sound {
            return Err("one of its RSA keys is weak: it has to have 2048 to 8192 bits, and an \
                        odd exponent above 1");
        }
        DecodingKey::from_rsa_components(n, e).map_err(|_| UNREADABLE)
    }

    fn ec(&self, curve: &'static dyn VerificationAlgorithm) -> Result<DecodingKey, &'static str> {
        let (Some(x), Some(y)) = (&self.x, &self.y) else { return Err(NOT_ON_CURVE) };
        on_curve(DecodingKey::from_ec_components(x, y), curve)
    }

    fn ed25519(&self) -> Result<DecodingKey, &'static str> {
        let Some(x) = &self.x else { return Err(NOT_ON_CURVE) };
        on_curve(DecodingKey::from_ed_components(x), &ED25519)
    }
}

const NOT_ON_CURVE: &str = "one of its keys is not a point of its curve";

fn on_curve(
    key: jsonwebtoken::errors::Result<DecodingKey>,
    curve: &'static dyn VerificationAlgorithm,
) -> Result<DecodingKey, &'static str> {
    let key = key.map_err(|_| NOT_ON_CURVE)?;
    let point = key.try_get_as_bytes().map_err(|_| NOT_ON_CURVE)?;
    ParsedPublicKey::new(curve, point).map_err(|_| NOT_ON_CURVE)?;
    Ok(key)
}

/// How many bits a number has, most significant byte first.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros).map_or(0, |first| (number.len() - zeros) * 8 - first.leading_zeros() as usize)
}
