//! Tokens, honest and not, made by hand so that nothing keeps them well-formed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use super::{SECRET, keys::Pair};

/// An honest token under [`SECRET`].
pub fn sign(payload: &Value) -> String {
    sign_with(&json!({"alg": "HS256", "typ": "JWT"}), &payload.to_string())
}

/// A token under [`SECRET`] with whatever header and payload.
pub fn sign_with(header: &Value, payload: &str) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    assemble(header, payload, Algorithm::HS256, &key)
}

/// An honest token under the private half of `pair`.
pub fn sign_by(pair: &Pair, payload: &Value) -> String {
    let header = json!({"alg": pair.alg, "typ": "JWT", "kid": "some-key"});
    assemble(&header, &payload.to_string(), pair.algorithm, &pair.encoding_key())
}

/// `header.payload.signature`, where `algorithm` need not be that of the header.
pub fn assemble(header: &Value, payload: &str, algorithm: Algorithm, key: &EncodingKey) -> String {
    let message = unsigned(header, payload);
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// `header.payload`.
pub fn unsigned(header: &Value, payload: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}", part(&header.to_string()), part(payload))
}
