//! How long an upstream asks callers to wait, in all the forms it may use.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::reader::{Fields, date, number, since_1970};

/// The longest wait: an upstream that asks for more is called again anyway.
const LONGEST: Duration = Duration::from_hours(24);

/// From a header, otherwise from the body. A date is compared with `now`.
pub(super) fn retry_after(
    headers: &HeaderMap,
    fields: &Fields,
    now: DateTime<Utc>,
) -> Option<Duration> {
    let of_headers = headers
        .get_all(RETRY_AFTER)
        .iter()
        .filter_map(|value| Some(waits(value.to_str().ok()?, now)));
    longest(of_headers.flatten()).or_else(|| of_body(fields, now))
}

/// `Retry-After` is a number of seconds or a date (RFC 9110 §10.2.3); proxies turn it into lists
/// and decimals.
fn waits(value: &str, now: DateTime<Utc>) -> Vec<Duration> {
    // A date has a comma of its own.
    match date(value.trim()) {
        Some(at) => vec![until(at, now)],
        None => value.split(',').filter_map(|part| wait(&Value::from(part), 1.0, now)).collect(),
    }
}

/// Discord's `retry_after`, and similar fields.
fn of_body(fields: &Fields, now: DateTime<Utc>) -> Option<Duration> {
    [("retry_after", 1.0), ("retry_after_seconds", 1.0), ("retry_after_ms", 1000.0)]
        .into_iter()
        .find_map(|(name, per_second)| {
            let value = fields.get(name)?;
            let at = value.as_str().and_then(|text| date(text.trim()));
            at.map(|at| until(at, now)).or_else(|| wait(value, per_second, now))
        })
        .map(|wait| wait.min(LONGEST))
}

/// Rounded up, because a call that comes a moment too early is wasted.
fn wait(value: &Value, per_second: f64, now: DateTime<Utc>) -> Option<Duration> {
    let number = number(value).filter(|number| number.is_finite())? / per_second;
    // Beyond any calendar.
    let number = number.min(1e20);
    match since_1970(number) {
        Some(at) => Some(until(at, now)),
        None => Duration::try_from_secs_f64(number.ceil()).ok(),
    }
}

/// A time in the past means no wait.
fn until(at: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (at - now).to_std().unwrap_or_default()
}

/// The longest sensible value; if there is none, the maximum.
fn longest(waits: impl Iterator<Item = Duration>) -> Option<Duration> {
    let (sane, beyond): (Vec<_>, Vec<_>) = waits.partition(|wait| *wait <= LONGEST);
    sane.into_iter().max().or_else(|| beyond.first().map(|_| LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2015-10-21T07:27:00Z";

    fn header(values: &[&str]) -> Option<u64> {
        let values = values.iter().map(|value| (RETRY_AFTER, value.parse().unwrap()));
        let headers = values.collect();
        seconds(retry_after(&headers, &Fields::default(), NOW.parse().unwrap()))
    }

    fn body(body: &str) -> Option<u64> {
        let fields = Fields::read(body.as_bytes(), false);
        seconds(retry_after(&HeaderMap::new(), &fields, NOW.parse().unwrap()))
    }

    fn seconds(wait: Option<Duration>) -> Option<u64> {
        wait.map(|wait| wait.as_secs())
    }

    #[test]
    fn it_is_read_in_seconds_and_as_a_date() {
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("292.052427053", Some(293)),
            ("0.2", Some(1)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(60)),
            ("Wed, 21 Oct 2015 07:26:00 GMT", Some(0)),
            ("Wednesday, 21-Oct-15 07:28:00 GMT", Some(60)),
            ("Wed Oct 21 07:28:00 2015", Some(60)),
            ("2015-10-21T07:28:00Z", Some(60)),
            ("1445412480", Some(60)),
            ("120, 60", Some(120)),
            ("60,120", Some(120)),
            ("5, soon", Some(5)),
            ("99999999, 60", Some(60)),
            ("soon", None),
            ("", None),
            ("-5", None),
            ("NaN", None),
            ("inf", None),
            ("1e999", None),
        ] {
            assert_eq!(header(&[value]), expected, "{value}");
        }
        assert_eq!(header(&["7", "30"]), Some(30));
        assert_eq!(header(&[]), None);
    }

    #[test]
    fn nobody_is_waited_for_longer_than_a_day() {
        let day = Some(LONGEST.as_secs());
        for value in ["604800", "18446744073709551615", "Wed, 21 Oct 2065 07:28:00 GMT"] {
            assert_eq!(header(&[value]), day, "{value}");
        }
        assert_eq!(body(r#"{"retry_after":604800}"#), day);
    }

    #[test]
    fn a_body_says_it_where_no_header_does() {
        for (json, expected) in [
            (r#"{"message":"x","retry_after":64.57,"global":false}"#, Some(65)),
            (r#"{"retry_after":"12"}"#, Some(12)),
            (r#"{"retryAfter":3}"#, Some(3)),
            (r#"{"retry_after_ms":1500}"#, Some(2)),
            (r#"{"retryAfterMs":"1500"}"#, Some(2)),
            (r#"{"retry_after":-1}"#, None),
            (r#"{"retry_after":null}"#, None),
            (r#"{"retry_after":[1]}"#, None),
            (r#"{"retry_after":1e400}"#, None),
            ("error code: 1015", None),
        ] {
            assert_eq!(body(json), expected, "{json}");
        }
    }
}
