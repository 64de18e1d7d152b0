use async_graphql::{Enum, SimpleObject};

use crate::{connections::NoAccount, upstream::Profile};

/// An account at a provider, as the provider described it after the last sign-in. Personal data:
/// it is stored encrypted, and removed with the connection.
#[derive(Clone, SimpleObject)]
pub struct ProviderAccount {
    /// The provider's own id of the account, which stays when names and addresses change.
    id: String,
    /// The email address; null: the provider doesn't say. GitHub says the public one alone, which most
    /// users don't have; Bitbucket and Strava say none. Whether it was verified depends on the provider:
    /// don't authorize by it.
    email: Option<String>,
    /// The name that the user signs in with or is mentioned by, such as `octocat`; null: there is
    /// none.
    login: Option<String>,
    /// The name for people; null: the provider doesn't say.
    name: Option<String>,
    /// An https address of a picture; null: there is none. Some providers let it expire.
    avatar_url: Option<String>,
    /// The https address of the account's page at the provider; null: there is none.
    profile_url: Option<String>,
}

impl From<Profile> for ProviderAccount {
    fn from(profile: Profile) -> Self {
        let Profile { id, email, login, name, avatar_url, profile_url, .. } = profile;
        Self { id, email, login, name, avatar_url, profile_url }
    }
}

/// Why a connection has no `account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "NoAccount")]
pub enum ProviderAccountUnavailable {
    /// The provider has not answered yet: it is asked about a second after a sign-in, and again if it
    /// can't be reached. Of a connection that is older than this field, it is asked after the next
    /// sign-in.
    NotAskedYet,
    /// The provider has no way to say which account an access token is of.
    ProviderHasNone,
    /// The sign-in did not ask for the scope that the provider wants for it (docs/providers.md).
    ScopeMissing,
    /// The provider refused, could not be reached for hours, or named no account. It is asked again
    /// after the next sign-in.
    NotAnswered,
    /// The operator has set `ACCOUNT_LOOKUP=off`.
    SwitchedOff,
    /// What is stored can't be opened: the operator restores the encryption key, or the user signs
    /// in again.
    Unreadable,
}
