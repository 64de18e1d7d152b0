//! What the database stores about the ends of connections: what a commit records, which are checked
//! next, and what was observed about OAuth apps in testing. `domain::forecast` decides when a
//! connection ends.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, Grant, Kind, Provider, State};
use entity::{
    provider_connection::{Column, Entity},
    testing,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Order, QueryFilter,
    QueryResult, UpdateMany,
    sea_query::{CaseStatement, Expr, ExprTrait, OnConflict, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::{
    Columns, ConnectionRecord, Store, StoreError,
    claims::UNREADABLE_AGAIN,
    due::{last_granted, later},
    events::Happening,
};

/// The data of a connection that the forecast needs.
const OF_ENDS: Columns = Columns {
    access_token: false,
    refresh_token: false,
    expiry: true,
    refresh_token_end: true,
    refreshed_at: true,
    failure: false,
    account: false,
    scopes: false,
};

/// A connection whose end is due for a check.
#[derive(Clone, Debug)]
pub struct EndFacts {
    pub record: ConnectionRecord,
    /// When its user was notified that it ends soon.
    pub expires_soon_at: Option<DateTime<Utc>>,
}

/// What is written about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When to check again.
    pub again_at: DateTime<Utc>,
    pub then: AfterLook,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterLook {
    /// Nothing new.
    Nothing,
    /// It ends soon; the user is notified, with the reason.
    Tell { evidence: String },
    /// It no longer ends soon, although its user was notified.
    EndsLater,
}

/// How many connections were checked, and for how many the user was notified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    pub rows: u64,
    pub told: u64,
}

/// The time of the next check in a row.
pub(super) fn at_once() -> SimpleExpr {
    Expr::value(DateTime::UNIX_EPOCH)
}

/// How a sign-in changes the end of its connection.
pub(super) fn after_sign_in(
    update: UpdateMany<Entity>,
    grant: &Grant,
    now: &SimpleExpr,
) -> UpdateMany<Entity> {
    let nothing = || Expr::value(None::<DateTime<Utc>>);
    // A sign-in without a refresh token keeps the existing one, which is as old as before.
    let granted_at = if grant.refresh_token.is_some() {
        nothing()
    } else {
        CaseStatement::new()
            .case(Expr::col(Column::RefreshToken).is_not_null(), last_granted())
            .finally(nothing())
            .into()
    };
    let known = match grant.refresh_token_expires_at {
        Some(at) => Some((Expr::value(at), now.clone())),
        None => grant.refresh_token.is_some().then(|| (nothing(), nothing())),
    };
    // A response without a refresh token and without its expiry leaves the known end unchanged.
    let update = match known {
        None => update,
        Some((expires_at, known_at)) => update
            .col_expr(Column::RefreshTokenExpiresAt, expires_at)
            .col_expr(Column::RefreshTokenEndKnownAt, known_at),
    };
    update
        .col_expr(Column::RefreshTokenGrantedAt, granted_at)
        .col_expr(Column::ExpiresSoonAt, nothing())
        .col_expr(Column::EndLookAt, at_once())
}

/// How a refresh changes the end of its connection. `refresh_token` and `expires_at`: what the
/// response has, or SQL's `NULL`.
pub(super) fn after_refresh(
    refresh_token: &SimpleExpr,
    expires_at: &SimpleExpr,
    now: &SimpleExpr,
) -> [(Column, SimpleExpr); 3] {
    let row = |column| Expr::col((Entity, column));
    let known = || row(Column::RefreshTokenExpiresAt);
    let known_at = || row(Column::RefreshTokenEndKnownAt);
    let look_at = || row(Column::EndLookAt);
    // A response without a refresh token and without its expiry leaves the known end unchanged.
    let keeps_end = || refresh_token.clone().is_null().and(expires_at.clone().is_null());
    let known_since = CaseStatement::new()
        .case(keeps_end(), known_at())
        .case(expires_at.clone().is_null(), Expr::value(None::<DateTime<Utc>>))
        .case(known().eq(expires_at.clone()), known_at())
        .finally(now.clone());
    // An end that comes closer is checked again.
    let nearer = known().is_null().or(known().gt(expires_at.clone()));
    let again = CaseStatement::new()
        .case(expires_at.clone().is_not_null().and(nearer), at_once())
        .finally(look_at());
    [
        (
            Column::RefreshTokenExpiresAt,
            CaseStatement::new().case(keeps_end(), known()).finally(expires_at.clone()).into(),
        ),
        (Column::RefreshTokenEndKnownAt, known_since.into()),
        (Column::EndLookAt, again.into()),
    ]
}

impl Store {
    /// Checks up to `batch` due connections, and writes the result of `decide` for each, with the
    /// event if there is one: all of it or, if this process dies, nothing. Other replicas check
    /// other connections in the meantime.
    pub async fn look_at_ends(
        &self,
        batch: u64,
        decide: impl Fn(&EndFacts) -> Look + Send,
    ) -> Result<Looked, StoreError> {
        // Usually none is due, and then nothing should be locked.
        if self.db.query_one(&self.turns(1)).await?.is_none() {
            return Ok(Looked::default());
        }
        let backend = self.db.get_database_backend();
        let transaction = self.db.begin_to_write().await?;
        let rows = transaction.query_all(&self.to_look_at(batch)).await?;
        if rows.is_empty() {
            return Ok(Looked::default());
        }
        // A row that can't be read is postponed, so that it holds up nobody else.
        let later = self.now.plus(backend, UNREADABLE_AGAIN);
        let (mut all, mut looked, mut again_at) = (Vec::new(), Vec::new(), CaseStatement::new());
        for row in &rows {
            let id: Uuid = row.try_get("", "id")?;
            all.push(id);
            match EndFacts::from_query_result(row, "") {
                Ok(facts) => {
                    let look = decide(&facts);
                    again_at = again_at.case(Expr::col(Column::Id).eq(id), look.again_at);
                    looked.push((facts, look));
                }
                Err(error) => {
                    again_at = again_at.case(Expr::col(Column::Id).eq(id), later.clone());
                    let cause = StoreError::from(error).causes();
                    tracing::warn!(connection = %id, cause, "a connection can't be read, so its \
                                                             expiry can't be forecast: check its \
                                                             row");
                }
            }
        }
        let ids = |which: fn(&AfterLook) -> bool| {
            let those = looked.iter().filter(move |(_, look)| which(&look.then));
            those.map(|(facts, _)| facts.record.id).collect::<Vec<_>>()
        };
        Entity::update_many()
            .col_expr(Column::EndLookAt, again_at.finally(Expr::col(Column::EndLookAt)).into())
            .filter(Column::Id.is_in(all))
            .exec(&transaction)
            .await?;
        let now = self.now.expression(backend);
        for (ids, at) in [
            (ids(|then| matches!(then, AfterLook::Tell { .. })), now),
            (ids(|then| *then == AfterLook::EndsLater), Expr::value(None::<DateTime<Utc>>)),
        ] {
            if !ids.is_empty() {
                Entity::update_many()
                    .col_expr(Column::ExpiresSoonAt, at)
                    .filter(Column::Id.is_in(ids))
                    .exec(&transaction)
                    .await?;
            }
        }
        let mut told = 0;
        for (EndFacts { record, .. }, look) in &looked {
            if let AfterLook::Tell { evidence } = &look.then {
                let happening = Happening {
                    evidence: Some(evidence),
                    ..Happening::new(Kind::ExpiresSoon, &Actor::Worker)
                };
                self.append_event(&transaction, record.id, record.key(), &happening).await?;
                told += 1;
            }
        }
        fail::fail_point!("expires_soon.written");
        transaction.commit().await?;
        if told > 0 {
            self.tell_of_events();
        }
        Ok(Looked { rows: rows.len() as u64, told })
    }

    /// The due connections, longest overdue first. They are locked; those that another replica is
    /// checking are left out.
    fn to_look_at(&self, batch: u64) -> SelectStatement {
        let backend = self.db.get_database_backend();
        let mut select = self.turns(batch);
        OF_ENDS.add_to(&mut select, &self.now, backend);
        self.skip_locked(&mut select);
        select
    }

    fn turns(&self, limit: u64) -> SelectStatement {
        let now = self.now.expression(self.db.get_database_backend());
        Query::select()
            .column(Column::ExpiresSoonAt)
            .from(Entity)
            .and_where(Expr::col(Column::EndLookAt).lte(now))
            .order_by(Column::EndLookAt, Order::Asc)
            .limit(limit)
            .to_owned()
    }

    /// For each provider, how many connections ended the way those of an OAuth app in testing do.
    pub async fn ends_in_testing(&self) -> Result<Vec<(Provider, i32)>, StoreError> {
        let rows = testing::Entity::find().all(&self.db).await?;
        Ok(rows.into_iter().map(|row| (row.provider, row.ends)).collect())
    }

    /// Records another one, unless the last one was the same connection.
    pub async fn note_end_in_testing(
        &self,
        provider: Provider,
        connection_id: Uuid,
    ) -> Result<(), StoreError> {
        use testing::{Column, Entity};
        let before = |column: Column| Expr::col((Entity, column));
        let insert = Query::insert()
            .into_table(Entity)
            .columns([Column::Provider, Column::Ends, Column::LastConnectionId])
            .values_panic([provider.into(), 1.into(), connection_id.into()])
            .on_conflict(
                OnConflict::column(Column::Provider)
                    .value(Column::Ends, before(Column::Ends).add(1))
                    .value(Column::LastConnectionId, Expr::value(connection_id))
                    .action_and_where(before(Column::LastConnectionId).ne(connection_id))
                    .to_owned(),
            )
            .to_owned();
        self.db.execute(&insert).await?;
        Ok(())
    }

    /// Whether a connection of the provider works whose refresh token was refreshed this long after
    /// its sign-in. Reads the table until it finds one.
    pub async fn has_outlived(
        &self,
        provider: Provider,
        life: TimeDelta,
    ) -> Result<bool, StoreError> {
        let backend = self.db.get_database_backend();
        let outlived = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Column::Provider.eq(provider))
            .and_where(Column::RefreshToken.is_not_null())
            .and_where(Column::State.eq(State::Active))
            .and_where(Expr::col(Column::RefreshedAt).gte(later(backend, last_granted(), life)))
            .limit(1)
            .to_owned();
        Ok(!self.db.query_all(&outlived).await?.is_empty())
    }

    /// Deletes the records of a provider whose OAuth app is not, or no longer, in testing.
    pub async fn forget_ends_in_testing(&self, provider: Provider) -> Result<(), StoreError> {
        testing::Entity::delete_by_id(provider).exec(&self.db).await?;
        Ok(())
    }
}

impl FromQueryResult for EndFacts {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            record: OF_ENDS.read(row, prefix)?,
            expires_soon_at: row.try_get(prefix, "expires_soon_at")?,
        })
    }
}
