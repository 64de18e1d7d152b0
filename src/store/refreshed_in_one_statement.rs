//! Writes the tokens of refreshes and their events in one statement, if nothing else must be written
//! with them: one round trip instead of four. Only on PostgreSQL: SQLite has no such statement, and
//! no network to wait for.

use domain::{ClientId, KnownScopes, StateChange, WebhookEvent};
use entity::{
    event,
    provider_connection::{Column, Entity, Model},
};
use sea_orm::{
    DbBackend, DeriveIden, FromQueryResult, Iterable, Statement,
    sea_query::{
        Alias, Asterisk, BinOper, CommonTableExpression, Expr, ExprTrait, IntoIden,
        PostgresQueryBuilder, Query, Value, ValueTuple, WithClause, WithQuery,
    },
};

use super::{
    ConnectionRecord, Refreshed, Store, StoreError,
    appended::notify_of,
    refreshed::{GIVEN, Locked, place_of},
    scopes,
};

/// The rows that were written, with what their events need.
const WRITTEN: &str = "written";
/// Their events.
const APPENDED: &str = "appended";

/// The columns of the `VALUES` list after [`super::refreshed::Given`]'s.
#[derive(Clone, Copy, DeriveIden)]
enum Also {
    #[sea_orm(iden = "column10")]
    Kind,
    #[sea_orm(iden = "column11")]
    Actor,
    #[sea_orm(iden = "column12")]
    ClientId,
    #[sea_orm(iden = "column13")]
    CommitId,
    #[sea_orm(iden = "column14")]
    Scopes,
    #[sea_orm(iden = "column15")]
    ScopesSource,
    #[sea_orm(iden = "column16")]
    ScopesRequested,
}

impl Store {
    /// Whether each of them writes only its tokens and its event, if its row has not changed since
    /// it was read.
    pub(super) fn fit_one_statement(&self, refreshes: &[Refreshed]) -> bool {
        let has_webhook = |refreshed: &Refreshed| match refreshed.lease.found {
            None => true,
            before => {
                let change = StateChange { before, ..StateChange::default() };
                !WebhookEvent::of(refreshed.kind, None, change).is_empty()
            }
        };
        self.db.get_database_backend() == DbBackend::Postgres
            && refreshes.iter().all(|refreshed| {
                let causes_webhook = self.writes_webhooks() && has_webhook(refreshed);
                refreshed.unchanged_scopes.is_some() && !causes_webhook
            })
    }

    /// Writes them. `None`: not written, because the lease was lost, someone else is writing that
    /// row, or it has changed so that more must be written.
    pub(super) async fn write_in_one_statement(
        &self,
        refreshes: &[Refreshed],
    ) -> Result<Vec<Option<ConnectionRecord>>, StoreError> {
        let (sql, values) = self.one_statement(refreshes).build(PostgresQueryBuilder);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let rows = self.db.commit_all(statement).await?;
        let mut written = vec![None; refreshes.len()];
        if rows.is_empty() {
            return Ok(written);
        }
        fail::fail_point!("commit.untold");
        self.tell_of_events();
        for row in &rows {
            // One that can't be read is committed anyway, and fails nobody else.
            let Ok(row) = Model::from_query_result(row, "") else { continue };
            if let Some(place) = place_of(&row, refreshes) {
                let now = row.refreshed_at.unwrap_or(row.connected_at);
                written[place] = Some(ConnectionRecord::of_row(row, now));
            }
        }
        Ok(written)
    }

    /// ```text
    /// WITH written AS (UPDATE … FROM (VALUES …) given … RETURNING …),
    ///      appended AS (INSERT INTO provider_connection_event SELECT … FROM written RETURNING *)
    /// SELECT written.*, pg_notify(…) FROM written JOIN appended …
    /// ```
    fn one_statement(&self, refreshes: &[Refreshed]) -> WithQuery {
        let row = |column| Expr::col((Entity, column));
        let also = |column: Also| Expr::col((Alias::new(GIVEN), column));
        let given = refreshes.iter().map(Refreshed::values_of_one_statement).collect();
        let mut update = self.refreshes(refreshes, given, Locked::Skip);
        let still =
            |column, also| row(column).binary(BinOper::Custom("IS NOT DISTINCT FROM"), also);
        let of_events = [Also::Kind, Also::Actor, Also::ClientId, Also::CommitId];
        if self.writes_webhooks() {
            // A refresh heals a connection that a signal has ended, which causes a webhook.
            update.and_where(row(Column::SignalledAt).is_null());
        }
        update
            .and_where(still(Column::Scopes, also(Also::Scopes)))
            .and_where(still(Column::ScopesSource, also(Also::ScopesSource)))
            .and_where(still(Column::ScopesRequested, also(Also::ScopesRequested)))
            .returning(
                Query::returning().exprs(Column::iter().map(row).chain(of_events.map(also))),
            );
        let mut events = Query::select();
        events
            .columns([Column::Id, Column::UserId, Column::Provider])
            .columns([Also::Kind, Also::Actor, Also::ClientId])
            .expr(self.now.expression(DbBackend::Postgres))
            .column(Also::CommitId)
            .from(Alias::new(WRITTEN));
        let mut insert = Query::insert();
        insert
            .into_table(event::Entity)
            .columns([
                event::Column::ConnectionId,
                event::Column::UserId,
                event::Column::Provider,
                event::Column::Kind,
                event::Column::Actor,
                event::Column::ClientId,
                event::Column::At,
                event::Column::CommitId,
            ])
            .select_from(events)
            .expect("as many columns as expressions")
            .returning_all();
        let mut rows = Query::select();
        rows.column((Alias::new(WRITTEN), Asterisk)).from(Alias::new(WRITTEN));
        if self.notifies {
            let of_row = Expr::col((Alias::new(APPENDED), event::Column::ConnectionId));
            rows.expr(Expr::cust(notify_of(APPENDED)))
                .inner_join(Alias::new(APPENDED), of_row.equals((Alias::new(WRITTEN), Column::Id)));
        }
        let named = |name: &'static str| {
            CommonTableExpression::new().table_name(Alias::new(name).into_iden()).to_owned()
        };
        let with = WithClause::new()
            .cte(named(WRITTEN).query(update).to_owned())
            .cte(named(APPENDED).query(insert).to_owned())
            .to_owned();
        with.query(rows)
    }
}

impl Refreshed {
    fn values_of_one_statement(&self) -> ValueTuple {
        let Self { kind, actor, commit_id, unchanged_scopes, .. } = self;
        let [(_, scopes), (_, source), (_, requested)] =
            scopes::columns_of(unchanged_scopes.as_ref().unwrap_or(&KnownScopes::default()));
        let also: [Value; 7] = [
            (*kind).into(),
            actor.kind().into(),
            actor.client_id().map(ClientId::as_str).into(),
            (*commit_id).into(),
            scopes.into(),
            source.into(),
            requested.into(),
        ];
        ValueTuple::Many(self.values().into_iter().chain(also).collect())
    }
}
