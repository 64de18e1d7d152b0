//! The table of facts about each provider's scopes.

use domain::{Provider, Scopes};

/// Where a provider returns the scopes of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedAt {
    /// At a separate endpoint.
    Address(&'static str),
    /// In the header `X-OAuth-Scopes` of any response of its API: the account endpoint is called.
    HeaderOfUserinfo,
    /// Nowhere, if the caller only has the token.
    Nowhere,
}

/// Microsoft's access tokens are meant for the API that they open and not for their holder, so the
/// `scp` in one says nothing here ("Access tokens in the Microsoft identity platform"). LinkedIn's
/// introspection requires the client's credentials, and so does Facebook's `debug_token`.
pub(super) fn asked_at(provider: Provider) -> AskedAt {
    match provider {
        // https://developers.google.com/identity/protocols/oauth2: as google-auth-library asks it.
        Provider::Google => AskedAt::Address("https://oauth2.googleapis.com/tokeninfo"),
        // https://discord.com/developers/docs/topics/oauth2#get-current-authorization-information
        Provider::Discord => AskedAt::Address("https://discord.com/api/oauth2/@me"),
        // https://developers.facebook.com/docs/graph-api/reference/user/permissions/
        Provider::Facebook => AskedAt::Address("https://graph.facebook.com/v22.0/me/permissions"),
        // https://dev.twitch.tv/docs/authentication/validate-tokens/
        Provider::Twitch => AskedAt::Address("https://id.twitch.tv/oauth2/validate"),
        // https://docs.gitlab.com/api/oauth2/#retrieve-the-token-information
        Provider::Gitlab => AskedAt::Address("https://gitlab.com/oauth/token/info"),
        // https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
        // https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
        Provider::Github | Provider::Bitbucket => AskedAt::HeaderOfUserinfo,
        Provider::Apple
        | Provider::Azuread
        | Provider::Entraid
        | Provider::Linkedin
        | Provider::Spotify
        | Provider::Strava
        | Provider::Twitter
        | Provider::Windowslive
        | Provider::Workos => AskedAt::Nowhere,
    }
}

/// Whether the provider has a separate endpoint, which a setting can replace.
pub(crate) fn is_asked_at_an_address(provider: Provider) -> bool {
    matches!(asked_at(provider), AskedAt::Address(_))
}

/// The scopes that Nhost Auth requests unless its operator has configured others. `None`: unknown.
pub fn nhost_auth_asks_for(provider: Provider) -> Option<Scopes> {
    Scopes::parse(match provider {
        Provider::Apple => "name email",
        Provider::Azuread | Provider::Entraid => "email profile openid offline_access",
        Provider::Bitbucket => "account",
        Provider::Discord => "identify email",
        Provider::Facebook => "email",
        Provider::Github => "user:email",
        Provider::Gitlab => "read_user",
        Provider::Google | Provider::Linkedin => "openid email profile",
        Provider::Spotify => "user-read-email user-read-private",
        Provider::Strava => "profile:read_all",
        Provider::Twitch => "user:read:email",
        Provider::Windowslive => "wl.basic wl.emails",
        Provider::Twitter | Provider::Workos => return None,
    })
}

/// The query parameters that make the provider show its consent page again to a user who has agreed
/// to less. Other providers do so on their own if the app requests more than before. Microsoft's
/// `prompt=consent` can't be used: if an administrator has agreed for everyone, it asks people who
/// may not agree (AADSTS90094); and Nhost Auth's URL for `azuread` already has a `prompt`, so that
/// a second one is rejected (AADSTS9000411).
pub(in crate::upstream) fn asks_again(
    provider: Provider,
) -> &'static [(&'static str, &'static str)] {
    match provider {
        // https://developers.google.com/identity/protocols/oauth2/web-server#incrementalAuth
        Provider::Google => &[("include_granted_scopes", "true"), ("prompt", "consent")],
        // https://developers.facebook.com/docs/facebook-login/guides/permissions/request-revoke
        Provider::Facebook => &[("auth_type", "rerequest")],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells of the provider's row in the table of scopes in docs/providers.md.
    fn documented(provider: Provider) -> Vec<&'static str> {
        let document = include_str!("../../../docs/providers.md");
        let section = document.split("\n## Scopes\n").nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let id = format!("`{provider}`");
        let rows: Vec<_> = section
            .lines()
            .filter(|line| line.starts_with("| `"))
            .filter(|line| line.split(" | ").next().is_some_and(|first| first.contains(&id)))
            .collect();
        assert_eq!(rows.len(), 1, "{provider} has one row");
        rows[0].trim_matches('|').split(" | ").map(str::trim).collect()
    }

    #[test]
    fn every_address_is_an_https_url() {
        for provider in Provider::ALL {
            if let AskedAt::Address(address) = asked_at(*provider) {
                assert_eq!(address.parse::<url::Url>().unwrap().scheme(), "https", "{provider}");
            }
        }
    }

    #[test]
    fn the_documentation_says_the_same_of_every_provider() {
        for provider in Provider::ALL {
            let cells = documented(*provider);
            let asks = nhost_auth_asks_for(*provider);
            let written = cells[1].split('`').nth(1).and_then(Scopes::parse);
            assert_eq!(written, asks, "{provider}: what Nhost Auth asks for");
            let asked = match asked_at(*provider) {
                AskedAt::Address(address) => format!("`{address}`"),
                AskedAt::HeaderOfUserinfo => "`X-OAuth-Scopes`".to_owned(),
                AskedAt::Nowhere => "–".to_owned(),
            };
            assert!(cells[3].starts_with(&asked), "{provider}: {} is not {asked}", cells[3]);
            let again = asks_again(*provider);
            let again: Vec<_> =
                again.iter().map(|(name, value)| format!("`{name}={value}`")).collect();
            let again = if again.is_empty() { "–".to_owned() } else { again.join(", ") };
            assert_eq!(cells[4], again, "{provider}: asked again by");
        }
    }
}
