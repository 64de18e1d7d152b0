//! The table of facts about each provider.

use chrono::TimeDelta;
use domain::{GrantLimits, Provider};

use RevocationMethod as By;

/// A provider's own endpoints, and how to call them.
pub(crate) struct Facts {
    /// The name that users know.
    name: &'static str,
    /// `None`: OAuth 1 has none. `{tenant}` stands for the operator's tenant.
    pub token_endpoint: Option<&'static str>,
    pub client_auth: ClientAuth,
    /// Whether the provider issues refresh tokens.
    pub refreshable: bool,
    pub revocation: Option<Revocation>,
    /// How long an unused refresh token stays valid, if the provider documents it.
    idle_limit: Option<TimeDelta>,
    /// How long after the sign-in a refresh token expires, used or not, if the provider documents
    /// it.
    fixed_life: Option<TimeDelta>,
    /// The same while the OAuth app is in testing.
    life_in_testing: Option<TimeDelta>,
    /// Whether each refresh extends the refresh token's expiry that the provider returns.
    renewed_by_use: bool,
    /// The lifetime of an access token if the response does not say. `None`: it doesn't expire.
    lifetime: Option<TimeDelta>,
}

/// How the client authenticates at the token endpoint (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    Basic,
    /// `client_id` and `client_secret` in the form.
    Post,
    /// The same, where the secret is a JWT that is signed for the call.
    AppleJwt,
}

/// Where and how a token is revoked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Revocation {
    /// `{client_id}` stands for the operator's client id.
    pub endpoint: &'static str,
    pub method: RevocationMethod,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RevocationMethod {
    /// RFC 7009, with the token only (Google).
    TokenOnly,
    /// RFC 7009, with the client id (Twitch).
    WithClientId,
    /// Exactly RFC 7009: the client authenticates as at the token endpoint.
    WithClient,
    /// `DELETE` with the access token in JSON, and the client in HTTP basic authentication.
    GithubGrant,
    /// `DELETE` with the access token as bearer.
    FacebookPermissions,
    /// `POST` of the access token.
    StravaDeauthorize,
}

impl Facts {
    /// The defaults, which most have in common.
    fn usual(name: &'static str, token_endpoint: &'static str, lifetime: TimeDelta) -> Self {
        Self {
            name,
            token_endpoint: Some(token_endpoint),
            client_auth: ClientAuth::Post,
            refreshable: true,
            revocation: None,
            idle_limit: None,
            fixed_life: None,
            life_in_testing: None,
            renewed_by_use: false,
            lifetime: Some(lifetime),
        }
    }

    /// A response without a lifetime means that the token doesn't expire.
    fn living_for_ever(self) -> Self {
        Self { lifetime: None, ..self }
    }

    fn proven_by(self, client_auth: ClientAuth) -> Self {
        Self { client_auth, ..self }
    }

    fn revoked_at(self, endpoint: &'static str, method: RevocationMethod) -> Self {
        Self { revocation: Some(Revocation { endpoint, method }), ..self }
    }

    fn without_refresh_token(self) -> Self {
        Self { refreshable: false, ..self }
    }

    fn idle_for(self, limit: TimeDelta) -> Self {
        Self { idle_limit: Some(limit), ..self }
    }

    fn ending_after(self, life: TimeDelta) -> Self {
        Self { fixed_life: Some(life), ..self }
    }

    fn ending_in_testing_after(self, life: TimeDelta) -> Self {
        Self { life_in_testing: Some(life), ..self }
    }

    fn renewed_by_use(self) -> Self {
        Self { renewed_by_use: true, ..self }
    }
}

/// Microsoft, "Refresh tokens in the Microsoft identity platform": 90 days, extended by every use.
const MICROSOFT_IDLE: TimeDelta = TimeDelta::days(90);
/// Google, "Using OAuth 2.0 to access Google APIs", on expiration: not used for six months. The
/// shortest six months.
const GOOGLE_IDLE: TimeDelta = TimeDelta::days(181);
/// GitHub, "Refreshing user access tokens": six months, and each use gives a new one. Its
/// `refresh_token_expires_in` is 15811200 at least.
const GITHUB_IDLE: TimeDelta = TimeDelta::days(183);
/// Atlassian, "Changes to Bitbucket Cloud OAuth refresh tokens": each use gives a new one, and one that
/// is not used for three months ends. The shortest three months.
const BITBUCKET_IDLE: TimeDelta = TimeDelta::days(89);
/// Spotify, "Refreshing tokens": six months after the user agreed, however often it is used. The
/// shortest six months.
const SPOTIFY_LIFE: TimeDelta = TimeDelta::days(181);

/// Google, "Using OAuth 2.0 to access Google APIs", on expiration: the consent screen is for external
/// users, its publishing status is Testing, and more than name, email and profile were asked for.
const GOOGLE_IN_TESTING: TimeDelta = TimeDelta::days(7);

const TEN_MINUTES: TimeDelta = TimeDelta::minutes(10);
const HOUR: TimeDelta = TimeDelta::hours(1);
const TWO_MONTHS: TimeDelta = TimeDelta::days(60);

