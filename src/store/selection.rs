//! Selects the connections for `connections revoke`, and removes them.

use chrono::{DateTime, Utc};
use domain::{Actor, ConnectionKey, Kind, Provider, RevocationOutcome, State};
use entity::{
    provider_connection::{Column, Entity},
    revocation_receipt,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{Store, StoreError, events::Happening};

/// The selected connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub providers: Vec<Provider>,
    /// Connected before then: a user who has connected again since is left alone.
    pub connected_before: DateTime<Utc>,
    /// `None`: every user's.
    pub user_id: Option<Uuid>,
}

/// One selected connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Selected {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    pub connected_at: DateTime<Utc>,
}

impl Selection {
    /// The selected connections at one provider.
    #[must_use]
    pub fn at(&self, provider: Provider) -> Self {
        Self { providers: vec![provider], ..self.clone() }
    }

    /// The same condition on each table that has these columns.
    pub(super) fn of<C: ColumnTrait>(&self, provider: C, connected_at: C, user_id: C) -> Condition {
        Condition::all()
            .add(provider.is_in(self.providers.iter().copied()))
            .add(connected_at.lt(self.connected_before))
            .add_option(self.user_id.map(|id| user_id.eq(id)))
    }

    fn of_connections(&self) -> Condition {
        self.of(Column::Provider, Column::ConnectedAt, Column::UserId)
            // A user who is connecting right now has no tokens yet.
            .add(Column::State.ne(State::Connecting))
    }
}

impl Store {
    /// The time that all replicas use.
    pub async fn time(&self) -> Result<DateTime<Utc>, StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        let row = self.db.query_one(Query::select().expr_as(now, "now")).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("no time".to_owned()))?;
        Ok(row.try_get("", "now")?)
    }

    /// How many there are, by provider. It reads the whole table, however long that takes.
    pub async fn count_selected(
        &self,
        selection: &Selection,
    ) -> Result<Vec<(Provider, i64)>, StoreError> {
        let db = self.db.without_limits().await?;
        let counted = Entity::find()
            .select_only()
            .column(Column::Provider)
            .expr_as(Expr::col(Column::Id).count(), "number")
            .filter(selection.of_connections())
            .group_by(Column::Provider)
            .order_by_asc(Column::Provider)
            .into_tuple()
            .all(&db)
            .await;
        self.db.give_back(db).await;
        Ok(counted?)
    }

    /// Up to `limit` of them after the one with the id `after`, ordered by id.
    pub async fn selected(
        &self,
        selection: &Selection,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<Selected>, StoreError> {
        Ok(Entity::find()
            .select_only()
            .columns([Column::Id, Column::UserId, Column::Provider, Column::ConnectedAt])
            .filter(selection.of_connections().add_option(after.map(|id| Column::Id.gt(id))))
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_model()
            .all(&self.db)
            .await?)
    }

    /// Deletes one of them and leaves its tombstone and the pending receipt, in one transaction. If
    /// the provider `can_be_told`, its tokens enter the outbox under the receipt's id. `false`: it
    /// is gone, or was connected again.
    pub async fn remove_selected(
        &self,
        selection: &Selection,
        connection: &Selected,
        receipt: Uuid,
        can_be_told: bool,
        actor: &Actor,
    ) -> Result<bool, StoreError> {
        use revocation_receipt::Column as R;
        let key = ConnectionKey { user_id: connection.user_id, provider: connection.provider };
        let transaction = self.db.begin().await?;
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Column::Id.eq(connection.id))
            .cond_where(selection.of_connections())
            .returning(Query::returning().columns([Column::AccessToken, Column::RefreshToken]))
            .to_owned();
        let Some(row) = transaction.query_one(&delete).await? else { return Ok(false) };
        self.end_access(&transaction, key.user_id, Some(key.provider)).await?;
        let access_token: Option<Vec<u8>> = row.try_get("", "access_token")?;
        let tokens = match access_token.filter(|_| can_be_told) {
            Some(access_token) => Some((access_token, row.try_get("", "refresh_token")?)),
            None => None,
        };
        let now = self.now.expression(self.db.get_database_backend());
        let is_settled = tokens.is_none();
        let insert = Query::insert()
            .into_table(revocation_receipt::Entity)
            .columns([
                R::Id,
                R::ConnectionId,
                R::UserId,
                R::Provider,
                R::ConnectedAt,
                R::RemovedAt,
                R::Outcome,
                R::SettledAt,
            ])
            .values_panic([
                receipt.into(),
                connection.id.into(),
                key.user_id.into(),
                key.provider.into(),
                connection.connected_at.into(),
                now.clone(),
                is_settled.then_some(RevocationOutcome::Unsupported).into(),
                if is_settled { now } else { Expr::value(None::<DateTime<Utc>>) },
            ])
            .to_owned();
        transaction.execute(&insert).await?;
        if let Some(tokens) = tokens {
            self.put_into_outbox(&transaction, receipt, (connection.id, key), tokens).await?;
        }
        let happening = Happening::new(Kind::Disconnected, actor);
        self.append_event(&transaction, connection.id, key, &happening).await?;
        self.bury(&transaction, key.user_id, key.provider.as_str()).await?;
        transaction.commit().await?;
        self.tell_of_events();
        Ok(true)
    }
}
