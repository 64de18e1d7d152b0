use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{JwtSecret, JwtSecrets, secret::Keys};

/// How the keys of the JWT secrets stand to a JWK Set that an issuer publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// A key of the secrets is published.
    Agree,
    /// The secrets have public keys, and none of them is published.
    NotPublished,
    /// Keys are published, and the secrets have shared ones only.
    NotShared,
    /// Nothing is published, as it is where the key is shared.
    Shared,
    /// The secrets hold no key of their own: theirs are at a `jwk_url`.
    Elsewhere,
}

impl JwtSecrets {
    /// Compares the keys with those of a JWK Set.
    pub fn compare(&self, jwks: &Value) -> Agreement {
        let published = jwks["keys"].as_array().map_or(&[][..], Vec::as_slice);
        let fixed: Vec<_> = self.iter().filter_map(JwtSecret::public_key).collect();
        if fixed.iter().any(|key| published.iter().any(|jwk| is_same(key, jwk))) {
            return Agreement::Agree;
        }
        if !fixed.is_empty() {
            return Agreement::NotPublished;
        }
        let are_shared = self.iter().all(|secret| matches!(secret.keys, Keys::Fixed { .. }));
        match (are_shared, published.is_empty()) {
            (false, _) => Agreement::Elsewhere,
            (true, true) => Agreement::Shared,
            (true, false) => Agreement::NotShared,
        }
    }
}

impl JwtSecret {
    /// The public key in DER. `None`: it is elsewhere, or shared and thus none.
    fn public_key(&self) -> Option<&[u8]> {
        match &self.keys {
            Keys::Fixed { verifying: [key], .. } => {
                if key.is_shared() {
                    None
                } else {
                    key.key.try_get_as_bytes().ok()
                }
            }
            Keys::Published { .. } => None,
        }
    }
}

/// Whether a key in DER is that of a JWK (RFC 7518, 6). DER holds the modulus, or the coordinates of
/// the point, as the JWK has them: nothing else of this length can be the same by chance.
fn is_same(der: &[u8], jwk: &Value) -> bool {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok();
    let numbers =
        if jwk["kty"] == "RSA" { [number("n"), None] } else { [number("x"), number("y")] };
    let numbers: Vec<_> = numbers.into_iter().flatten().collect();
    !numbers.is_empty()
        && numbers.iter().all(|number| {
            number.len() >= 32 && der.windows(number.len()).any(|part| part == number.as_slice())
        })
}