/// Looks the provider up.
pub(crate) fn facts(provider: Provider) -> Facts {
    let usual = Facts::usual;
    match provider {
        Provider::Apple => usual("Apple", "https://appleid.apple.com/auth/token", HOUR)
            .proven_by(ClientAuth::AppleJwt)
            .revoked_at("https://appleid.apple.com/auth/revoke", By::WithClient),
        // 60 to 90 minutes, for Microsoft to choose.
        Provider::Azuread => {
            usual("Azure AD", "https://login.microsoftonline.com/{tenant}/oauth2/token", HOUR)
                .idle_for(MICROSOFT_IDLE)
        }
        Provider::Bitbucket => {
            let token_endpoint = "https://bitbucket.org/site/oauth2/access_token";
            usual("Bitbucket", token_endpoint, TimeDelta::hours(2))
                .proven_by(ClientAuth::Basic)
                .idle_for(BITBUCKET_IDLE)
        }
        Provider::Discord => {
            usual("Discord", "https://discord.com/api/oauth2/token", TimeDelta::days(7))
                .revoked_at("https://discord.com/api/oauth2/token/revoke", By::WithClient)
        }
        Provider::Entraid => {
            let token_endpoint = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token";
            usual("Microsoft Entra ID", token_endpoint, HOUR).idle_for(MICROSOFT_IDLE)
        }
        Provider::Facebook => {
            let token_endpoint = "https://graph.facebook.com/v22.0/oauth/access_token";
            let permissions = "https://graph.facebook.com/v22.0/me/permissions";
            usual("Facebook", token_endpoint, TWO_MONTHS)
                .without_refresh_token()
                .revoked_at(permissions, By::FacebookPermissions)
        }
        // GitHub, "Token expiration and revocation": an OAuth App's token has no lifetime, and its
        // answer names none. A GitHub App's answer always does.
        Provider::Github => {
            let grant = "https://api.github.com/applications/{client_id}/grant";
            usual("GitHub", "https://github.com/login/oauth/access_token", TimeDelta::hours(8))
                .living_for_ever()
                .revoked_at(grant, By::GithubGrant)
                .idle_for(GITHUB_IDLE)
                .renewed_by_use()
        }
        Provider::Gitlab => usual("GitLab", "https://gitlab.com/oauth/token", TimeDelta::hours(2))
            .revoked_at("https://gitlab.com/oauth/revoke", By::WithClient),
        Provider::Google => usual("Google", "https://oauth2.googleapis.com/token", HOUR)
            .revoked_at("https://oauth2.googleapis.com/revoke", By::TokenOnly)
            .idle_for(GOOGLE_IDLE)
            .ending_in_testing_after(GOOGLE_IN_TESTING),
        Provider::Linkedin => {
            usual("LinkedIn", "https://www.linkedin.com/oauth/v2/accessToken", TWO_MONTHS)
        }
        Provider::Spotify => usual("Spotify", "https://accounts.spotify.com/api/token", HOUR)
            .proven_by(ClientAuth::Basic)
            .ending_after(SPOTIFY_LIFE),
        Provider::Strava => {
            usual("Strava", "https://www.strava.com/api/v3/oauth/token", TimeDelta::hours(6))
                .revoked_at("https://www.strava.com/oauth/deauthorize", By::StravaDeauthorize)
        }
        Provider::Twitch => {
            usual("Twitch", "https://id.twitch.tv/oauth2/token", TimeDelta::hours(4))
                .revoked_at("https://id.twitch.tv/oauth2/revoke", By::WithClientId)
        }
        // X, "OAuth 1.0a": access tokens do not expire.
        Provider::Twitter => Facts {
            token_endpoint: None,
            ..usual("Twitter", "", HOUR).without_refresh_token().living_for_ever()
        },
        Provider::Windowslive => {
            usual("Microsoft", "https://login.live.com/oauth20_token.srf", HOUR)
        }
        Provider::Workos => {
            usual("WorkOS", "https://api.workos.com/sso/token", TEN_MINUTES).without_refresh_token()
        }
    }
}

/// The provider's name, as users know it.
pub fn display_name(provider: Provider) -> &'static str {
    facts(provider).name
}

/// How long the provider keeps an unused refresh token; `None`: it does not say, or the token is
/// valid until it is revoked.
pub fn refresh_token_idle_limit(provider: Provider) -> Option<TimeDelta> {
    facts(provider).idle_limit
}

/// How long after the sign-in the provider expires a refresh token, however often it is used, while
/// it treats the OAuth app as being in testing; `None`: it does not.
pub fn life_in_testing(provider: Provider) -> Option<TimeDelta> {
    facts(provider).life_in_testing
}

/// The provider's documented rules for the end of grants.
pub fn grant_limits(provider: Provider, in_testing: bool) -> GrantLimits {
    let known = facts(provider);
    GrantLimits {
        idle: known.idle_limit,
        fixed: known.fixed_life,
        in_testing: known.life_in_testing.filter(|_| in_testing),
        renewed_by_use: known.renewed_by_use,
        access_token: known.lifetime,
    }
}

