use std::time::Duration;

use chrono::{DateTime, Utc};
use headers::{CacheControl, Expires, HeaderMapExt};
use http::HeaderMap;

/// What must not be kept, and what is stale when it comes, is fetched again after this long.
pub(super) const AT_LEAST: Duration = Duration::from_secs(1);

/// No set of keys is taken to be good for longer than this, whatever its headers say.
const AT_MOST: Duration = Duration::from_hours(7 * 24);

/// When a JWK Set that came with these headers at `now` is to be fetched again, as Hasura does it:
/// by `Cache-Control`, else by `Expires`, else never (RFC 9111, 5.2.2 and 5.3).
pub(super) fn refresh_at(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let lifetime = by_cache_control(headers).or_else(|| by_expires(headers, now))?;
    Some(now + lifetime.clamp(AT_LEAST, AT_MOST))
}

fn by_cache_control(headers: &HeaderMap) -> Option<Duration> {
    let control = headers.typed_get::<CacheControl>()?;
    if control.no_cache() || control.no_store() {
        return Some(Duration::ZERO);
    }
    // This server is a cache that many users share.
    control.s_max_age().or_else(|| control.max_age())
}

/// A time that can't be read is over (RFC 9111, 5.3).
fn by_expires(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let expires = headers.typed_try_get::<Expires>().transpose()?;
    let at: Option<DateTime<Utc>> = expires.ok().map(|at| std::time::SystemTime::from(at).into());
    Some(at.and_then(|at| (at - now).to_std().ok()).unwrap_or_default())
}
