//! What is known of each provider: the one table.

use chrono::TimeDelta;
use domain::Provider;

use RevocationMethod as By;

/// A provider's own endpoints, and how they want to be called.
pub(crate) struct Facts {
    /// As its users know it.
    name: &'static str,
    /// `None`: OAuth 1 has none. `{tenant}` stands for the operator's.
    pub token_endpoint: Option<&'static str>,
    pub client_auth: ClientAuth,
    /// Whether a refresh token exists at all.
    pub refreshable: bool,
    pub revocation: Option<Revocation>,
    /// How long a refresh token lives unused, where the provider documents it.
    idle_limit: Option<TimeDelta>,
}

/// How the token endpoint wants the client to prove itself (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    Basic,
    /// `client_id` and `client_secret` in the form.
    Post,
    /// The same, and the secret is a JWT that is signed for the occasion.
    AppleJwt,
}

/// Where and how a token is taken back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Revocation {
    /// `{client_id}` stands for the operator's.
    pub endpoint: &'static str,
    pub method: RevocationMethod,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RevocationMethod {
    /// RFC 7009, with the token alone (Google).
    TokenOnly,
    /// RFC 7009, with the client's id (Twitch).
    WithClientId,
    /// RFC 7009 to the letter: the client proves itself as at the token endpoint.
    WithClient,
    /// `DELETE` with the access token in JSON, and the client in HTTP basic authentication.
    GithubGrant,
    /// `DELETE` with the access token as bearer.
    FacebookPermissions,
    /// `POST` of the access token.
    StravaDeauthorize,
}

impl Facts {
    /// What most have in common.
    fn usual(name: &'static str, token_endpoint: &'static str) -> Self {
        Self {
            name,
            token_endpoint: Some(token_endpoint),
            client_auth: ClientAuth::Post,
            refreshable: true,
            revocation: None,
            idle_limit: None,
        }
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
}

/// Microsoft, "Refresh tokens in the Microsoft identity platform": 90 days, renewed by every use.
const MICROSOFT_IDLE: TimeDelta = TimeDelta::days(90);
/// Google, "Using OAuth 2.0 to access Google APIs", on expiration: not used for six months. The
/// shortest six months.
const GOOGLE_IDLE: TimeDelta = TimeDelta::days(181);
/// GitHub, "Refreshing user access tokens": six months, and each use gives a new one. Its
/// `refresh_token_expires_in` is 15811200 at least.
const GITHUB_IDLE: TimeDelta = TimeDelta::days(183);

/// Looks the provider up.
pub(crate) fn facts(provider: Provider) -> Facts {
    let usual = Facts::usual;
    match provider {
        Provider::Apple => usual("Apple", "https://appleid.apple.com/auth/token")
            .proven_by(ClientAuth::AppleJwt)
            .revoked_at("https://appleid.apple.com/auth/revoke", By::WithClient),
        Provider::Azuread => {
            usual("Azure AD", "https://login.microsoftonline.com/{tenant}/oauth2/token")
                .idle_for(MICROSOFT_IDLE)
        }
        Provider::Bitbucket => usual("Bitbucket", "https://bitbucket.org/site/oauth2/access_token")
            .proven_by(ClientAuth::Basic),
        Provider::Discord => usual("Discord", "https://discord.com/api/oauth2/token")
            .revoked_at("https://discord.com/api/oauth2/token/revoke", By::WithClient),
        Provider::Entraid => usual(
            "Microsoft Entra ID",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        )
        .idle_for(MICROSOFT_IDLE),
        Provider::Facebook => {
            usual("Facebook", "https://graph.facebook.com/v22.0/oauth/access_token")
                .without_refresh_token()
                .revoked_at(
                    "https://graph.facebook.com/v22.0/me/permissions",
                    By::FacebookPermissions,
                )
        }
        Provider::Github => usual("GitHub", "https://github.com/login/oauth/access_token")
            .revoked_at("https://api.github.com/applications/{client_id}/grant", By::GithubGrant)
            .idle_for(GITHUB_IDLE),
        Provider::Gitlab => usual("GitLab", "https://gitlab.com/oauth/token")
            .revoked_at("https://gitlab.com/oauth/revoke", By::WithClient),
        Provider::Google => usual("Google", "https://oauth2.googleapis.com/token")
            .revoked_at("https://oauth2.googleapis.com/revoke", By::TokenOnly)
            .idle_for(GOOGLE_IDLE),
        Provider::Linkedin => usual("LinkedIn", "https://www.linkedin.com/oauth/v2/accessToken"),
        Provider::Spotify => {
            usual("Spotify", "https://accounts.spotify.com/api/token").proven_by(ClientAuth::Basic)
        }
        Provider::Strava => usual("Strava", "https://www.strava.com/api/v3/oauth/token")
            .revoked_at("https://www.strava.com/oauth/deauthorize", By::StravaDeauthorize),
        Provider::Twitch => usual("Twitch", "https://id.twitch.tv/oauth2/token")
            .revoked_at("https://id.twitch.tv/oauth2/revoke", By::WithClientId),
        Provider::Twitter => {
            Facts { token_endpoint: None, ..usual("Twitter", "").without_refresh_token() }
        }
        Provider::Windowslive => usual("Microsoft", "https://login.live.com/oauth20_token.srf"),
        Provider::Workos => {
            usual("WorkOS", "https://api.workos.com/sso/token").without_refresh_token()
        }
    }
}

/// The provider's name as its users know it.
pub fn display_name(provider: Provider) -> &'static str {
    facts(provider).name
}

/// How long the provider keeps a refresh token that nobody uses; `None`: it does not say, or the
/// token lives until it is revoked.
pub fn refresh_token_idle_limit(provider: Provider) -> Option<TimeDelta> {
    facts(provider).idle_limit
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
        let table: Vec<_> = rows.iter().filter(|row| row.matches(" | ").count() == 4).collect();
        assert_eq!(table.len(), 1, "{provider} has one row of five cells");
        table[0].trim_matches('|').split(" | ").map(str::trim).collect()
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
                Some(181..=184) => "6 months",
                None if known.refreshable => "not documented",
                None => "–",
                Some(days) => panic!("{provider}: no words for {days} days"),
            };
            assert_eq!(cells[3], idle, "{provider}: unused");
            let revoked = if known.revocation.is_some() { "yes" } else { "no" };
            assert_eq!(cells[4], revoked, "{provider}: revoked on disconnect");
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
