use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde_json::{Map, Value};

use super::{Claims, JwtSecret, key::VerifyingKey, third_party::ThirdParty, token::Token};
use crate::auth::AuthError;

const NO_EXPIRY: AuthError = AuthError::invalid(
    "Could not verify JWT: it has no expiry: the issuer of the token must add exp, in seconds \
     since 1970",
);
const BAD_NOT_BEFORE: AuthError = AuthError::invalid(
    "Could not verify JWT: its nbf is not a time: the issuer of the token must write it in seconds \
     since 1970",
);
const NOT_YET_VALID: AuthError = AuthError::invalid(
    "Could not verify JWT: JWTNotYetValid: wait, or check that the clocks of this server and of \
     Nhost Auth agree",
);
const WRONG_AUDIENCE: AuthError = AuthError::invalid(
    "Could not verify JWT: JWTNotInAudience: its aud must contain an audience of this server's JWT \
     secret",
);

impl JwtSecret {
    /// The claims of `token` if one of `keys` has signed it and all of it is good at `now`.
    ///
    /// The keys and their algorithms are this secret's; whatever the token's header says about
    /// them (`alg`, `jwk`, `jku`, `x5c`, `kid`) can only make it fail (RFC 8725, 3.1).
    pub(super) fn verify_by(
        &self,
        token: &Token<'_>,
        keys: &[VerifyingKey],
        now: DateTime<Utc>,
    ) -> Result<Claims, AuthError> {
        let payload = signed_payload(token, keys)?;
        let expires_at = self.check_times(&payload, now)?;
        self.check_issuer(&payload)?;
        self.check_audience(&payload)?;
        let client = ThirdParty::read(&payload).client(|audience| self.is_own_audience(audience));
        let payload = Value::Object(payload);
        let claims = Claims::read(&payload, self.namespace.claims(&payload)?.as_ref(), expires_at)?;
        // A token that Nhost Auth issues to another app does not belong to a session.
        if let (None, None, Some(payload)) = (&self.issuer, &client, payload.as_object()) {
            self.seen_issuer.note(payload);
        }
        Ok(claims.of_client(client))
    }

    /// The same of a secret that holds its own key. Exists in unit tests only.
    #[cfg(test)]
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, AuthError> {
        match &self.keys {
            super::secret::Keys::Fixed { verifying, .. } => {
                self.verify_by(&Token::read(token)?, verifying, now)
            }
            super::secret::Keys::Published { .. } => Err(AuthError::KEYS_UNAVAILABLE),
        }
    }

    /// RFC 7519, 4.1.4 and 4.1.5, with `allowed_skew` to the token's advantage. The moment from
    /// which on the token is refused.
    fn check_times(
        &self,
        payload: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, AuthError> {
        let now = now.timestamp();
        let skew = i64::from(self.allowed_skew);
        let expiry = payload.get("exp").and_then(seconds).ok_or(NO_EXPIRY)?;
        let expiry = expiry.saturating_add(skew);
        if now >= expiry {
            return Err(AuthError::EXPIRED);
        }
        if let Some(not_before) = payload.get("nbf") {
            let not_before = seconds(not_before).ok_or(BAD_NOT_BEFORE)?;
            if now.saturating_add(skew) < not_before {
                return Err(NOT_YET_VALID);
            }
        }
        // Beyond what the calendar holds it is as good as never.
        Ok(DateTime::from_timestamp(expiry, 0).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Stricter than Hasura: a token without `iss` doesn't bypass a configured issuer.
    fn check_issuer(&self, payload: &Map<String, Value>) -> Result<(), AuthError> {
        match &self.issuer {
            Some(issuer) if payload.get("iss").and_then(Value::as_str) != Some(issuer) => {
                Err(AuthError::WRONG_ISSUER)
            }
            _ => Ok(()),
        }
    }

    /// Without an `audience` in the secret every `aud` is good, as at Hasura.
    fn check_audience(&self, payload: &Map<String, Value>) -> Result<(), AuthError> {
        let Some(accepted) = &self.audience else {
            return Ok(());
        };
        let is_accepted = |value: &Value| {
            value.as_str().is_some_and(|audience| accepted.iter().any(|a| a == audience))
        };
        let good = match payload.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(is_accepted),
            Some(audience) => is_accepted(audience),
            None => false,
        };
        if good { Ok(()) } else { Err(WRONG_AUDIENCE) }
    }
}

/// The payload of a token that one of these keys has signed.
pub(super) fn signed_payload(
    token: &Token<'_>,
    keys: &[VerifyingKey],
) -> Result<Map<String, Value>, AuthError> {
    if !keys.iter().any(|key| key.algorithms.contains(&token.key.algorithm)) {
        return Err(AuthError::WRONG_ALGORITHM);
    }
    let validation = signature_only(token.key.algorithm);
    for key in keys.iter().filter(|key| key.may_be(&token.key)) {
        match jsonwebtoken::decode(token.text, &key.key, &validation) {
            Ok(decoded) => return Ok(decoded.claims),
            Err(error) => match error.kind() {
                ErrorKind::InvalidSignature => {}
                ErrorKind::InvalidAlgorithm => return Err(AuthError::WRONG_ALGORITHM),
                // The library's own words may quote the token.
                _ => return Err(AuthError::MALFORMED),
            },
        }
    }
    Err(AuthError::WRONG_SIGNATURE)
}

/// The library checks the signature; the claims are checked here, against the clock handed in.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// A `NumericDate` (RFC 7519, 2): seconds since 1970, where fractions are allowed.
pub(super) fn seconds(value: &Value) -> Option<i64> {
    const YEAR_9999: f64 = 253_402_300_799.0;
    let number = value.as_number()?;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough to be exact")]
    let rounded =
        || number.as_f64().filter(|s| (0.0..=YEAR_9999).contains(s)).map(|s| s.floor() as i64);
    number.as_i64().or_else(rounded)
}
