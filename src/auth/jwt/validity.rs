use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

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

/// When a token is valid (RFC 7519, 4.1.4 and 4.1.5), in seconds since 1970, with `allowed_skew`
/// added to the token's advantage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    from: i64,
    /// The first second at which it is refused.
    until: i64,
}

impl Validity {
    /// The validity of the token with this payload, if it is valid at `now`.
    pub(super) fn read(
        payload: &Map<String, Value>,
        allowed_skew: u32,
        now: DateTime<Utc>,
    ) -> Result<Self, AuthError> {
        let skew = i64::from(allowed_skew);
        let expiry = payload.get("exp").and_then(seconds).ok_or(NO_EXPIRY)?;
        let mut validity = Self { from: i64::MIN, until: expiry.saturating_add(skew) };
        validity.check(now)?;
        if let Some(not_before) = payload.get("nbf") {
            validity.from = seconds(not_before).ok_or(BAD_NOT_BEFORE)?.saturating_sub(skew);
            validity.check(now)?;
        }
        Ok(validity)
    }

    /// Whether the token is valid at `now`.
    pub(super) fn check(self, now: DateTime<Utc>) -> Result<(), AuthError> {
        let now = now.timestamp();
        if now >= self.until {
            return Err(AuthError::EXPIRED);
        }
        if now < self.from {
            return Err(NOT_YET_VALID);
        }
        Ok(())
    }

    /// The moment from which on the token is refused. Beyond what the calendar holds it is as good
    /// as never.
    pub(super) fn until(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.until, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
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
