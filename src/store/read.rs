use domain::{ConnectionKey, Provider, State};
use entity::provider_connection::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter,
    sea_query::{Expr, Query, SelectStatement},
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
        let mut select = self.select(columns);
        select
            .and_where(of_users)
            .and_where_option(of_providers)
            .and_where(Column::State.ne(State::Connecting))
            .order_by(Column::Provider, Order::Asc);
        let rows = self.db.query_all(&select).await?;
        Ok(rows.iter().map(|row| columns.read(row, "")).collect::<Result<_, _>>()?)
    }

    /// The connection with all columns, even while it is being created.
    pub async fn find(&self, key: ConnectionKey) -> Result<Option<ConnectionRecord>, StoreError> {
        let mut select = self.select(Columns::ALL);
        select
            .and_where(Column::UserId.eq(key.user_id))
            .and_where(Column::Provider.eq(key.provider));
        let row = self.db.query_one(&select).await?;
        Ok(row.map(|row| Columns::ALL.read(&row, "")).transpose()?)
    }

    fn select(&self, columns: Columns) -> SelectStatement {
        // `Entity::find` would first name every column, which takes most of the time to build the
        // statement.
        let mut select = Query::select();
        columns.add_to(&mut select, &self.now, self.db.get_database_backend());
        select.from(Entity);
        select
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
