/// The result of revoking a grant. It never changes afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
pub enum RevocationOutcome {
    /// The provider has revoked the grant, or does not know it any more.
    Revoked,
    /// This server can't revoke the grant at the provider.
    Unsupported,
    /// The provider did not revoke it after repeated attempts, or the token can't be decrypted.
    Failed,
    /// The user connected the provider again before it was revoked.
    Superseded,
}

impl RevocationOutcome {
    /// The value in a receipt.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Unsupported => "unsupported",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }
}
