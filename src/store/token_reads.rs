use chrono::{DateTime, Utc};
use domain::{Actor, ClientId, ConnectionKey, Kind};
use entity::{
    event,
    provider_connection::{Column, Entity},
};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, Order, QueryFilter,
    sea_query::{Expr, ExprTrait, LockType, Query},
};
use uuid::Uuid;

use super::{Store, StoreError};

/// The maximum number of rows that one statement inserts.
const ROWS: usize = 256;

/// Reads of a connection's access token by one actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenReads {
    pub connection_id: Uuid,
    pub key: ConnectionKey,
    pub actor: Actor,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub times: i32,
}

impl Store {
    /// Writes an event for each of these, and the last use of their connections: all, or nothing.
    pub async fn record_token_reads(&self, reads: &[TokenReads]) -> Result<(), StoreError> {
        // All connections get the newest time of the batch, which differs by seconds at most while
        // the database is up: idle connections are a matter of days.
        let Some(used_at) = reads.iter().map(|read| read.last_at).max() else { return Ok(()) };
        // Before the transaction: on SQLite, one that begins with a read can't write if another
        // process has written since.
        let reads = self.of_users_who_are(reads).await?;
        if reads.is_empty() {
            return Ok(());
        }
        let transaction = self.db.begin().await?;
        let mut rest = reads.as_slice();
        while !rest.is_empty() {
            // Runs of 256, 128 … 1: otherwise a statement would be prepared and kept for each
            // number of rows.
            let (run, others) = rest.split_at(ROWS.min(1 << rest.len().ilog2()));
            self.insert_events(&transaction, insert(run)).await?;
            rest = others;
        }
        let mut connections: Vec<_> = reads.iter().map(|read| read.connection_id).collect();
        connections.sort_unstable();
        connections.dedup();
        let number = connections.len().next_power_of_two();
        let repeated = connections.last().copied().into_iter().cycle();
        let connections = connections.iter().copied().chain(repeated).take(number);
        let mut used = Query::select();
        used.column(Column::Id)
            .from(Entity)
            .and_where(Column::Id.is_in(connections))
            .and_where(
                Expr::col(Column::UsedAt).is_null().or(Expr::col(Column::UsedAt).lt(used_at)),
            )
            .order_by(Column::Id, Order::Asc);
        if self.db.get_database_backend() == DbBackend::Postgres {
            // In the same order on all replicas: two that write the same connections could
            // otherwise deadlock.
            used.lock(LockType::Update);
        }
        Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(used_at))
            .filter(Column::Id.in_subquery(used))
            .exec(&transaction)
            .await?;
        self.note_access(&transaction, &reads).await?;
        transaction.commit().await?;
        self.tell_of_events();
        Ok(())
    }
}

fn insert(reads: &[&TokenReads]) -> sea_orm::sea_query::InsertStatement {
    let mut insert = Query::insert()
        .into_table(event::Entity)
        .columns([
            event::Column::ConnectionId,
            event::Column::UserId,
            event::Column::Provider,
            event::Column::Kind,
            event::Column::Actor,
            event::Column::ClientId,
            event::Column::At,
            event::Column::Times,
        ])
        .to_owned();
    for read in reads {
        insert.values_panic([
            read.connection_id.into(),
            read.key.user_id.into(),
            read.key.provider.into(),
            Kind::TokenRead.into(),
            read.actor.kind().into(),
            read.actor.client_id().map(ClientId::as_str).into(),
            read.first_at.into(),
            read.times.into(),
        ]);
    }
    insert
}
