use chrono::{DateTime, Utc};
use jsonwebtoken::{TokenData, Validation, errors::ErrorKind};
use serde_json::{Map, Value};

use super::{AuthError, Claims, JwtSecret};

/// Longest token in bytes that is looked at: parsing is work that a stranger can ask for.
const MAX_TOKEN_LENGTH: usize = 16 * 1024;

const TOO_LONG: AuthError = AuthError::invalid(
    "Could not verify JWT: it is longer than 16 KiB: put less into the custom claims",
);
const MALFORMED: AuthError = AuthError::invalid(
    "Could not verify JWT: JWSError: not a signed JWT: send the access token of a session",
);
const WRONG_ALGORITHM: AuthError = AuthError::invalid(
    "Could not verify JWT: JWSError JWSInvalidAlgorithm: send an access token of this project, and \
     check that this server's JWT secret has the type that Nhost Auth signs with",
);
const WRONG_SIGNATURE: AuthError = AuthError::invalid(
    "Could not verify JWT: JWSError JWSInvalidSignature: send an access token of this project, and \
     check that this server's JWT secret is the one that Nhost Auth signs with",
);
const CRITICAL_EXTENSION: AuthError = AuthError::invalid(
    "Could not verify JWT: JWSError: its header demands an extension (crit) that this server does \
     not know: send a token without",
);
const NO_EXPIRY: AuthError = AuthError::invalid(
    "Could not verify JWT: it does not say when it expires: whatever issues the token must add \
     exp, in seconds since 1970",
);
const BAD_NOT_BEFORE: AuthError = AuthError::invalid(
    "Could not verify JWT: its nbf is not a time: whatever issues the token must give seconds \
     since 1970",
);
const NOT_YET_VALID: AuthError = AuthError::invalid(
    "Could not verify JWT: JWTNotYetValid: wait, or check that the clocks of this server and of \
     Nhost Auth agree",
);
const WRONG_ISSUER: AuthError = AuthError::invalid(
    "Could not verify JWT: JWTNotInIssuer: its iss must be the issuer of this server's JWT secret",
);
const WRONG_AUDIENCE: AuthError = AuthError::invalid(
    "Could not verify JWT: JWTNotInAudience: its aud must hold an audience of this server's JWT \
     secret",
);

impl JwtSecret {
    /// The claims of `token` if all of it is good at `now`.
    ///
    /// The algorithm and the key are those of this secret; whatever the token's header says about
    /// them (`alg`, `jwk`, `jku`, `x5c`, `kid`) can only make it fail (RFC 8725, 3.1).
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, AuthError> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(TOO_LONG);
        }
        let TokenData { header, claims: payload } = jsonwebtoken::decode::<Map<String, Value>>(
            token,
            &self.verifying,
            &signature_only(self),
        )
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => WRONG_SIGNATURE,
            ErrorKind::InvalidAlgorithm => WRONG_ALGORITHM,
            // The library's own words may quote the token.
            _ => MALFORMED,
        })?;
        // RFC 7515, 4.1.11: what is critical and not understood makes the token invalid.
        if header.crit.is_some() {
            return Err(CRITICAL_EXTENSION);
        }
        self.check_times(&payload, now)?;
        self.check_issuer(&payload)?;
        self.check_audience(&payload)?;
        Claims::read(&payload, &self.claims_namespace)
    }

    /// RFC 7519, 4.1.4 and 4.1.5, with `allowed_skew` to the token's advantage.
    fn check_times(
        &self,
        payload: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(), AuthError> {
        let now = now.timestamp();
        let skew = i64::from(self.allowed_skew);
        let expiry = payload.get("exp").and_then(seconds).ok_or(NO_EXPIRY)?;
        if now >= expiry.saturating_add(skew) {
            return Err(AuthError::EXPIRED);
        }
        if let Some(not_before) = payload.get("nbf") {
            let not_before = seconds(not_before).ok_or(BAD_NOT_BEFORE)?;
            if now.saturating_add(skew) < not_before {
                return Err(NOT_YET_VALID);
            }
        }
        Ok(())
    }

    /// Stricter than Hasura: a token without `iss` is no way round a configured issuer.
    fn check_issuer(&self, payload: &Map<String, Value>) -> Result<(), AuthError> {
        match &self.issuer {
            Some(issuer) if payload.get("iss").and_then(Value::as_str) != Some(issuer) => {
                Err(WRONG_ISSUER)
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

/// The library checks the signature; the claims are checked here, against the clock handed in.
fn signature_only(secret: &JwtSecret) -> Validation {
    let mut validation = Validation::new(secret.algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// A `NumericDate` (RFC 7519, 2): seconds since 1970, where fractions are allowed.
fn seconds(value: &Value) -> Option<i64> {
    const YEAR_9999: f64 = 253_402_300_799.0;
    let number = value.as_number()?;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough to be exact")]
    let rounded =
        || number.as_f64().filter(|s| (0.0..=YEAR_9999).contains(s)).map(|s| s.floor() as i64);
    number.as_i64().or_else(rounded)
}
