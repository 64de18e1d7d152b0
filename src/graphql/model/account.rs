use async_graphql::{Enum, SimpleObject};

use crate::{connections::NoAccount, upstream::Profile};

/// The account at the provider, as the provider described it after the last sign-in. This is
/// personal data: it is stored encrypted and deleted with the connection.
#[derive(Clone, SimpleObject)]
pub struct ProviderAccount {
    /// The provider's id of the account. It stays the same when the user changes their name or
    /// email address.
    id: String,
    /// The email address; null if the provider doesn't return one. GitHub returns only a public
    /// address, which most users don't have; Bitbucket and Strava return none. Not every provider
    /// verifies it, so don't use it to authorize anyone.
    email: Option<String>,
    /// The username or handle, such as `octocat`; null if there is none.
    login: Option<String>,
    /// The display name; null if the provider doesn't return one.
    name: Option<String>,
    /// The https URL of a profile picture; null if there is none. With some providers it expires.
    avatar_url: Option<String>,
    /// The https URL of the account's profile page at the provider; null if there is none.
    profile_url: Option<String>,
}

impl From<Profile> for ProviderAccount {
    fn from(profile: Profile) -> Self {
        let Profile { id, email, login, name, avatar_url, profile_url, .. } = profile;
        Self { id, email, login, name, avatar_url, profile_url }
    }
}

/// The reason that a connection has no `account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "NoAccount")]
pub enum ProviderAccountUnavailable {
    /// The provider has not answered yet. It is asked about a second after a sign-in, and again
    /// later if it can't be reached. Connections made before this server had the field are looked
    /// up after the next sign-in.
    NotAskedYet,
    /// The provider has no API that returns the account of an access token.
    ProviderHasNone,
    /// The sign-in did not request the scope that the provider requires for this
    /// (docs/providers.md).
    ScopeMissing,
    /// The provider refused, could not be reached for hours, or returned no account. It is asked
    /// again after the next sign-in.
    NotAnswered,
    /// The operator has set `ACCOUNT_LOOKUP=off`.
    SwitchedOff,
    /// The stored account can't be decrypted. The operator must restore the encryption key, or the
    /// user must sign in again.
    Unreadable,
}
