use std::fmt;

use crate::Provider;

/// An upstream for refreshes. Nhost Auth and the providers limit other kinds of calls (fetching a
/// session, signing a service in, revoking) separately, so these say nothing about refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    NhostAuth,
    /// The provider, through Nhost Auth.
    Behind(Provider),
    /// The provider, called with this server's own client credentials.
    Direct(Provider),
    /// The provider's revocation endpoint. It has a pace but no health, because its answers say
    /// nothing about refreshes.
    Revocation(Provider),
    /// The provider's user-info endpoint, which has a pace and no health either.
    UserInfo(Provider),
}

impl fmt::Display for Target {
    /// The name under which its health is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NhostAuth => f.write_str("nhost-auth/refresh"),
            Self::Behind(provider) => write!(f, "nhost-auth/refresh/{provider}"),
            Self::Direct(provider) => write!(f, "{provider}/refresh"),
            Self::Revocation(provider) => write!(f, "{provider}/revoke"),
            Self::UserInfo(provider) => write!(f, "{provider}/userinfo"),
        }
    }
}

/// The targets of a refresh: the one that is called, and the provider behind it if that is another
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    pub called: Target,
    pub behind: Option<Target>,
}

impl Targets {
    pub fn direct(provider: Provider) -> Self {
        Self { called: Target::Direct(provider), behind: None }
    }

    pub fn through_nhost_auth(provider: Provider) -> Self {
        Self { called: Target::NhostAuth, behind: Some(Target::Behind(provider)) }
    }

    pub fn revocation(provider: Provider) -> Self {
        Self { called: Target::Revocation(provider), behind: None }
    }

    pub fn user_info(provider: Provider) -> Self {
        Self { called: Target::UserInfo(provider), behind: None }
    }

    /// The target that shows whether the provider itself works.
    pub fn provider(self) -> Target {
        self.behind.unwrap_or(self.called)
    }

    pub fn all(self) -> impl Iterator<Item = Target> {
        std::iter::once(self.called).chain(self.behind)
    }
}
