use uuid::Uuid;

/// The kind of a value, which is the column that it is stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The provider's access token.
    AccessToken,
    /// The provider's refresh token.
    RefreshToken,
    /// An entry of the spool, which holds both.
    Spool,
    /// The provider's id of the account.
    Account,
    /// The account that the provider returned.
    Profile,
}

impl Field {
    /// The name in the associated data. It must never change, because nothing could be decrypted.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
            Self::Spool => "spool",
            Self::Account => "account",
            Self::Profile => "profile",
        }
    }
}

/// The connection that a value belongs to: the row that it is stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The user who owns the connection.
    pub user_id: Uuid,
    /// Nhost's id of the provider, such as `github`.
    pub provider: &'a str,
}
