//! Imported refresh tokens: which were sent to their provider, and with what result.

use chrono::{DateTime, Utc};
use domain::{Answer, ConnectionKey, ImportState, Lease, Verdict};
use entity::{
    import::{Column, Entity, Model},
    tombstone,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use super::{Store, StoreError, disconnect::EVERY_PROVIDER};

/// What is known about a token that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRecord {
    /// The digest of the token, under the key that was first when it was sent.
    pub digest: Vec<u8>,
    pub state: ImportState,
    pub connection_id: Uuid,
    /// The generation of the connection before the token was sent.
    pub generation: i64,
    pub failure_count: i32,
    pub first_failed_at: Option<DateTime<Utc>>,
    pub last_failed_at: Option<DateTime<Utc>>,
    pub refusal_count: i32,
    pub first_refused_at: Option<DateTime<Utc>>,
    pub evidence: Option<String>,
}

impl From<Model> for ImportRecord {
    fn from(row: Model) -> Self {
        Self {
            digest: row.digest,
            state: row.state,
            connection_id: row.connection_id,
            generation: row.generation,
            failure_count: row.failure_count,
            first_failed_at: row.first_failed_at,
            last_failed_at: row.last_failed_at,
            refusal_count: row.refusal_count,
            first_refused_at: row.first_refused_at,
            evidence: row.evidence,
        }
    }
}

/// What a tombstone is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buried {
    Connection,
    User,
}

impl Store {
    /// How many tokens are recognized by a digest, each under one key.
    pub async fn count_imports(&self) -> Result<u64, StoreError> {
        Ok(Entity::find().count(&self.db).await?)
    }

    /// What is known about a token, found by its digests under each key of the ring.
    pub async fn find_import(
        &self,
        digests: &[Vec<u8>],
    ) -> Result<Option<ImportRecord>, StoreError> {
        let found = Entity::find()
            .filter(Column::Digest.is_in(digests.iter().cloned()))
            // There are two if it was sent under one key, and again while another was first.
            .order_by_desc(Column::CreatedAt)
            .one(&self.db)
            .await?;
        Ok(found.map(Into::into))
    }

    /// Records, under the lease, that a token is about to be sent. An earlier record stays, except
    /// for the connection that it is sent for.
    pub async fn begin_import(
        &self,
        lease: &Lease,
        key: ConnectionKey,
        digest: &[u8],
    ) -> Result<(), StoreError> {
        let insert = Query::insert()
            .into_table(Entity)
            .columns([
                Column::Digest,
                Column::UserId,
                Column::Provider,
                Column::State,
                Column::ConnectionId,
                Column::Generation,
                Column::FailureCount,
                Column::RefusalCount,
                Column::CreatedAt,
            ])
            .values_panic([
                digest.to_vec().into(),
                key.user_id.into(),
                key.provider.into(),
                ImportState::Sent.into(),
                lease.connection_id.into(),
                lease.generation.into(),
                0.into(),
                0.into(),
                self.now.expression(self.db.get_database_backend()),
            ])
            .on_conflict(
                OnConflict::column(Column::Digest)
                    .update_columns([Column::State, Column::ConnectionId, Column::Generation])
                    .to_owned(),
            )
            .to_owned();
        self.db.execute(&insert).await?;
        Ok(())
    }

    /// Removes the record that a token is about to be sent: it was not sent, or in a way that can't
    /// have used it up.
    pub async fn take_back_import(
        &self,
        digest: &[u8],
        before: Option<&ImportRecord>,
    ) -> Result<(), StoreError> {
        let Some(before) = before else {
            Entity::delete_many().filter(Column::Digest.eq(digest)).exec(&self.db).await?;
            return Ok(());
        };
        Entity::update_many()
            .col_expr(Column::State, before.state.into())
            .col_expr(Column::ConnectionId, Expr::value(before.connection_id))
            .col_expr(Column::Generation, Expr::value(before.generation))
            .filter(Column::Digest.eq(digest))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Records that a token has yielded new tokens, which are written.
    pub async fn import_proved(&self, digest: &[u8]) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::State, ImportState::Proved.into())
            .filter(Column::Digest.eq(digest))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Records that a token was sent and yielded nothing.
    pub async fn import_failed(
        &self,
        digest: &[u8],
        state: ImportState,
        answer: Answer,
        verdict: &Verdict,
        evidence: &str,
    ) -> Result<(), StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        let mut update = Entity::update_many()
            .col_expr(Column::State, state.into())
            .col_expr(Column::FailureCount, Expr::col(Column::FailureCount).add(1))
            .col_expr(Column::FirstFailedAt, Expr::col(Column::FirstFailedAt).if_null(now.clone()))
            .col_expr(Column::LastFailedAt, now.clone())
            .col_expr(Column::Evidence, Expr::value(evidence));
        if answer.refuses_grant() {
            let first = Expr::col(Column::FirstRefusedAt).if_null(now);
            update = update.col_expr(Column::FirstRefusedAt, first);
        }
        if verdict.counts {
            let one_more = Expr::col(Column::RefusalCount).add(1);
            update = update.col_expr(Column::RefusalCount, one_more);
        }
        update.filter(Column::Digest.eq(digest)).exec(&self.db).await?;
        Ok(())
    }

    /// Whether the connection was disconnected recently, or its user deleted.
    pub async fn buried(&self, key: ConnectionKey) -> Result<Option<Buried>, StoreError> {
        let providers = [EVERY_PROVIDER, key.provider.as_str()];
        let tombstones = tombstone::Entity::find()
            .filter(tombstone::Column::UserId.eq(key.user_id))
            .filter(tombstone::Column::Provider.is_in(providers))
            .all(&self.db)
            .await?;
        let user = tombstones.iter().any(|tombstone| tombstone.provider == EVERY_PROVIDER);
        Ok(if user { Some(Buried::User) } else { tombstones.first().map(|_| Buried::Connection) })
    }
}
