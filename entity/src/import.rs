//! Imported refresh tokens that were sent to their provider, so that none is sent twice. The table
//! does not contain the tokens themselves.

use domain::{ImportState, Provider};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_import")]
pub struct Model {
    /// A keyed digest of the token, 32 bytes: without the key, nobody can tell whether it belongs
    /// to a given token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    pub user_id: Uuid,
    pub provider: Provider,
    pub state: ImportState,
    /// The connection that the token was sent for, and its generation before that. A larger
    /// generation shows that tokens were written.
    pub connection_id: Uuid,
    pub generation: i64,
    /// Answers without tokens.
    pub failure_count: i32,
    pub first_failed_at: Option<DateTimeUtc>,
    pub last_failed_at: Option<DateTimeUtc>,
    /// Those of them that count towards the end of the grant, as for a connection.
    pub refusal_count: i32,
    pub first_refused_at: Option<DateTimeUtc>,
    /// The last answer, without any secret.
    pub evidence: Option<String>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
