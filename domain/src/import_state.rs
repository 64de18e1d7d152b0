/// The progress of an import of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
pub enum ImportState {
    /// It was sent, or is about to be: whether it was used up is not known, unless its connection
    /// has newer tokens.
    Sent,
    /// It was refused, and may be alive: the answer was not clear.
    Refused,
    /// It was refused for good.
    Dead,
    /// It has brought tokens, which its connection has.
    Proved,
}
