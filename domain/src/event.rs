use strum::{EnumString, IntoStaticStr};

use crate::ClientId;

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
pub enum Kind {
    Connected,
    TokenRead,
    Refreshed,
    /// Refreshed, and the provider handed out a new refresh token.
    Rotated,
    RefreshFailed,
    ReauthenticationRequired,
    Disconnected,
    /// The provider was told that the grant of a disconnection has ended.
    Revoked,
    /// The provider can't be told, or this server has no client credentials for it.
    RevocationUnsupported,
    /// The provider was told again and again and did not listen.
    RevocationFailed,
    /// The tokens were sealed with another key.
    KeyRotated,
    /// A client was given access to the tokens.
    AccessGranted,
    /// A client's access was taken back.
    AccessRevoked,
    /// The tokens are of another account at the provider than before.
    AccountChanged,
    /// The provider has said which account it is.
    AccountRead,
    /// The tokens allow more or less than before.
    ScopesChanged,
    /// The user has to sign in again soon, or the connection ends.
    ExpiresSoon,
}

/// On whose behalf something happens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    User,
    Service,
    /// This server by itself.
    Worker,
    /// An app that acts for the user.
    Client(ClientId),
}

impl Actor {
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::User => ActorKind::User,
            Self::Service => ActorKind::Service,
            Self::Worker => ActorKind::Worker,
            Self::Client(_) => ActorKind::Client,
        }
    }

    /// Which client it is.
    pub fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::Client(id) => Some(id),
            Self::User | Self::Service | Self::Worker => None,
        }
    }

    /// The actor of its parts. `None`: a client without its id.
    pub fn of(kind: ActorKind, client_id: Option<&str>) -> Option<Self> {
        Some(match kind {
            ActorKind::User => Self::User,
            ActorKind::Service => Self::Service,
            ActorKind::Worker => Self::Worker,
            ActorKind::Client => Self::Client(ClientId::parse(client_id?)?),
        })
    }
}

/// An [`Actor`] without its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
#[strum(serialize_all = "snake_case")]
pub enum ActorKind {
    User,
    Service,
    Worker,
    Client,
}