/// The lifetime of an access token if the response does not say (`expires_in` is missing, 0, or
/// unreadable); `None`: in that case the token never expires.
pub fn assumed_lifetime(provider: Provider) -> Option<TimeDelta> {
    facts(provider).lifetime
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_an_https_url() {
        for provider in Provider::ALL {
            let known = facts(*provider);
            let revocation = known.revocation.map(|revocation| revocation.endpoint);
            for endpoint in known.token_endpoint.into_iter().chain(revocation) {
                let url = endpoint.replace(['{', '}'], "").parse::<url::Url>().unwrap();
                assert_eq!(url.scheme(), "https", "{provider}");
            }
        }
    }

    #[test]
    fn who_has_refresh_tokens_has_a_token_endpoint() {
        for provider in Provider::ALL {
            let known = facts(*provider);
            assert!(!known.refreshable || known.token_endpoint.is_some(), "{provider}");
            assert!(!display_name(*provider).is_empty(), "{provider}");
        }
    }

    #[test]
    fn an_idle_limit_leaves_room_for_a_refresh_now_and_then() {
        for provider in Provider::ALL {
            let limit = refresh_token_idle_limit(*provider);
            assert!(limit.is_none_or(|limit| limit > TimeDelta::days(60)), "{provider}");
        }
        assert_eq!(refresh_token_idle_limit(Provider::Entraid), Some(TimeDelta::days(90)));
    }

    /// The cells of the provider's row in the table of docs/providers.md.
    fn documented(provider: Provider) -> Vec<&'static str> {
        let document = include_str!("../../docs/providers.md");
        let id = format!("| `{provider}` | ");
        let rows: Vec<_> = document.lines().filter(|line| line.starts_with(&id)).collect();
        let table: Vec<_> = rows.iter().filter(|row| row.matches(" | ").count() == 5).collect();
        assert_eq!(table.len(), 1, "{provider} has one row of six cells");
        table[0].trim_matches('|').split(" | ").map(str::trim).collect()
    }

    /// The first lifetime of a cell: `60 to 90 min`, `about 4 h`, `7 d`.
    fn lifetime(cell: &str) -> Option<TimeDelta> {
        let number = cell.split(' ').find_map(|word| word.parse::<i64>().ok())?;
        match cell.rsplit(' ').next()? {
            "min" => Some(TimeDelta::minutes(number)),
            "h" => Some(TimeDelta::hours(number)),
            "d" => Some(TimeDelta::days(number)),
            _ => None,
        }
    }

    #[test]
    fn only_those_who_say_so_hand_out_tokens_that_never_expire() {
        let for_ever: Vec<_> = Provider::ALL
            .iter()
            .filter(|provider| assumed_lifetime(**provider).is_none())
            .collect();
        assert_eq!(for_ever, [&Provider::Github, &Provider::Twitter]);
        assert_eq!(assumed_lifetime(Provider::Google), Some(TimeDelta::hours(1)));
    }

    #[test]
    fn the_documentation_tells_the_same_of_every_provider() {
        for provider in Provider::ALL {
            let known = facts(*provider);
            let cells = documented(*provider);
            let refresh = if known.refreshable { "yes" } else { "none" };
            let first = cells[1].split([',', ':', ';', ' ']).next();
            assert_eq!(first, Some(refresh), "{provider}: refresh token");
            let idle = match known.idle_limit.map(|limit| limit.num_days()) {
                Some(90) => "90 days",
                Some(89) => "3 months",
                Some(181..=184) => "6 months",
                None if known.refreshable => "not documented",
                None => "–",
                Some(days) => panic!("{provider}: no words for {days} days"),
            };
            assert_eq!(cells[3], idle, "{provider}: unused");
            let revoked = if known.revocation.is_some() { "yes" } else { "no" };
            assert_eq!(cells[5], revoked, "{provider}: revoked on disconnect");
            let fixed = known.fixed_life.map(|life| life.num_days());
            let after = fixed.map_or("–", |_| "6 months after the sign-in");
            assert_eq!(cells[4], after, "{provider}: used, too");
            assert!(fixed.is_none_or(|days| (181..=184).contains(&days)), "{provider}");
            match known.lifetime {
                None => assert!(cells[2].contains("never"), "{provider}: {}", cells[2]),
                Some(life) => assert_eq!(lifetime(cells[2]), Some(life), "{provider}"),
            }
        }
    }

    #[test]
    fn the_documentation_has_a_section_of_every_provider_with_settings_where_it_takes_any() {
        let document = include_str!("../../docs/providers.md");
        for provider in Provider::ALL {
            let section = document.split(&format!("\n### `{provider}`\n")).nth(1);
            let section = section.and_then(|text| text.split("\n### ").next());
            let section = section.unwrap_or_else(|| panic!("{provider} has no section"));
            let known = facts(*provider);
            let takes_any = known.refreshable || known.revocation.is_some();
            let client_id = format!("`PROVIDER_{}_CLIENT_ID`", provider.as_str().to_uppercase());
            assert_eq!(section.contains(&client_id), takes_any, "{provider}");
            assert_eq!(section.contains("It takes no settings."), !takes_any, "{provider}");
        }
    }
}
