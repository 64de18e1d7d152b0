//! The tokens of a good answer (RFC 6749 §5.1), as providers really write them.

use chrono::{DateTime, TimeDelta, Utc};

use super::fields::{Fields, text, whole_number};
use crate::upstream::ProviderSession;

/// A number beyond this is no lifetime but an instant, in seconds since 1970.
const INSTANT: i64 = 1_000_000_000;

/// `None`: there is no access token.
pub(super) fn session(fields: &Fields, now: DateTime<Utc>) -> Option<ProviderSession> {
    Some(ProviderSession {
        access_token: text(fields, "access_token")?.into(),
        expires_at: expiry(fields, now),
        refresh_token: text(fields, "refresh_token").map(Into::into),
    })
}

/// When the access token ends by this server's clock; `None`: no known expiry.
fn expiry(fields: &Fields, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    // A lifetime counts from now, by one clock; an instant is of the provider's.
    for name in ["expires_in", "expires"] {
        match whole_number(fields, name) {
            Some(seconds @ 1..INSTANT) => {
                return now.checked_add_signed(TimeDelta::try_seconds(seconds)?);
            }
            Some(instant @ INSTANT..) => return later(DateTime::from_timestamp(instant, 0), now),
            _ => {}
        }
    }
    // Strava's, and Azure AD's in version 1.
    ["expires_at", "expires_on"].iter().find_map(|name| {
        let at = match whole_number(fields, name) {
            Some(seconds) => DateTime::from_timestamp(seconds, 0),
            None => text(fields, name)?.parse().ok(),
        };
        later(at, now)
    })
}

/// A token that was issued just now has not ended: an instant in the past means nothing.
fn later(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    at.filter(|at| *at > now)
}
