use strum::{EnumString, IntoStaticStr};

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
}

/// On whose behalf something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
#[strum(serialize_all = "snake_case")]
pub enum Actor {
    User,
    Service,
    /// This server by itself.
    Worker,
}
