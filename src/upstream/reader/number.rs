//! Lifetimes and times, in all the formats that upstreams use.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;

/// A number above this is not a lifetime (30 years) but a time (since 2001), in seconds.
const INSTANT: f64 = 1e9;

/// No provider's tokens expire this late: such a value means "never", or nothing.
const LONGEST: TimeDelta = TimeDelta::days(3653);

/// Date formats besides those of RFC 3339 and RFC 2822: RFC 850 and asctime (RFC 9110 §5.6.7), SQL,
/// and Azure AD.
const ZONED: [&str; 2] = ["%m/%d/%Y %I:%M:%S %p %z", "%Y-%m-%d %H:%M:%S%.f %z"];
const IN_UTC: [&str; 5] = [
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%SZ",
];

/// The expiry for a lifetime counted from `now`: a number of seconds, or possibly a time. `None`:
/// it makes no sense.
pub fn seconds(value: &Value, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match number(value) {
        Some(seconds) if seconds < INSTANT => {
            let whole = Duration::try_from_secs_f64(seconds.trunc()).ok()?;
            let lifetime = TimeDelta::from_std(whole).ok().filter(|life| *life > TimeDelta::zero());
            lifetime.and_then(|life| ahead(now.checked_add_signed(life)?, now))
        }
        _ => instant(value, now),
    }
}

/// The expiry for a given time. `None`: it makes no sense, for example because it is in the past:
/// what was just issued has not expired.
pub fn instant(value: &Value, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    ahead(point(value)?, now)
}

/// A time, including past ones.
pub fn point(value: &Value) -> Option<DateTime<Utc>> {
    match number(value) {
        Some(number) => since_1970(number),
        None => date(value.as_str()?.trim()),
    }
}

/// `at`, unless it is in the past, or too far away to be meant.
pub fn ahead(at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (at > now && at - now <= LONGEST).then_some(at)
}

/// In seconds, milliseconds, microseconds or nanoseconds: each unit's present is the next one's
/// 1970.
pub fn since_1970(number: f64) -> Option<DateTime<Utc>> {
    let per_second = match number {
        INSTANT..1e11 => 1.0,
        1e11..1e14 => 1e3,
        1e14..1e17 => 1e6,
        1e17..1e20 => 1e9,
        _ => return None,
    };
    let since = Duration::try_from_secs_f64((number / per_second).trunc()).ok()?;
    DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::from_std(since).ok()?)
}

/// A number, which may be written as a string.
pub fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (!number.is_nan()).then_some(number)
}

/// A date in the format of a header, a log or a database. Without a zone it is in UTC.
pub fn date(text: &str) -> Option<DateTime<Utc>> {
    let zoned = |format: &&str| Some(DateTime::parse_from_str(text, format).ok()?.to_utc());
    let in_utc = |format: &&str| Some(NaiveDateTime::parse_from_str(text, format).ok()?.and_utc());
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .map(|at| at.to_utc())
        .ok()
        .or_else(|| ZONED.iter().find_map(zoned))
        .or_else(|| IN_UTC.iter().find_map(in_utc))
}
