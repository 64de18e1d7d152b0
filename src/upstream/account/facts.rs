//! Where each provider returns the account of an access token, and in which fields.

use domain::Provider;

/// A provider's user-info endpoint. Paths of fields are written `links/avatar/href`; a number in
/// one is an index into a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserInfo {
    /// `{tenant}` stands for the operator's tenant.
    pub url: &'static str,
    /// The scheme in front of the access token in `Authorization`.
    pub scheme: &'static str,
    pub headers: &'static [(&'static str, &'static str)],
    /// The field that the provider documents as stable: a name or an email address can pass to
    /// someone else.
    pub id: &'static str,
    /// The first of these fields that is there.
    pub login: &'static [&'static str],
    /// All of these, with a space between them.
    pub name: &'static [&'static str],
    /// The first of these fields that is there.
    pub email: &'static [&'static str],
    pub avatar: Link,
    pub page: Link,
    /// The scope or permission that it requires, in the terms of the provider's documentation.
    #[cfg_attr(not(test), expect(dead_code, reason = "docs/providers.md is compared with it"))]
    pub scope: &'static str,
}

/// A URL in a response.
#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    None,
    /// In this field.
    At(&'static str),
    /// Built from fields: `https://www.twitch.tv/{data/0/login}`.
    Of(&'static str),
}

/// The claims of OpenID Connect Core 1.0 §5.1, which are expected at the URL in
/// `PROVIDER_<ID>_USERINFO_URL` of a provider without a user-info endpoint of its own.
pub(super) const OPENID: UserInfo = UserInfo {
    url: "",
    scheme: "Bearer",
    headers: &[],
    id: "sub",
    login: &["preferred_username"],
    name: &["name"],
    email: &["email"],
    avatar: Link::At("picture"),
    page: Link::At("profile"),
    scope: "openid",
};

/// Twitch's endpoint that needs only an access token and no client id: "Validating Tokens". Its
/// `user_id` is the `id` of `helix/users`.
pub(super) const TWITCH_VALIDATE: UserInfo = UserInfo {
    url: "https://id.twitch.tv/oauth2/validate",
    scheme: "OAuth",
    id: "user_id",
    login: &["login"],
    name: &[],
    email: &[],
    avatar: Link::None,
    page: Link::Of("https://www.twitch.tv/{login}"),
    scope: "none",
    ..OPENID
};

/// `None`: the provider has no such endpoint for an access token.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn user_info(provider: Provider) -> Option<UserInfo> {
    Some(match provider {
        // Nhost Auth signs in at the v1 endpoints, whose tokens are not for Graph, and reads them
        // here; the `oid` is its id of the user, too. "Access token claims reference", v1.0.
        Provider::Azuread => UserInfo {
            url: "https://login.microsoftonline.com/{tenant}/openid/userinfo",
            id: "oid",
            login: &["upn", "unique_name"],
            avatar: Link::None,
            page: Link::None,
            ..OPENID
        },
        // Microsoft identity platform, "UserInfo endpoint". `picture` needs the access token, so no
        // browser can show it.
        Provider::Entraid => UserInfo {
            url: "https://graph.microsoft.com/oidc/userinfo",
            avatar: Link::None,
            ..OPENID
        },
        // Bitbucket Cloud REST API, "Get current user". Email addresses are at another endpoint.
        Provider::Bitbucket => UserInfo {
            url: "https://api.bitbucket.org/2.0/user",
            id: "uuid",
            login: &["username", "nickname"],
            name: &["display_name"],
            email: &[],
            avatar: Link::At("links/avatar/href"),
            page: Link::At("links/html/href"),
            scope: "account",
            ..OPENID
        },
        // Discord, "Get Current User", "Image Formatting".
        Provider::Discord => UserInfo {
            url: "https://discord.com/api/users/@me",
            id: "id",
            login: &["username"],
            name: &["global_name"],
            avatar: Link::Of("https://cdn.discordapp.com/avatars/{id}/{avatar}.png"),
            page: Link::Of("https://discord.com/users/{id}"),
            scope: "identify",
            ..OPENID
        },
        // Graph API, "User". A field without permission is left out.
        Provider::Facebook => UserInfo {
            url: "https://graph.facebook.com/v22.0/me?fields=id,name,email,picture",
            id: "id",
            login: &[],
            avatar: Link::At("picture/data/url"),
            page: Link::None,
            scope: "public_profile",
            ..OPENID
        },
        // GitHub REST API, "Get the authenticated user", which refuses calls without `User-Agent`.
        Provider::Github => UserInfo {
            url: "https://api.github.com/user",
            headers: &[("X-GitHub-Api-Version", "2022-11-28")],
            id: "id",
            login: &["login"],
            avatar: Link::At("avatar_url"),
            page: Link::At("html_url"),
            scope: "none",
            ..OPENID
        },
        // GitLab REST API, "Retrieve the current user".
        Provider::Gitlab => UserInfo {
            url: "https://gitlab.com/api/v4/user",
            id: "id",
            login: &["username"],
            avatar: Link::At("avatar_url"),
            page: Link::At("web_url"),
            scope: "read_user",
            ..OPENID
        },
        // Google, "OpenID Connect": the `userinfo_endpoint` of its discovery document.
        Provider::Google => {
            UserInfo { url: "https://openidconnect.googleapis.com/v1/userinfo", ..OPENID }
        }
        // LinkedIn, "Sign In with LinkedIn using OpenID Connect".
        Provider::Linkedin => UserInfo { url: "https://api.linkedin.com/v2/userinfo", ..OPENID },
        // Spotify Web API, "Get Current User's Profile".
        Provider::Spotify => UserInfo {
            url: "https://api.spotify.com/v1/me",
            id: "id",
            login: &[],
            name: &["display_name"],
            avatar: Link::At("images/0/url"),
            page: Link::At("external_urls/spotify"),
            scope: "none",
            ..OPENID
        },
        // Strava API v3, "Get Authenticated Athlete", which returns no email address.
        Provider::Strava => UserInfo {
            url: "https://www.strava.com/api/v3/athlete",
            id: "id",
            login: &["username"],
            name: &["firstname", "lastname"],
            email: &[],
            avatar: Link::At("profile"),
            page: Link::Of("https://www.strava.com/athletes/{id}"),
            scope: "read",
            ..OPENID
        },
        // Twitch API, "Get Users", with the client id that the token belongs to.
        Provider::Twitch => UserInfo {
            url: "https://api.twitch.tv/helix/users",
            id: "data/0/id",
            login: &["data/0/login"],
            name: &["data/0/display_name"],
            email: &["data/0/email"],
            avatar: Link::At("data/0/profile_image_url"),
            page: Link::Of("https://www.twitch.tv/{data/0/login}"),
            scope: "none",
            ..OPENID
        },
        // WorkOS API, "Get a User Profile".
        Provider::Workos => UserInfo {
            url: "https://api.workos.com/sso/profile",
            id: "id",
            login: &[],
            name: &["first_name", "last_name"],
            avatar: Link::None,
            page: Link::None,
            scope: "none",
            ..OPENID
        },
        // Apple has no such endpoint. X requires requests that the client signs (OAuth 1.0a). Live
        // Connect, which Windows Live's tokens were for, is gone.
        Provider::Apple | Provider::Twitter | Provider::Windowslive => return None,
    })
}

