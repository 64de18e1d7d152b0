//! Where each provider says which account an access token is of, and in which fields.

use domain::Provider;

/// A provider's user-info endpoint. Paths of fields are written `links/avatar/href`; a number in one
/// is a place in a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserInfo {
    pub url: &'static str,
    pub headers: &'static [(&'static str, &'static str)],
    /// The field that the provider documents as stable: a name or an address can pass to somebody
    /// else.
    pub id: &'static str,
    /// The first of these fields that is there.
    pub login: &'static [&'static str],
    /// All of these, with a space between them.
    pub name: &'static [&'static str],
    /// The provider has no other name than the first of these alternatives.
    pub email: &'static [&'static str],
    pub avatar: Link,
    pub page: Link,
    /// What has to be allowed for it, as the provider's documentation calls it.
    #[cfg_attr(not(test), expect(dead_code, reason = "docs/providers.md is compared with it"))]
    pub scope: &'static str,
}

/// An address in an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    None,
    /// In this field.
    At(&'static str),
    /// Made of fields: `https://www.twitch.tv/{data/0/login}`.
    Of(&'static str),
}

/// The claims of OpenID Connect Core 1.0 §5.1, which an address from `PROVIDER_<ID>_USERINFO_URL` of
/// a provider without one of its own answers.
pub(super) const OPENID: UserInfo = UserInfo {
    url: "",
    headers: &[],
    id: "sub",
    login: &["preferred_username"],
    name: &["name"],
    email: &["email"],
    avatar: Link::At("picture"),
    page: Link::At("profile"),
    scope: "openid",
};

/// Twitch's word on an access token alone, for which no client id is needed: "Validating Tokens".
/// Its `user_id` is the `id` of `helix/users`.
pub(super) const TWITCH_VALIDATE: UserInfo = UserInfo {
    url: "https://id.twitch.tv/oauth2/validate",
    id: "user_id",
    login: &["login"],
    name: &[],
    email: &[],
    avatar: Link::None,
    page: Link::Of("https://www.twitch.tv/{login}"),
    scope: "none",
    ..OPENID
};

/// `None`: the provider says it nowhere that an access token opens.
pub(super) fn user_info(provider: Provider) -> Option<UserInfo> {
    Some(match provider {
        // Microsoft identity platform, "UserInfo endpoint". `picture` needs the access token, so no
        // browser can show it.
        Provider::Azuread | Provider::Entraid => UserInfo {
            url: "https://graph.microsoft.com/oidc/userinfo",
            avatar: Link::None,
            ..OPENID
        },
        // Bitbucket Cloud REST API, "Get current user". Its addresses are at another endpoint.
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
        // Graph API, "User". A field that was not allowed is left out.
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
        // Strava API v3, "Get Authenticated Athlete", which names no address.
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
        // Twitch API, "Get Users", with the client id that the token is of.
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
        // Apple has no such endpoint. X asks for requests that the client signs (OAuth 1.0a). Live
        // Connect, which Windows Live's tokens were for, is gone.
        Provider::Apple | Provider::Twitter | Provider::Windowslive => return None,
    })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn every_endpoint_is_an_https_url() {
        let all = Provider::ALL.iter().filter_map(|provider| user_info(*provider));
        for known in all.chain([TWITCH_VALIDATE]) {
            assert_eq!(known.url.parse::<Url>().unwrap().scheme(), "https", "{}", known.url);
        }
    }
}
