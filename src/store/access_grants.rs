use chrono::{DateTime, Utc};
use domain::{Actor, ClientId, ConnectionKey, Kind, Provider, State};
use entity::{
    access_grant::{Column, Entity, Model},
    provider_connection,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockType, OnConflict, Query},
};
use uuid::Uuid;

use super::{Store, StoreError, Transaction, events::Happening, token_reads::TokenReads};

/// A client's permission to read the access tokens of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessGrant {
    pub user_id: Uuid,
    pub client_id: String,
    pub provider: Provider,
    pub granted_at: DateTime<Utc>,
    /// `None`: the client has not read an access token yet.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// The result of a new grant.
#[derive(Clone, Debug)]
pub enum Granted {
    /// The grant exists, and may have existed before.
    Yes(AccessGrant),
    /// There is no such connection.
    NotConnected,
    /// The user has reached the limit.
    TooMany,
}

impl Store {
    /// Grants `client` access to the connection. An existing grant stays as it is.
    pub async fn grant_access(
        &self,
        key: ConnectionKey,
        client: &ClientId,
        by: &Actor,
        most: u64,
    ) -> Result<Granted, StoreError> {
        use provider_connection::Column as C;
        let transaction = self.db.begin().await?;
        let backend = transaction.get_database_backend();
        let insert = Query::insert()
            .into_table(Entity)
            .columns([
                Column::UserId,
                Column::ClientId,
                Column::Provider,
                Column::GrantedBy,
                Column::GrantedAt,
            ])
            .values_panic([
                key.user_id.into(),
                client.as_str().into(),
                key.provider.into(),
                by.kind().into(),
                self.now.expression(backend),
            ])
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .to_owned();
        let is_new = transaction.execute(&insert).await?.rows_affected() > 0;
        // A concurrent disconnection comes either before this, and there is no connection, or after
        // it, and finds the grant. Of two concurrent grants, the second counts the first.
        let mut connections = Query::select();
        connections
            .columns([C::Id, C::Provider])
            .from(provider_connection::Entity)
            .and_where(C::UserId.eq(key.user_id))
            .and_where(C::State.ne(State::Connecting))
            .order_by(C::Id, Order::Asc);
        if backend == DbBackend::Postgres {
            connections.lock(LockType::Update);
        }
        let mut connection_id: Option<Uuid> = None;
        for row in transaction.query_all(&connections).await? {
            if row.try_get::<Provider>("", "provider")? == key.provider {
                connection_id = Some(row.try_get("", "id")?);
            }
        }
        let Some(connection_id) = connection_id else { return Ok(Granted::NotConnected) };
        if is_new {
            let of_user = Entity::find().filter(Column::UserId.eq(key.user_id));
            if of_user.count(&transaction).await? > most {
                return Ok(Granted::TooMany);
            }
            let happening = Happening {
                client_id: Some(client.as_str()),
                ..Happening::new(Kind::AccessGranted, by)
            };
            self.append_event(&transaction, connection_id, key, &happening).await?;
        }
        let grant = Entity::find_by_id((key.user_id, client.as_str().to_owned(), key.provider))
            .one(&transaction)
            .await?
            .ok_or(sea_orm::DbErr::RecordNotInserted)?;
        transaction.commit().await?;
        self.tell_of_events();
        Ok(Granted::Yes(grant.into()))
    }

    /// Revokes access, to one connection or to all. Returns the revoked grants.
    pub async fn revoke_access(
        &self,
        user_id: Uuid,
        client: &ClientId,
        provider: Option<Provider>,
        by: &Actor,
    ) -> Result<Vec<AccessGrant>, StoreError> {
        let transaction = self.db.begin().await?;
        let mut delete = Query::delete();
        delete
            .from_table(Entity)
            .and_where(Column::UserId.eq(user_id))
            .and_where(Column::ClientId.eq(client.as_str()))
            .returning_all();
        if let Some(provider) = provider {
            delete.and_where(Column::Provider.eq(provider));
        }
        let rows = transaction.query_all(&delete).await?;
        let mut revoked = rows
            .iter()
            .map(|row| Ok(Model::from_query_result(row, "")?.into()))
            .collect::<Result<Vec<AccessGrant>, sea_orm::DbErr>>()?;
        revoked.sort_by_key(|grant| grant.provider.as_str());
        if !revoked.is_empty() {
            use provider_connection::Column as C;
            let connections: Vec<(Uuid, Provider)> = provider_connection::Entity::find()
                .select_only()
                .columns([C::Id, C::Provider])
                .filter(C::UserId.eq(user_id))
                .into_tuple()
                .all(&transaction)
                .await?;
            for grant in &revoked {
                let provider = grant.provider;
                let Some((id, _)) = connections.iter().find(|(_, of)| *of == provider) else {
                    continue;
                };
                let key = ConnectionKey { user_id, provider };
                let happening = Happening {
                    client_id: Some(client.as_str()),
                    ..Happening::new(Kind::AccessRevoked, by)
                };
                self.append_event(&transaction, *id, key, &happening).await?;
            }
        }
        transaction.commit().await?;
        self.tell_of_events();
        Ok(revoked)
    }

    /// The grants of a user, all or those of one client, ordered by provider and client.
    pub async fn access_grants(
        &self,
        user_id: Uuid,
        client: Option<&ClientId>,
    ) -> Result<Vec<AccessGrant>, StoreError> {
        let mut select = Entity::find().filter(Column::UserId.eq(user_id));
        if let Some(client) = client {
            select = select.filter(Column::ClientId.eq(client.as_str()));
        }
        let grants = select
            .order_by_asc(Column::Provider)
            .order_by_asc(Column::ClientId)
            .all(&self.db)
            .await?;
        Ok(grants.into_iter().map(Into::into).collect())
    }

    /// Records when clients last read access tokens.
    pub(super) async fn note_access(
        &self,
        transaction: &Transaction,
        reads: &[&TokenReads],
    ) -> Result<(), StoreError> {
        let mut by_clients: Vec<_> = reads
            .iter()
            .filter_map(|read| Some((read.key.user_id, read.actor.client_id()?, read)))
            .collect();
        // In the same order on all replicas, so that two can't deadlock.
        by_clients.sort_by_key(|(user_id, client, read)| (*user_id, *client, read.key.provider));
        for (user_id, client, read) in by_clients {
            let is_older = Condition::any()
                .add(Column::LastUsedAt.is_null())
                .add(Column::LastUsedAt.lt(read.last_at));
            Entity::update_many()
                .col_expr(Column::LastUsedAt, sea_orm::sea_query::Expr::value(read.last_at))
                .filter(Column::UserId.eq(user_id))
                .filter(Column::ClientId.eq(client.as_str()))
                .filter(Column::Provider.eq(read.key.provider))
                .filter(is_older)
                .exec(transaction)
                .await?;
        }
        Ok(())
    }

    /// Ends the access to a connection that is deleted, or with `None` to all of the user's.
    pub(super) async fn end_access(
        &self,
        transaction: &Transaction,
        user_id: Uuid,
        provider: Option<Provider>,
    ) -> Result<(), StoreError> {
        let mut delete = Entity::delete_many().filter(Column::UserId.eq(user_id));
        if let Some(provider) = provider {
            delete = delete.filter(Column::Provider.eq(provider));
        }
        delete.exec(transaction).await?;
        Ok(())
    }
}

impl From<Model> for AccessGrant {
    fn from(row: Model) -> Self {
        let Model { user_id, client_id, provider, granted_at, last_used_at, .. } = row;
        Self { user_id, client_id, provider, granted_at, last_used_at }
    }
}
