use std::time::Duration;

use chrono::TimeDelta;
use domain::{Actor, ConnectionKey, Grant, Kind, Provider, RevocationOutcome, Sealed, State};
use entity::{
    event,
    revocation::{Column, Entity},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SimpleExpr},
};
use uuid::Uuid;

use super::{Store, StoreError, events::Happening};

/// How long a claimed revocation belongs to its replica. Longer than a call takes.
const CLAIM: Duration = Duration::from_mins(1);

/// A grant to revoke at its provider.
#[derive(Clone, Debug)]
pub struct DueRevocation {
    pub id: Uuid,
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    pub access_token: Sealed,
    pub refresh_token: Option<Sealed>,
    /// Including this one.
    pub attempts: i32,
}

/// Why the revocation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationEnd {
    Revoked,
    Unsupported,
    Failed,
}

impl Store {
    /// The providers with due revocations, without those that only a newer release knows.
    pub async fn providers_to_revoke_at(&self) -> Result<Vec<Provider>, StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        let names: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Provider)
            .distinct()
            .filter(Expr::col(Column::DueAt).lte(now))
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Claims up to `limit` due revocations of a provider, so that no other replica tries them in
    /// the meantime.
    pub async fn claim_revocations(
        &self,
        provider: Provider,
        limit: usize,
    ) -> Result<Vec<DueRevocation>, StoreError> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        self.claim_due_revocations(Column::Provider.eq(provider), limit).await
    }

    /// The same for revocations that have waited this long.
    pub async fn claim_old_revocations(
        &self,
        provider: Provider,
        older_than: TimeDelta,
        limit: usize,
    ) -> Result<Vec<DueRevocation>, StoreError> {
        let before = self.now.minus(self.db.get_database_backend(), older_than);
        let old = Expr::col(Column::CreatedAt).lt(before);
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        self.claim_due_revocations(Column::Provider.eq(provider).and(old), limit).await
    }

    /// The same for a single one.
    pub async fn claim_revocation(&self, id: Uuid) -> Result<Option<DueRevocation>, StoreError> {
        Ok(self.claim_due_revocations(Column::Id.eq(id), 1).await?.pop())
    }

    pub(super) async fn claim_due_revocations(
        &self,
        which: SimpleExpr,
        limit: u64,
    ) -> Result<Vec<DueRevocation>, StoreError> {
        let backend = self.db.get_database_backend();
        let mut due = Query::select();
        due.column(Column::Id)
            .from(Entity)
            .and_where(Expr::col(Column::DueAt).lte(self.now.expression(backend)))
            .and_where(which)
            .order_by(Column::DueAt, sea_orm::Order::Asc)
            .limit(limit);
        self.skip_locked(&mut due);
        let claim = Entity::update_many()
            .col_expr(Column::DueAt, self.now.plus(backend, CLAIM))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .filter(Column::Id.in_subquery(due));
        let claimed = self.claimed(claim, (Column::Id, Column::DueAt)).await?;
        Ok(claimed
            .into_iter()
            .map(|row| DueRevocation {
                id: row.id,
                connection_id: row.connection_id,
                user_id: row.user_id,
                provider: row.provider,
                access_token: Sealed::from_bytes(row.access_token),
                refresh_token: row.refresh_token.map(Sealed::from_bytes),
                attempts: row.attempts,
            })
            .collect())
    }

    /// Tokens of a connection that was deleted while they were fetched. If the user has connected
    /// again since, they are left alone: at most providers, revoking them would revoke the new
    /// grant too. Returns whether there is anything to revoke.
    pub async fn add_revocation(
        &self,
        id: Uuid,
        connection_id: Uuid,
        key: ConnectionKey,
        grant: &Grant,
    ) -> Result<bool, StoreError> {
        use entity::provider_connection::{Column as C, Entity as Connection};
        let backend = self.db.get_database_backend();
        let anew = Query::select()
            .expr(Expr::val(1))
            .from(Connection)
            .and_where(C::UserId.eq(key.user_id))
            .and_where(C::Provider.eq(key.provider))
            .and_where(C::State.ne(State::Connecting))
            .to_owned();
        let refresh_token = grant.refresh_token.as_ref();
        let row = Query::select()
            .expr(Expr::val(id))
            .expr(Expr::val(connection_id))
            .expr(Expr::val(key.user_id))
            .expr(Expr::val(key.provider))
            .expr(Expr::val(grant.access_token.as_bytes().to_vec()))
            .expr(Expr::val(refresh_token.map(|sealed| sealed.as_bytes().to_vec())))
            .expr(self.now.expression(backend))
            .expr(self.now.expression(backend))
            .and_where(Expr::exists(anew).not())
            .to_owned();
        let insert = Query::insert()
            .into_table(Entity)
            .columns([
                Column::Id,
                Column::ConnectionId,
                Column::UserId,
                Column::Provider,
                Column::AccessToken,
                Column::RefreshToken,
                Column::DueAt,
                Column::CreatedAt,
            ])
            .select_from(row)
            .map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?
            .to_owned();
        Ok(self.db.execute(&insert).await?.rows_affected() == 1)
    }

    pub async fn put_off_revocation(&self, id: Uuid, by: Duration) -> Result<(), StoreError> {
        let backend = self.db.get_database_backend();
        Entity::update_many()
            .col_expr(Column::DueAt, self.now.plus(backend, by))
            .filter(Column::Id.eq(id))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Removes the tokens, and writes the event of the outcome.
    pub async fn end_revocation(
        &self,
        due: &DueRevocation,
        end: RevocationEnd,
    ) -> Result<(), StoreError> {
        let transaction = self.db.begin().await?;
        let deleted = Entity::delete_by_id(due.id).exec(&transaction).await?;
        let outcome = match end {
            RevocationEnd::Revoked => RevocationOutcome::Revoked,
            RevocationEnd::Unsupported => RevocationOutcome::Unsupported,
            RevocationEnd::Failed => RevocationOutcome::Failed,
        };
        self.settle_receipt(&transaction, due.id, outcome).await?;
        // Nothing is recorded about a deleted user any more.
        let told = event::Entity::find().filter(event::Column::ConnectionId.eq(due.connection_id));
        if deleted.rows_affected == 1 && told.one(&transaction).await?.is_some() {
            let key = ConnectionKey { user_id: due.user_id, provider: due.provider };
            let kind = match end {
                RevocationEnd::Revoked => Kind::Revoked,
                RevocationEnd::Unsupported => Kind::RevocationUnsupported,
                RevocationEnd::Failed => Kind::RevocationFailed,
            };
            let happening = Happening::new(kind, &Actor::Worker);
            self.append_event(&transaction, due.connection_id, key, &happening).await?;
        }
        transaction.commit().await?;
        self.tell_of_events();
        Ok(())
    }
}
