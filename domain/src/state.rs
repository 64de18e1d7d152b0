/// The state of a connection's grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
pub enum State {
    /// A lease without tokens yet: the first `connectProvider` is running. Never shown.
    Connecting,
    Active,
    RefreshFailing,
    ReauthenticationRequired,
}
