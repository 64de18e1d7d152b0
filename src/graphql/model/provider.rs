use async_graphql::Enum;
use domain::Provider;

/// An OAuth provider. Each value is Nhost's id of the provider, as in nhost-js.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "OAuthProvider", remote = "Provider", rename_items = "lowercase")]
pub enum OAuthProvider {
    /// Sign in with Apple.
    Apple,
    /// Azure Active Directory (version 1 endpoints).
    Azuread,
    /// Bitbucket.
    Bitbucket,
    /// Discord.
    Discord,
    /// Microsoft Entra ID.
    Entraid,
    /// Facebook.
    Facebook,
    /// GitHub.
    Github,
    /// GitLab.
    Gitlab,
    /// Google.
    Google,
    /// LinkedIn.
    Linkedin,
    /// Spotify.
    Spotify,
    /// Strava.
    Strava,
    /// Twitch.
    Twitch,
    /// Twitter (OAuth 1). Its tokens don't expire and can't be refreshed.
    Twitter,
    /// Microsoft accounts (Windows Live).
    Windowslive,
    #[doc = "WorkOS."]
    Workos,
}
