use chrono::TimeDelta;
use domain::{Actor, ClientId, ConnectionKey, Kind, StateChange};
use entity::event::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, PaginatorTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{Store, StoreError, Transaction};

/// The content of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Happening<'a> {
    pub kind: Kind,
    pub actor: &'a Actor,
    /// The client that caused it, or that it is about.
    pub client_id: Option<&'a str>,
    /// An error code of the API.
    pub detail: Option<&'a str>,
    pub evidence: Option<&'a str>,
    pub commit_id: Option<Uuid>,
    /// How it changed the connection's state, if known.
    pub change: StateChange,
}

impl<'a> Happening<'a> {
    pub fn new(kind: Kind, actor: &'a Actor) -> Self {
        let client_id = actor.client_id().map(ClientId::as_str);
        let change = StateChange::default();
        Self { kind, actor, client_id, detail: None, evidence: None, commit_id: None, change }
    }
}

impl Store {
    /// Whether the write with this id succeeded. After its answer was lost, this is the only way to
    /// know, whatever was written since.
    pub async fn was_committed(
        &self,
        key: ConnectionKey,
        commit_id: Uuid,
    ) -> Result<bool, StoreError> {
        let events = of_key(key).filter(Column::CommitId.eq(commit_id));
        Ok(events.count(&self.db).await? > 0)
    }

    /// Removes up to `batch` of the oldest events that are older than `older_than`. Returns how
    /// many: fewer than `batch` means that none is left, or that another replica is working on
    /// them.
    pub async fn prune_events(&self, older_than: TimeDelta, batch: u64) -> Result<u64, StoreError> {
        let backend = self.db.get_database_backend();
        let mut old = Query::select();
        old.column(Column::Id)
            .from(Entity)
            .and_where(Expr::col(Column::At).lt(self.now.minus(backend, older_than)))
            .order_by(Column::At, Order::Asc)
            .limit(batch);
        self.skip_locked(&mut old);
        let pruned =
            Entity::delete_many().filter(Column::Id.in_subquery(old)).exec(&self.db).await?;
        Ok(pruned.rows_affected)
    }

    /// Writes the event, and the webhook for it.
    pub(super) async fn append_event(
        &self,
        transaction: &Transaction,
        connection_id: Uuid,
        key: ConnectionKey,
        happening: &Happening<'_>,
    ) -> Result<(), StoreError> {
        self.append_events(transaction, &[(connection_id, key, *happening)]).await
    }

    /// Writes these events, and the webhooks for them.
    pub(super) async fn append_events(
        &self,
        transaction: &Transaction,
        events: &[(Uuid, ConnectionKey, Happening<'_>)],
    ) -> Result<(), StoreError> {
        let now = self.now.expression(transaction.get_database_backend());
        let mut insert = Query::insert();
        insert.into_table(Entity).columns([
            Column::ConnectionId,
            Column::UserId,
            Column::Provider,
            Column::Kind,
            Column::Actor,
            Column::ClientId,
            Column::At,
            Column::Detail,
            Column::Evidence,
            Column::CommitId,
        ]);
        for (connection_id, key, happening) in events {
            insert.values_panic([
                (*connection_id).into(),
                key.user_id.into(),
                key.provider.into(),
                happening.kind.into(),
                happening.actor.kind().into(),
                happening.client_id.into(),
                now.clone(),
                happening.detail.into(),
                happening.evidence.into(),
                happening.commit_id.into(),
            ]);
        }
        self.insert_events(transaction, insert).await?;
        for (connection_id, key, happening) in events {
            self.append_webhooks(transaction, *connection_id, *key, happening).await?;
        }
        Ok(())
    }
}

fn of_key(key: ConnectionKey) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::UserId.eq(key.user_id)).filter(Column::Provider.eq(key.provider))
}
