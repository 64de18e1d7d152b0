//! Writes the tokens that refreshes returned: several at once, so that a busy server needs fewer
//! statements and commits than refreshes. `refreshed_in_one_statement.rs` has the usual case on
//! PostgreSQL.

use domain::{Actor, Grant, Kind, KnownScopes, Lease, State};
use entity::provider_connection::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DeriveIden, EntityTrait, FromQueryResult, Iterable,
    QuerySelect,
    sea_query::{
        Alias, CaseStatement, Expr, ExprTrait, LockType, Query, SimpleExpr, TableRef,
        UpdateStatement, Value, ValueTuple,
    },
};
use uuid::Uuid;

use super::{
    ConnectionRecord, Store, StoreError,
    commit::{change, works},
    ends,
    events::Happening,
};

/// The tokens of a refresh, to be written over the generation that the lease was taken on.
#[derive(Clone, Debug)]
pub struct Refreshed {
    pub lease: Lease,
    pub grant: Grant,
    /// [`Kind::Refreshed`] or [`Kind::Rotated`].
    pub kind: Kind,
    pub actor: Actor,
    /// Names this write for [`Store::was_committed`].
    pub commit_id: Uuid,
    /// The scopes that the connection had when it was read, if the refresh doesn't change them.
    pub unchanged_scopes: Option<KnownScopes>,
}

/// What happens to a row that someone else is writing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    Wait,
    /// It must not hold up the others.
    Skip,
}

/// A row of the `VALUES` list from which the tokens are written.
pub(super) const GIVEN: &str = "given";

/// The first columns of that list, which both databases name by their number.
#[derive(Clone, Copy, DeriveIden)]
enum Given {
    #[sea_orm(iden = "column1")]
    ConnectionId,
    #[sea_orm(iden = "column2")]
    Owner,
    #[sea_orm(iden = "column3")]
    Generation,
    #[sea_orm(iden = "column4")]
    AccessToken,
    #[sea_orm(iden = "column5")]
    RefreshToken,
    #[sea_orm(iden = "column6")]
    AccessTokenExpiresAt,
    #[sea_orm(iden = "column7")]
    RefreshTokenExpiresAt,
    #[sea_orm(iden = "column8")]
    RefreshDueAt,
    #[sea_orm(iden = "column9")]
    IsUse,
}

impl Store {
    /// Writes the tokens of one refresh, and ends its lease. `None`: the lease was lost, and nothing
    /// is written.
    pub async fn commit_refresh(
        &self,
        refreshed: &Refreshed,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let written = self.write_refreshes(std::slice::from_ref(refreshed), Locked::Wait).await?;
        Ok(written.into_iter().next().flatten())
    }

    /// Writes the tokens of several refreshes in one transaction: all of them or, if it fails, none.
    /// `None`: not written, because the lease was lost, someone else is writing that row, or it has
    /// changed so that more must be written; [`Store::commit_refresh`] waits for them, and knows
    /// which.
    pub async fn commit_refreshes(
        &self,
        refreshes: &[Refreshed],
    ) -> Result<Vec<Option<ConnectionRecord>>, StoreError> {
        if self.fit_one_statement(refreshes) {
            return self.write_in_one_statement(refreshes).await;
        }
        self.write_refreshes(refreshes, Locked::Skip).await
    }

