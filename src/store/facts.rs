//! What an operator can see of connections: everything but the tokens, which are not read at all.

use chrono::{DateTime, Utc};
use domain::{Provider, Sealed, State};
use entity::provider_connection::{Column, Entity};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, DbErr, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, Select,
    sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr},
};
use uuid::Uuid;

use super::{Columns, ConnectionRecord, Now, Store, StoreError};

/// A selection of connections; `None` means no restriction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactsFilter {
    pub provider: Option<Provider>,
    pub user_id: Option<Uuid>,
    /// The state that users see, which is `shown_state`.
    pub state: Option<State>,
}

/// A connection without its tokens.
#[derive(Clone, Debug)]
pub struct ConnectionFacts {
    pub record: ConnectionRecord,
    pub used_at: Option<DateTime<Utc>>,
    /// The provider's id of the account. Known only if it had to be looked up.
    pub account: Option<Sealed>,
}

/// Everything but the tokens.
const FACTS: Columns = Columns {
    access_token: false,
    refresh_token: false,
    expiry: true,
    refresh_token_end: true,
    refreshed_at: true,
    failure: true,
    account: false,
    scopes: true,
};

impl Store {
    /// Up to `limit` connections after the one with the id `after`, ordered by id.
    pub async fn facts(
        &self,
        filter: FactsFilter,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<ConnectionFacts>, StoreError> {
        let backend = self.db.get_database_backend();
        let which = Condition::all()
            .add_option(filter.provider.map(|provider| Column::Provider.eq(provider)))
            .add_option(filter.user_id.map(|id| Column::UserId.eq(id)))
            .add_option(filter.state.map(|state| shown_state(&self.now, backend).eq(state)))
            .add_option(after.map(|id| Column::Id.gt(id)));
        Ok(self
            .select_facts()
            .filter(which)
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_model()
            .all(&self.db)
            .await?)
    }

    /// The connection with this id.
    pub async fn facts_of(&self, id: Uuid) -> Result<Option<ConnectionFacts>, StoreError> {
        Ok(self.select_facts().filter(Column::Id.eq(id)).into_model().one(&self.db).await?)
    }

    fn select_facts(&self) -> Select<Entity> {
        FACTS
            .select(&self.now, self.db.get_database_backend())
            .column(Column::UsedAt)
            .expr_as(Expr::col(Column::Account), "known_account")
            .filter(Column::State.ne(State::Connecting))
    }
}

impl FromQueryResult for ConnectionFacts {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let account: Option<Vec<u8>> = row.try_get(prefix, "known_account")?;
        Ok(Self {
            record: FACTS.read(row, prefix)?,
            used_at: row.try_get(prefix, "used_at")?,
            account: account.map(Sealed::from_bytes),
        })
    }
}

/// The state that users see, in SQL: a connection whose access token has expired and can't be
/// refreshed requires a new sign-in. For a record, `connections::status` has the same rule.
pub(super) fn shown_state(now: &Now, backend: DbBackend) -> SimpleExpr {
    let has_expired = Expr::col(Column::RefreshToken)
        .is_null()
        .and(Expr::col(Column::AccessTokenExpiresAt).is_not_null())
        .and(Expr::col(Column::AccessTokenExpiresAt).lte(now.expression(backend)));
    let state = |state: State| -> SimpleExpr { state.into() };
    CaseStatement::new()
        .case(has_expired, state(State::ReauthenticationRequired))
        .finally(Expr::col(Column::State))
        .into()
}
