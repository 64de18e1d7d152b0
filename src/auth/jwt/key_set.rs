use std::collections::HashSet;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    VerificationAlgorithm,
};
use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose},
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::key::VerifyingKey;

/// No issuer has more keys than this.
const MOST: usize = 100;

/// A JWK Set (RFC 7517, 5) as it came. Nhost Auth writes `null` where it has no keys to publish.
#[derive(Deserialize)]
struct Published {
    #[serde(default)]
    keys: Option<Vec<Value>>,
}

/// The keys of a set that verify signatures, and those that were skipped.
pub(super) struct KeySet {
    pub keys: Vec<VerifyingKey>,
    pub passed_over: Vec<PassedOver>,
}

/// A signature key that can't be used. The other keys of its set can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PassedOver {
    pub kid: Option<String>,
    pub cause: &'static str,
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
}

/// The keys of a JWK Set that verify signatures. A key that can't be used is skipped. A set that
/// publishes a key that anyone could sign with is rejected as a whole: it is not the issuer's, or
/// its keys are compromised.
pub(super) fn read(json: &[u8]) -> Result<KeySet, &'static str> {
    let published: Published =
        serde_json::from_slice(json).map_err(|_| "it is not a JSON Web Key Set")?;
    let published = published.keys.unwrap_or_default();
    if published.len() > MOST {
        return Err("it has over 100 keys");
    }
    let mut kids = HashSet::new();
    let (mut keys, mut passed_over) = (Vec::new(), Vec::new());
    for key in published {
        let Value::Object(fields) = key else { return Err("it is not a JSON Web Key Set") };
        refuse_secrets(&fields)?;
        let kid = fields.get("kid").and_then(Value::as_str).map(str::to_owned);
        if kid.as_ref().is_some_and(|kid| !kids.insert(kid.clone())) {
            return Err("two of its keys have the same kid");
        }
        let key = serde_json::from_value::<PublishedKey>(fields.into())
            .map_err(|_| "one of its fields is missing or of another type");
        match key.and_then(PublishedKey::read) {
            Ok(key) => keys.extend(key),
            Err(cause) => passed_over.push(PassedOver { kid, cause }),
        }
    }
    match passed_over.first() {
        _ if !keys.is_empty() => Ok(KeySet { keys, passed_over }),
        // Logged only if the rest of the set can be used.
        Some(PassedOver { cause, .. }) => Err(cause),
        None => Err(
            "it has no key that verifies signatures. If Nhost Auth signs with a shared secret, \
                 it publishes none: use `type` and `key` instead",
        ),
    }
}

/// Looks at the fields as they came, whatever else is wrong with them.
fn refuse_secrets(key: &Map<String, Value>) -> Result<(), &'static str> {
    if key.get("kty").is_some_and(|kty| kty == "oct") || key.contains_key("k") {
        return Err("it publishes a symmetric key, with which anyone could sign");
    }
    // RFC 7518, 6.2.2 and 6.3.2: the private parts of a key.
    if ["d", "p", "q", "dp", "dq", "qi"].iter().any(|name| key.contains_key(*name)) {
        return Err("it publishes a private key, with which anyone could sign");
    }
    Ok(())
}

impl PublishedKey {
    fn is_for_signatures(&self) -> bool {
        self.purpose.as_ref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"))
    }

    /// `None`: for something else, or of a kind that is not known here.
    fn read(self) -> Result<Option<VerifyingKey>, &'static str> {
        if !self.is_for_signatures() {
            return Ok(None);
        }
        let possible: &[Algorithm] = match (&*self.kty, self.crv.as_deref()) {
            ("RSA", _) => &[Algorithm::RS256, Algorithm::RS384, Algorithm::RS512],
            ("EC", Some("P-256")) => &[Algorithm::ES256],
            ("EC", Some("P-384")) => &[Algorithm::ES384],
            ("OKP", Some("Ed25519")) => &[Algorithm::EdDSA],
            _ => &[],
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
        let key = match algorithms.first() {
            None => return Ok(None),
            Some(Algorithm::ES256) => self.ec(32, &ECDSA_P256_SHA256_FIXED)?,
            Some(Algorithm::ES384) => self.ec(48, &ECDSA_P384_SHA384_FIXED)?,
            Some(Algorithm::EdDSA) => self.ed25519()?,
            Some(_) => self.rsa()?,
        };
        Ok(Some(VerifyingKey { kid: self.kid, algorithms, key }))
    }

    /// Some issuers write the modulus with a zero in front, as DER has it (RFC 7518, 6.3.1.1, warns
    /// of it).
    fn rsa(&self) -> Result<DecodingKey, &'static str> {
        const UNREADABLE: &str = "one of its RSA keys can't be read";
        let number = |field: &Option<String>| {
            let bytes = BASE64URL.decode(field.as_ref().ok_or(UNREADABLE)?);
            bytes.map(|bytes| without_zeros(&bytes).to_vec()).map_err(|_| UNREADABLE)
        };
        let (modulus, exponent) = (number(&self.n)?, number(&self.e)?);
        let strong = (2048..=8192).contains(&bits(&modulus));
        // With an exponent of 1 a signature is the message itself; an even one is none at all.
        let sound = bits(&exponent) > 1 && exponent.last().is_some_and(|byte| byte % 2 == 1);
        if !strong || !sound {
            return Err("one of its RSA keys is weak: it must have 2048 to 8192 bits, and an odd \
                        exponent above 1");
        }
        DecodingKey::from_rsa_components(&encode(&modulus), &encode(&exponent))
            .map_err(|_| UNREADABLE)
    }

    /// Some issuers write a coordinate without its zeros in front, or with one more.
    fn ec(
        &self,
        length: usize,
        curve: &'static dyn VerificationAlgorithm,
    ) -> Result<DecodingKey, &'static str> {
        let coordinate = |field: &Option<String>| {
            let bytes = BASE64URL.decode(field.as_ref().ok_or(NOT_ON_CURVE)?);
            let bytes = bytes.map_err(|_| NOT_ON_CURVE)?;
            let number = without_zeros(&bytes);
            let zeros = length.checked_sub(number.len()).ok_or(NOT_ON_CURVE)?;
            Ok::<_, &str>(encode(&[&vec![0; zeros], number].concat()))
        };
        let key = DecodingKey::from_ec_components(&coordinate(&self.x)?, &coordinate(&self.y)?);
        on_curve(key, curve)
    }

    /// Not a number but 32 bytes (RFC 8037, 2).
    fn ed25519(&self) -> Result<DecodingKey, &'static str> {
        let x = BASE64URL.decode(self.x.as_ref().ok_or(NOT_ON_CURVE)?);
        let x = x.map_err(|_| NOT_ON_CURVE)?;
        on_curve(DecodingKey::from_ed_components(&encode(&x)), &ED25519)
    }
}

/// Base64url as JWKs have it, and with the padding that some issuers leave on.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn encode(bytes: &[u8]) -> String {
    general_purpose::URL_SAFE_NO_PAD.encode(bytes)
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

/// A number, most significant byte first, without the zeros in front of it.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// How many bits a number without zeros in front has.
fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}
