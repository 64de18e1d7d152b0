/// The result of revoking a grant. It never changes afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
pub enum RevocationOutcome {
    /// The provider has ended the grant, or does not know it any more.
    Revoked,
    /// This server has no way to tell the provider.
    Unsupported,
    /// The provider was told again and again, and did not take it; or the token can't be opened.
    Failed,
    /// The user connected the provider anew before it was told.
    Superseded,
}

impl RevocationOutcome {
    /// The word for it in a receipt.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Unsupported => "unsupported",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }
}
