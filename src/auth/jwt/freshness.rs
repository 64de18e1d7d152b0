use std::time::Duration;

use chrono::{DateTime, Utc};
use headers::{Expires, HeaderMapExt};
use http::{HeaderMap, header::CACHE_CONTROL};

/// A key set that must not be cached, or that is already stale, is fetched again after this long.
pub(super) const AT_LEAST: Duration = Duration::from_secs(1);

/// No key set is considered fresh for longer than this, whatever its headers say.
const AT_MOST: Duration = Duration::from_hours(7 * 24);

/// When to fetch a JWK Set again that came with these headers at `now`. As in Hasura: by
/// `Cache-Control`, otherwise by `Expires`, otherwise never (RFC 9111, 5.2.2 and 5.3).
pub(super) fn refresh_at(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let lifetime = by_cache_control(headers).or_else(|| by_expires(headers, now))?;
    Some(now + lifetime.clamp(AT_LEAST, AT_MOST))
}

/// The crate `headers` knows directives in lower case alone, and none with a quoted value; issuers
/// write both (RFC 9111, 5.2: in any case, and a token or a quoted string).
fn by_cache_control(headers: &HeaderMap) -> Option<Duration> {
    let (mut max_age, mut shared) = (None, None);
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    for directive in values.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let seconds = || seconds(value.trim().trim_matches('"'));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-cache" | "no-store" => return Some(Duration::ZERO),
            // If two differ, the shorter one counts.
            "max-age" => max_age = Some(max_age.map_or(seconds(), |age| seconds().min(age))),
            "s-maxage" => shared = Some(shared.map_or(seconds(), |age| seconds().min(age))),
            _ => {}
        }
    }
    // This server is a cache that many users share.
    shared.or(max_age)
}

/// A value that is not a number is stale at once (RFC 9111, 4.2.1), and one that is too large for a
/// number is long.
fn seconds(text: &str) -> Duration {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    Duration::from_secs(if is_number { text.parse().unwrap_or(u64::MAX) } else { 0 })
}

/// A time that can't be parsed is in the past (RFC 9111, 5.3).
fn by_expires(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let expires = headers.typed_try_get::<Expires>().transpose()?;
    let at: Option<DateTime<Utc>> = expires.ok().map(|at| std::time::SystemTime::from(at).into());
    Some(at.and_then(|at| (at - now).to_std().ok()).unwrap_or_default())
}
