/// The progress of an import of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
pub enum ImportState {
    /// It was sent, or is about to be. Whether it was used up is unknown, unless its connection has
    /// newer tokens.
    Sent,
    /// It was rejected, but may be valid: the answer was unclear.
    Refused,
    /// It was rejected for good.
    Dead,
    /// It has yielded tokens, which its connection has.
    Proved,
}
