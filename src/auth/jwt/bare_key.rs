//! A JWT secret that is not JSON but the key alone, as Nhost's dashboard and its `.secrets` file
//! show it.

use serde_json::{Map, Value};

use super::{JwtSecret, JwtSecretError, fields::Fields};

const A_URL: &str = "the JWT secret is a URL, which anyone can know: if it publishes keys, write \
                     {\"jwk_url\":\"…\"}";
const A_PUBLIC_KEY: &str = "the JWT secret is a bare key in PEM or base64 DER, without a `type`: \
     write it like {\"type\":\"RS256\",\"key\":\"-----BEGIN PUBLIC KEY-----\\n…\"}";
const A_JWT: &str = "the JWT secret is a JWT: set the key that signs the JWTs instead";

/// The secret, if the text is a single word, as a key is. `None` if it is something else.
pub(super) fn parse(text: &str) -> Option<Result<JwtSecret, JwtSecretError>> {
    let text = text.trim();
    let refused = |problem| Some(Err(JwtSecretError::no_json(problem, None)));
    if text.starts_with("-----BEGIN ") || is_der(text) {
        return refused(A_PUBLIC_KEY);
    }
    let is_word = !text.is_empty()
        && !text.starts_with(['{', '[', '"', '\''])
        && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    if !is_word {
        return None;
    }
    if text.contains("://") {
        return refused(A_URL);
    }
    if text.starts_with("eyJ") && text.split('.').count() == 3 {
        return refused(A_JWT);
    }
    // RFC 7518, 3.2: at least as long as the output of the hash.
    if text.len() < 32 {
        let length = text.len();
        let problem = format!(
            "the JWT secret is not a JSON object, and with {length} bytes it is too short for an \
             HS256 key, which needs 32: copy all of it from Nhost"
        );
        return refused(&problem);
    }
    let fields = [("type", "HS256"), ("key", text)];
    let fields: Map<_, _> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    Some(Fields::new(fields).read())
}

/// A key of RSA in base64, as it is between the lines of a PEM.
fn is_der(text: &str) -> bool {
    text.len() > 100 && text.starts_with("MII")
}
