use entity::provider_connection::Column;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{Columns, ConnectionKey, ConnectionRecord, State, Store, StoreError};

impl Store {
    /// The connections of these users, in one statement, ordered by provider.
    pub async fn connections_of(
        &self,
        users: &[Uuid],
        columns: Columns,
    ) -> Result<Vec<ConnectionRecord>, StoreError> {
        let select = columns.select(&self.now, self.db.get_database_backend());
        // `= $1` and `IN ($1, …)` are different statements: one user is the common case, and its
        // statement stays the same prepared one.
        let select = match users {
            [user] => select.filter(Column::UserId.eq(*user)),
            users => select.filter(Column::UserId.is_in(users.iter().copied())),
        };
        Ok(select
            .filter(Column::State.ne(State::Connecting))
            .order_by_asc(Column::Provider)
            .into_model::<ConnectionRecord>()
            .all(&self.db)
            .await?)
    }

    /// The connection with everything in it, also while it is being made.
    pub async fn find(&self, key: ConnectionKey) -> Result<Option<ConnectionRecord>, StoreError> {
        Ok(Columns::ALL
            .select(&self.now, self.db.get_database_backend())
            .filter(Column::UserId.eq(key.user_id))
            .filter(Column::Provider.eq(key.provider))
            .into_model::<ConnectionRecord>()
            .one(&self.db)
            .await?)
    }
}