/// The endpoint for the accounts of one tenant. `None`: the URL has no tenants.
pub(crate) fn userinfo_of_tenant(provider: Provider, tenant: &str) -> Option<String> {
    let url = user_info(provider)?.url;
    url.contains("{tenant}").then(|| url.replace("{tenant}", tenant))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    const DOCUMENT: &str = include_str!("../../../docs/providers.md");

    /// The fields of `account` that a provider's response may fill, in their order.
    fn fields(known: &UserInfo) -> Vec<&'static str> {
        let all = [
            ("`email`", !known.email.is_empty()),
            ("`login`", !known.login.is_empty()),
            ("`name`", !known.name.is_empty()),
            ("`avatarUrl`", !matches!(known.avatar, Link::None)),
            ("`profileUrl`", !matches!(known.page, Link::None)),
        ];
        all.into_iter().filter_map(|(name, filled)| filled.then_some(name)).collect()
    }

    #[test]
    fn the_documentation_tells_the_same_of_every_provider() {
        let (_, table) = DOCUMENT.split_once("\n## Accounts\n").unwrap();
        for provider in Provider::ALL {
            let id = format!("| `{provider}` | ");
            let row = table.lines().find(|line| line.starts_with(&id)).unwrap();
            let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let Some(known) = user_info(*provider) else {
                assert!(cells[1].starts_with("none: "), "{provider}");
                assert_eq!(cells[2..], ["–", "–"], "{provider}");
                continue;
            };
            let address = known.url.split('?').next().unwrap();
            assert_eq!(cells[1], format!("`{address}`"), "{provider}");
            assert_eq!(cells[2].trim_matches('`'), known.scope, "{provider}: scope");
            // OpenID Connect has more claims than these providers fill.
            let openid = known.id == "sub";
            let said: Vec<_> = cells[3].split(' ').collect();
            let filled = fields(&known);
            assert!(said.iter().all(|field| filled.contains(field)), "{provider}: {said:?}");
            assert!(openid || said == filled, "{provider}: {filled:?}");
        }
    }

    #[test]
    fn every_endpoint_is_an_https_url() {
        let all = Provider::ALL.iter().filter_map(|provider| user_info(*provider));
        for known in all.chain([TWITCH_VALIDATE]) {
            assert_eq!(known.url.parse::<Url>().unwrap().scheme(), "https", "{}", known.url);
        }
    }
}
