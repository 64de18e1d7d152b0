//! Removes what was written about a user after the user was deleted.

use std::collections::HashSet;

use entity::{access_grant, event, import, provider_connection, tombstone, webhook};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use super::{Store, StoreError, TokenReads, disconnect::EVERY_PROVIDER};

impl Store {
    /// The reads that may be recorded: not those of users who were deleted since, along with their
    /// connections.
    pub(super) async fn of_users_who_are<'a>(
        &self,
        reads: &'a [TokenReads],
    ) -> Result<Vec<&'a TokenReads>, StoreError> {
        use provider_connection::Column as C;
        let mut users: Vec<_> = reads.iter().map(|read| read.key.user_id).collect();
        users.sort_unstable();
        users.dedup();
        // One statement for each power of two, so that few are prepared.
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

    /// The last of the next deleted users after `after`, ordered by id, in batches. `None`: there
    /// are no more.
    pub async fn deleted_users_behind(
        &self,
        after: Uuid,
        number: u64,
    ) -> Result<Option<Uuid>, StoreError> {
        let mut page = deleted_users(after, None);
        page.order_by(tombstone::Column::UserId, Order::Asc).limit(number);
        let last = Query::select()
            .column(tombstone::Column::UserId)
            .from_subquery(page, "page")
            .order_by(tombstone::Column::UserId, Order::Desc)
            .limit(1)
            .to_owned();
        let row = self.db.query_one(&last).await?;
        Ok(row.map(|row| row.try_get("", "user_id")).transpose()?)
    }

    /// Removes the imports, the webhooks, up to `batch` events and as many grants of the deleted
    /// users after `after` up to `last`: rows written at the very moment of the deletion, or left
    /// by an older trigger. Returns the larger of these numbers: fewer than `batch` means that none
    /// is left, or that another replica is working on them.
    pub async fn forget_stragglers(
        &self,
        after: Uuid,
        last: Uuid,
        batch: u64,
    ) -> Result<u64, StoreError> {
        use access_grant::Column as G;
        use event::Column as E;
        use provider_connection::Column as C;
        let users = || deleted_users(after, Some(last));
        let mut events = Query::select();
        events
            .column(E::Id)
            .from(event::Entity)
            .and_where(Expr::col(E::UserId).in_subquery(users()))
            .and_where(Expr::col(E::ConnectionId).not_in_subquery(connections_of(C::Id, users())))
            .limit(batch);
        let mut grants = Query::select();
        grants
            .columns([G::UserId, G::ClientId, G::Provider])
            .from(access_grant::Entity)
            .and_where(Expr::col(G::UserId).in_subquery(users()))
            .and_where(Expr::col(G::UserId).not_in_subquery(connections_of(C::UserId, users())))
            .limit(batch);
        self.skip_locked(&mut events);
        self.skip_locked(&mut grants);
        let whole =
            Expr::tuple([Expr::col(G::UserId), Expr::col(G::ClientId), Expr::col(G::Provider)]);
        let events = Query::delete()
            .from_table(event::Entity)
            .and_where(Expr::col(E::Id).in_subquery(events))
            .to_owned();
        let grants = Query::delete()
            .from_table(access_grant::Entity)
            .and_where(whole.in_subquery(grants))
            .to_owned();
        let events = self.db.execute(&events).await?.rows_affected();
        let grants = self.db.execute(&grants).await?.rows_affected();
        // A user has at most one import for each provider and token, and few webhooks are written
        // for a deleted connection.
        let imports = Query::delete()
            .from_table(import::Entity)
            .and_where(Expr::col(import::Column::UserId).in_subquery(users()))
            .and_where(
                Expr::col(import::Column::UserId)
                    .not_in_subquery(connections_of(C::UserId, users())),
            )
            .to_owned();
        let webhooks = Query::delete()
            .from_table(webhook::Entity)
            .and_where(Expr::col(webhook::Column::UserId).in_subquery(users()))
            .and_where(
                Expr::col(webhook::Column::UserId)
                    .not_in_subquery(connections_of(C::UserId, users())),
            )
            .to_owned();
        self.db.execute(&imports).await?;
        self.db.execute(&webhooks).await?;
        Ok(std::cmp::max(events, grants))
    }
}

/// Those from behind `after` up to `last`.
fn deleted_users(after: Uuid, last: Option<Uuid>) -> SelectStatement {
    use tombstone::Column as T;
    let mut users = tombstone::Entity::find()
        .select_only()
        .column(T::UserId)
        .filter(T::Provider.eq(EVERY_PROVIDER))
        .filter(T::UserId.gt(after));
    if let Some(last) = last {
        users = users.filter(T::UserId.lte(last));
    }
    users.into_query()
}

/// If the user exists again with the same id, which can only happen after a backup was restored.
fn connections_of(column: provider_connection::Column, users: SelectStatement) -> SelectStatement {
    provider_connection::Entity::find()
        .select_only()
        .column(column)
        .filter(provider_connection::Column::UserId.in_subquery(users))
        .into_query()
}