    async fn write_refreshes(
        &self,
        refreshes: &[Refreshed],
        locked: Locked,
    ) -> Result<Vec<Option<ConnectionRecord>>, StoreError> {
        let transaction = self.db.begin_to_write().await?;
        let mut asked = None;
        if let [Refreshed { lease, .. }] = refreshes
            && lease.found.is_none()
            && self.writes_webhooks()
        {
            // A lease of a process that died doesn't know the state before.
            let mut state = Entity::find_by_id(lease.connection_id).select_only();
            if self.db.get_database_backend() == DbBackend::Postgres {
                state = state.lock(LockType::Update);
            }
            asked = state.column(Column::State).into_tuple::<State>().one(&transaction).await?;
        }
        let given = refreshes.iter().map(Refreshed::values).map(ValueTuple::Many).collect();
        let mut update = self.refreshes(refreshes, given, locked);
        update.returning(Query::returning().columns(Column::iter()));
        let rows = transaction.query_all(&update).await?;
        let mut written = vec![None; refreshes.len()];
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Model::from_query_result(row, "")?;
            let Some(place) = place_of(&row, refreshes) else { continue };
            let Refreshed { lease, kind, actor, commit_id, .. } = &refreshes[place];
            let now = row.refreshed_at.unwrap_or(row.connected_at);
            // Nothing else makes a refresh due the moment it is written.
            let signalled = row.refresh_due_at.is_some() && row.refresh_due_at == row.refreshed_at;
            let before = if signalled {
                Some(State::ReauthenticationRequired)
            } else {
                lease.found.or(asked)
            };
            let happening = Happening {
                commit_id: Some(*commit_id),
                change: change(before, &row, now),
                ..Happening::new(*kind, actor)
            };
            let record = ConnectionRecord::of_row(row, now);
            events.push((record.id, record.key(), happening));
            written[place] = Some(record);
        }
        if events.is_empty() {
            return Ok(written);
        }
        self.append_events(&transaction, &events).await?;
        for (record, refreshed) in written.iter_mut().zip(refreshes) {
            if let Some(record) = record {
                let Refreshed { grant, actor, .. } = refreshed;
                self.write_brought_scopes(&transaction, record, &grant.scopes, actor).await?;
            }
        }
        fail::fail_point!("commit.written");
        transaction.commit().await?;
        fail::fail_point!("commit.untold");
        self.tell_of_events();
        Ok(written)
    }

    /// One update for all of them, each under its lease. `given`: for each, the values of
    /// [`Given`] first.
    pub(super) fn refreshes(
        &self,
        refreshes: &[Refreshed],
        given: Vec<ValueTuple>,
        locked: Locked,
    ) -> UpdateStatement {
        let backend = self.db.get_database_backend();
        let now = self.now.expression(backend);
        let row = |column| Expr::col((Entity, column));
        let mut update = Query::update();
        update
            .table(Entity)
            .from(TableRef::ValuesList(given, Alias::new(GIVEN).into()))
            .values(works())
            .values(ends::after_refresh(
                &of(Given::RefreshToken),
                &of(Given::RefreshTokenExpiresAt),
                &now,
            ))
            .value(Column::AccessToken, of(Given::AccessToken))
            .value(Column::AccessTokenExpiresAt, of(Given::AccessTokenExpiresAt))
            .value(Column::RefreshToken, of(Given::RefreshToken).if_null(row(Column::RefreshToken)))
            // A refresh is committed only after its token has proved to belong to the account.
            .value(Column::RefreshTokenUnproven, false)
            .value(Column::RefreshedAt, now.clone())
            // The provider reported that the grant was revoked. This refresh may have been answered
            // before that: the next one finds out.
            .value(
                Column::RefreshDueAt,
                CaseStatement::new()
                    .case(row(Column::SignalledAt).is_not_null(), now.clone())
                    .finally(of(Given::RefreshDueAt)),
            )
            .value(
                Column::UsedAt,
                CaseStatement::new().case(of(Given::IsUse), now).finally(row(Column::UsedAt)),
            )
            .value(Column::LeaseOwner, Expr::value(None::<Uuid>))
            .value(Column::LeaseUntil, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
            .and_where(row(Column::Id).eq(of(Given::ConnectionId)))
            .and_where(row(Column::LeaseOwner).eq(of(Given::Owner)))
            .and_where(row(Column::Generation).eq(of(Given::Generation)));
        if locked == Locked::Skip {
            let ids = refreshes.iter().map(|refreshed| refreshed.lease.connection_id);
            let mut free = Query::select();
            free.column(Column::Id).from(Entity).and_where(Column::Id.is_in(ids));
            self.skip_locked(&mut free);
            update.and_where(row(Column::Id).in_subquery(free));
        }
        update
    }
}

impl Refreshed {
    /// In the order of [`Given`].
    pub(super) fn values(&self) -> Vec<Value> {
        let Self { lease, grant, actor, .. } = self;
        let refresh_token = grant.refresh_token.as_ref().map(|token| token.as_bytes().to_vec());
        vec![
            lease.connection_id.into(),
            lease.owner.into(),
            lease.generation.into(),
            grant.access_token.as_bytes().to_vec().into(),
            refresh_token.into(),
            grant.access_token_expires_at.into(),
            grant.refresh_token_expires_at.into(),
            grant.refresh_due_at.into(),
            (*actor != Actor::Worker).into(),
        ]
    }
}

/// Which of the refreshes has written the row.
pub(super) fn place_of(row: &Model, refreshes: &[Refreshed]) -> Option<usize> {
    refreshes.iter().position(|refreshed| refreshed.lease.connection_id == row.id)
}

fn of(column: Given) -> SimpleExpr {
    Expr::col((Alias::new(GIVEN), column))
}
