use async_graphql::Enum;
use domain::Provider;

/// An OAuth provider, by Nhost's own id: the string that nhost-js takes too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "OAuthProvider", remote = "Provider", rename_items = "lowercase")]
pub enum OAuthProvider {
    /// Sign in with Apple.
    Apple,
    /// Azure Active Directory, by its version 1 endpoints.
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
    /// Twitter, by OAuth 1: its tokens have no expiry, and can't be refreshed.
    Twitter,
    /// Microsoft accounts (Windows Live).
    Windowslive,
    #[doc = "WorkOS."]
    Workos,
}
