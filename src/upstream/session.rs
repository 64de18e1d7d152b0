//! A provider session as Nhost Auth hands it out, and what it really says.

use chrono::{DateTime, Duration, Utc};
use secrecy::SecretString;
use serde::Deserialize;

/// How far `expiresAt` and `expiresIn` may lie apart before the clocks are suspected.
const SKEW: Duration = Duration::minutes(1);

/// The tokens of a sign-in or a refresh, without the upstream's traps.
#[derive(Clone, Debug)]
pub struct ProviderSession {
    pub access_token: SecretString,
    /// `None`: no known expiry.
    pub expires_at: Option<DateTime<Utc>>,
    /// `None`: the answer brought none, which does not mean that an older one has ended.
    pub refresh_token: Option<SecretString>,
}

/// When Nhost Auth computed `expiresIn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At the sign-in, some time before the session was fetched.
    Earlier,
    /// For this very answer.
    Now,
}

/// The answer's JSON. Every field may be missing or null.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wire {
    access_token: Option<SecretString>,
    expires_in: Option<i64>,
    expires_at: Option<DateTime<Utc>>,
    refresh_token: Option<SecretString>,
}

impl Wire {
    /// `None`: an empty access token, which is how Nhost Auth says "there is none".
    pub(super) fn normalise(self, moment: Moment, now: DateTime<Utc>) -> Option<ProviderSession> {
        let given = |token: Option<SecretString>| {
            token.filter(|token| !secrecy::ExposeSecret::expose_secret(token).is_empty())
        };
        Some(ProviderSession {
            access_token: given(self.access_token)?,
            expires_at: expiry(self.expires_in, self.expires_at, moment, now),
            refresh_token: given(self.refresh_token),
        })
    }
}

/// When the access token ends by this server's clock; `None`: no known expiry.
fn expiry(
    expires_in: Option<i64>,
    expires_at: Option<DateTime<Utc>>,
    moment: Moment,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    // OAuth 1 has no expiry: Nhost Auth writes Go's zero time, 0001-01-01T00:00:00Z.
    let expires_at = expires_at.filter(|at| at.timestamp() > 0);
    let Some(lifetime) = expires_in.filter(|seconds| *seconds > 0).and_then(Duration::try_seconds)
    else {
        // `expiresIn: 0` with `expiresAt` about now, or as long ago as the sign-in, is a token
        // that never expires. With an `expiresAt` still to come, the latter tells more.
        return expires_at.filter(|at| *at > now + SKEW);
    };
    let by_lifetime = now.checked_add_signed(lifetime)?;
    let Some(at) = expires_at else { return Some(by_lifetime) };
    let skew = at - by_lifetime;
    // A session that lay at Nhost Auth for a while ends earlier than `expiresIn` from now: that
    // is no skew. One that would end later than its whole life from now is.
    let skewed = skew > SKEW || (moment == Moment::Now && skew < -SKEW);
    if skewed {
        tracing::warn!(
            skew_seconds = skew.num_seconds(),
            "Nhost Auth's clock and this server's differ by over a minute: set both by NTP; \
             until then tokens are renewed by their lifetime, not by expiresAt"
        );
        return Some(by_lifetime);
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    const NOW: &str = "2026-01-01T12:00:00Z";

    fn expires(
        expires_in: Option<i64>,
        expires_at: Option<&str>,
        moment: Moment,
    ) -> Option<DateTime<Utc>> {
        expiry(expires_in, expires_at.map(at), moment, at(NOW))
    }

    #[test]
    fn expires_at_is_trusted_where_it_agrees_with_the_lifetime() {
        assert_eq!(
            expires(Some(3600), Some("2026-01-01T12:59:58Z"), Moment::Now),
            Some(at("2026-01-01T12:59:58Z"))
        );
    }

    #[test]
    fn a_session_that_lay_at_nhost_auth_ends_when_it_says() {
        assert_eq!(
            expires(Some(3600), Some("2026-01-01T12:10:00Z"), Moment::Earlier),
            Some(at("2026-01-01T12:10:00Z"))
        );
    }

    #[test]
    fn with_skewed_clocks_the_lifetime_counts() {
        let an_hour_on = Some(at("2026-01-01T13:00:00Z"));
        assert_eq!(expires(Some(3600), Some("2026-01-01T15:00:00Z"), Moment::Earlier), an_hour_on);
        assert_eq!(expires(Some(3600), Some("2026-01-01T15:00:00Z"), Moment::Now), an_hour_on);
        assert_eq!(expires(Some(3600), Some("2026-01-01T10:00:00Z"), Moment::Now), an_hour_on);
    }

    #[test]
    fn a_token_that_never_expires_has_no_known_expiry() {
        assert_eq!(expires(Some(0), Some(NOW), Moment::Earlier), None);
        assert_eq!(expires(Some(0), Some("2026-01-01T11:00:00Z"), Moment::Earlier), None);
        assert_eq!(expires(Some(0), None, Moment::Now), None);
        assert_eq!(expires(None, None, Moment::Now), None);
    }

    #[test]
    fn the_zero_time_of_oauth_1_is_no_known_expiry() {
        assert_eq!(expires(Some(0), Some("0001-01-01T00:00:00Z"), Moment::Earlier), None);
        assert_eq!(expires(None, Some("0001-01-01T00:00:00Z"), Moment::Earlier), None);
    }

    #[test]
    fn a_missing_half_is_filled_from_the_other() {
        assert_eq!(expires(Some(60), None, Moment::Now), Some(at("2026-01-01T12:01:00Z")));
        assert_eq!(
            expires(None, Some("2026-01-01T13:00:00Z"), Moment::Now),
            Some(at("2026-01-01T13:00:00Z"))
        );
    }

    #[test]
    fn a_lifetime_beyond_all_calendars_does_not_panic() {
        assert_eq!(expires(Some(i64::MAX), None, Moment::Now), None);
        assert_eq!(expires(Some(9_000_000_000_000), None, Moment::Now), None);
    }

    #[test]
    fn an_empty_null_or_missing_refresh_token_is_none() {
        for json in [
            r#"{"accessToken":"a","refreshToken":""}"#,
            r#"{"accessToken":"a","refreshToken":null}"#,
            r#"{"accessToken":"a"}"#,
        ] {
            let wire: Wire = serde_json::from_str(json).unwrap();
            assert!(wire.normalise(Moment::Now, at(NOW)).unwrap().refresh_token.is_none());
        }
    }

    #[test]
    fn an_empty_access_token_is_no_session() {
        let wire: Wire = serde_json::from_str(r#"{"accessToken":"","expiresIn":0}"#).unwrap();
        assert!(wire.normalise(Moment::Earlier, at(NOW)).is_none());
    }
}
