//! The tokens of a successful response, and when they really expire.

use chrono::{DateTime, Duration, Utc};
use domain::{BroughtScopes, SaidScopes, ScopesSource};
use secrecy::SecretString;

use super::{
    reader::{Fields, ahead, instant, point, seconds},
    scopes,
};

/// How far `expiresAt` and `expiresIn` may differ before the clocks are suspected.
const SKEW: Duration = Duration::minutes(1);

/// The tokens of a sign-in or a refresh, with the upstream's quirks removed.
#[derive(Clone, Debug)]
pub struct ProviderSession {
    pub access_token: SecretString,
    /// `None`: no known expiry. Whether that means "never" is for
    /// [`assumed_lifetime`](super::assumed_lifetime) to say.
    pub expires_at: Option<DateTime<Utc>>,
    /// `None`: the response has none, which does not mean that an older one has expired.
    pub refresh_token: Option<SecretString>,
    /// `None`: the response does not say.
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    /// The granted scopes according to the response. Nhost Auth returns none, neither for a sign-in
    /// nor for a refresh.
    pub scopes: BroughtScopes,
}

/// When Nhost Auth computed `expiresIn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At the sign-in, some time before the session was fetched.
    Earlier,
    /// For this response.
    Now,
}

/// Fields with the lifetime of a refresh token, in seconds; and fields with its expiry.
const REFRESH_LIFETIMES: [&str; 4] = [
    "refresh_token_expires_in",
    "refresh_expires_in",
    "x_refresh_token_expires_in",
    "refresh_token_expires",
];
const REFRESH_ENDS: [&str; 3] =
    ["refresh_token_expires_at", "refresh_expires_at", "refresh_token_expires_on"];

impl ProviderSession {
    /// In a provider's format (RFC 6749 §5.1). `None`: there is no access token.
    pub(super) fn of_provider(fields: &Fields, now: DateTime<Utc>) -> Option<Self> {
        // A lifetime counts from now, by this server's clock; a time (Strava's, and Azure AD's in
        // version 1) is by the provider's.
        let expires_at = lives(fields, &["expires_in", "expires"], now)
            .or_else(|| ends(fields, &["expires_at", "expires_on"], now));
        Self::of(fields, expires_at, now)
    }

    /// In Nhost Auth's format. `None`: there is no access token, which is how Nhost Auth says that
    /// there is no session.
    pub(super) fn of_nhost_auth(
        fields: &Fields,
        moment: Moment,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let by_lifetime = lives(fields, &["expires_in", "expires"], now);
        let at = ["expires_at", "expires_on"].iter().find_map(|name| point(fields.get(name)?));
        Self::of(fields, expiry(by_lifetime, at, moment, now), now)
    }

    fn of(fields: &Fields, expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Self> {
        Some(Self {
            access_token: fields.token("access_token")?.into(),
            expires_at,
            refresh_token: fields.token("refresh_token").map(Into::into),
            refresh_token_expires_at: lives(fields, &REFRESH_LIFETIMES, now)
                .or_else(|| ends(fields, &REFRESH_ENDS, now)),
            scopes: scopes::named(fields).map_or(BroughtScopes::Nothing, |scopes| {
                BroughtScopes::Said(SaidScopes { scopes, source: ScopesSource::Answer })
            }),
        })
    }
}

fn lives(fields: &Fields, names: &[&str], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    names.iter().find_map(|name| seconds(fields.get(name)?, now))
}

fn ends(fields: &Fields, names: &[&str], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    names.iter().find_map(|name| instant(fields.get(name)?, now))
}

/// When the access token expires by this server's clock; `None`: no known expiry.
fn expiry(
    by_lifetime: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    moment: Moment,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    // OAuth 1 has no expiry: Nhost Auth writes Go's zero time, 0001-01-01T00:00:00Z.
    let expires_at = expires_at.filter(|at| at.timestamp() > 0);
    let Some(by_lifetime) = by_lifetime else {
        // `expiresIn: 0` with `expiresAt` about now, or as long ago as the sign-in, is a token with
        // an unknown expiry. If `expiresAt` is in the future, it is the better value.
        return expires_at.and_then(|at| ahead(at, now)).filter(|at| *at > now + SKEW);
    };
    let Some(at) = expires_at else { return Some(by_lifetime) };
    let skew = at - by_lifetime;
    // A session that waited at Nhost Auth for a while expires earlier than `expiresIn` from now:
    // that isn't clock skew. One that would expire later than its whole lifetime from now is.
    let skewed = skew > SKEW || (moment == Moment::Now && skew < -SKEW);
    if skewed {
        tracing::warn!(
            skew_seconds = skew.num_seconds(),
            "the clocks of Nhost Auth and this server differ by over a minute: synchronize both \
             with NTP. Until then tokens are refreshed according to their lifetime instead of \
             expiresAt"
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
        let by_lifetime = expires_in.and_then(|life| seconds(&life.into(), at(NOW)));
        expiry(by_lifetime, expires_at.map(at), moment, at(NOW))
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

    fn session(json: &str) -> Option<ProviderSession> {
        let fields = Fields::read(json.as_bytes(), false);
        ProviderSession::of_nhost_auth(&fields, Moment::Now, at(NOW))
    }

    #[test]
    fn an_empty_null_or_missing_refresh_token_is_none() {
        for json in [
            r#"{"accessToken":"a","refreshToken":""}"#,
            r#"{"accessToken":"a","refreshToken":null}"#,
            r#"{"accessToken":"a","refreshToken":" "}"#,
            r#"{"accessToken":"a","refreshToken":"undefined"}"#,
            r#"{"accessToken":"a"}"#,
        ] {
            assert!(session(json).unwrap().refresh_token.is_none(), "{json}");
        }
    }

    #[test]
    fn an_empty_access_token_is_no_session() {
        assert!(session(r#"{"accessToken":"","expiresIn":0}"#).is_none());
    }

    #[test]
    fn the_end_of_a_refresh_token_is_kept_however_it_is_spelt() {
        let in_a_day = Some(at("2026-01-02T12:00:00Z"));
        for field in [
            r#""refresh_token_expires_in":86400"#,
            r#""refreshTokenExpiresIn":"86400""#,
            r#""refresh_expires_in":86400.0"#,
            r#""x_refresh_token_expires_in":86400"#,
            r#""refresh_token_expires_at":1767355200"#,
            r#""refreshTokenExpiresAt":"2026-01-02T12:00:00Z""#,
            r#""refresh_token_expires_at":1767355200000"#,
        ] {
            let session = session(&format!(r#"{{"accessToken":"a",{field}}}"#)).unwrap();
            assert_eq!(session.refresh_token_expires_at, in_a_day, "{field}");
        }
        let keycloak = session(r#"{"accessToken":"a","refresh_expires_in":0}"#).unwrap();
        assert_eq!(keycloak.refresh_token_expires_at, None);
    }
}
