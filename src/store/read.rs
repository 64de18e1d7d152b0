use domain::{ConnectionKey, Provider, State};
use entity::provider_connection::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::{Columns, ConnectionRecord, Store, StoreError};

impl Store {
    /// The connections of these users, limited to these providers if any are named, in one
    /// statement, ordered by provider.
    pub async fn connections_of(
        &self,
        users: &[Uuid],
        providers: Option<&[Provider]>,
        columns: Columns,
    ) -> Result<Vec<ConnectionRecord>, StoreError> {
        // `Entity::find` would name every column first, which takes longer than the rest.
        let mut select = Query::select();
        for (expression, name) in columns.expressions(&self.now, self.db.get_database_backend()) {
            select.expr_as(expression, name);
        }
        // Otherwise a statement would be prepared and kept for each number of users. By repeating
        // the last one there is one for each power of two; for one user it is `=`.
        let of_users = match users {
            [user] => Column::UserId.eq(*user),
            users => {
                let number = users.len().next_power_of_two();
                let repeated = users.last().copied().into_iter().cycle();
                Column::UserId.is_in(users.iter().copied().chain(repeated).take(number))
            }
        };
        let of_providers =
            providers.map(|providers| Column::Provider.is_in(providers.iter().copied()));
        select
            .from(Entity)
            .and_where(of_users)
            .and_where_option(of_providers)
            .and_where(Column::State.ne(State::Connecting))
            .order_by(Column::Provider, Order::Asc);
        let rows = self.db.query_all(&select).await?;
        Ok(rows.iter().map(|row| columns.read(row, "")).collect::<Result<_, _>>()?)
    }

    /// The connection with all columns, even while it is being created.
    pub async fn find(&self, key: ConnectionKey) -> Result<Option<ConnectionRecord>, StoreError> {
        Ok(Columns::ALL
            .select(&self.now, self.db.get_database_backend())
            .filter(Column::UserId.eq(key.user_id))
            .filter(Column::Provider.eq(key.provider))
            .into_model::<ConnectionRecord>()
            .one(&self.db)
            .await?)
    }

    /// Whether the database can be written to. A read-only replica, a full disk or a missing
    /// permission shows here, before a session is fetched that could not be stored.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        // Changes no row, but requires everything that a change would. By the primary key, because
        // anything else would read the whole table.
        Entity::update_many()
            .col_expr(Column::Generation, Expr::col(Column::Generation))
            .filter(Column::Id.eq(Uuid::nil()))
            .exec(&self.db)
            .await?;
        Ok(())
    }
}
