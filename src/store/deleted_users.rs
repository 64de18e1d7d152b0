//! What is written of users who were deleted, by whoever did not know yet.

use std::collections::HashSet;

use entity::{access_grant, event, import, provider_connection, tombstone};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use super::{Store, StoreError, TokenReads, disconnect::EVERY_PROVIDER};

impl Store {
    /// Those of the reads that may be told of: not those of a user who was deleted since, with
    /// whom the connection went.
    pub(super) async fn of_users_who_are<'a>(
        &self,
        reads: &'a [TokenReads],
    ) -> Result<Vec<&'a TokenReads>, StoreError> {
        use provider_connection::Column as C;
        let mut users: Vec<_> = reads.iter().map(|read| read.key.user_id).collect();
        users.sort_unstable();
        users.dedup();
        // A statement for each power of two, so that few are prepared.
        let number = users.len().next_power_of_two();
        let repeated = users.last().copied().into_iter().cycle();
        let users = users.iter().copied().chain(repeated).take(number);
        let deleted: HashSet<Uuid> = tombstone::Entity::find()
            .select_only()
            .column(tombstone::Column::UserId)
            .filter(tombstone::Column::Provider.eq(EVERY_PROVIDER))
            .filter(tombstone::Column::UserId.is_in(users))
            .into_tuple()
            .all(&self.db)
            .await?
            .into_iter()
            .collect();
        if deleted.is_empty() {
            return Ok(reads.iter().collect());
        }
        let there: HashSet<Uuid> = provider_connection::Entity::find()
            .select_only()
            .column(C::Id)
            .filter(C::UserId.is_in(deleted.iter().copied()))
            .into_tuple()
            .all(&self.db)
            .await?
            .into_iter()
            .collect();
        let may_be_told = |read: &&TokenReads| {
            !deleted.contains(&read.key.user_id) || there.contains(&read.connection_id)
        };
        Ok(reads.iter().filter(may_be_told).collect())
    }

    /// Removes the events, grants and noted imports of deleted users that were written at the very moment of their
    /// deletion, or that an older trigger has left. Answers how many there were.
    pub async fn forget_stragglers(&self) -> Result<u64, StoreError> {
        use access_grant::Column as G;
        use event::Column as E;
        use provider_connection::Column as C;
        let events = Query::delete()
            .from_table(event::Entity)
            .and_where(Expr::col(E::UserId).in_subquery(deleted_users()))
            .and_where(Expr::col(E::ConnectionId).not_in_subquery(connections_of_deleted(C::Id)))
            .to_owned();
        let grants = Query::delete()
            .from_table(access_grant::Entity)
            .and_where(Expr::col(G::UserId).in_subquery(deleted_users()))
            .and_where(Expr::col(G::UserId).not_in_subquery(connections_of_deleted(C::UserId)))
            .to_owned();
        let imports = Query::delete()
            .from_table(import::Entity)
            .and_where(Expr::col(import::Column::UserId).in_subquery(deleted_users()))
            .and_where(
                Expr::col(import::Column::UserId)
                    .not_in_subquery(connections_of_deleted(C::UserId)),
            )
            .to_owned();
        let mut removed = 0;
        for delete in [events, grants, imports] {
            removed += self.db.execute(&delete).await?.rows_affected();
        }
        Ok(removed)
    }
}

fn deleted_users() -> SelectStatement {
    tombstone::Entity::find()
        .select_only()
        .column(tombstone::Column::UserId)
        .filter(tombstone::Column::Provider.eq(EVERY_PROVIDER))
        .into_query()
}

/// Of somebody who is back by the same id, which only a restored backup can bring about.
fn connections_of_deleted(column: provider_connection::Column) -> SelectStatement {
    provider_connection::Entity::find()
        .select_only()
        .column(column)
        .filter(Expr::col(provider_connection::Column::UserId).in_subquery(deleted_users()))
        .into_query()
}
