//! What a statement reads of a connection.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{FailureCode, Sealed};
use entity::provider_connection::{Column, Entity};
use sea_orm::{
    DbBackend, DbErr, EntityTrait, IdenStatic, QueryResult, QuerySelect, Select, TryGetable,
    sea_query::{Expr, ExprTrait, SelectStatement},
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{ConnectionRecord, Now, scopes};

/// Which of the expensive columns are read: a sealed token that nobody selected never leaves the
/// database.
#[expect(clippy::struct_excessive_bools, reason = "a set of columns, one flag each")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Columns {
    pub access_token: bool,
    /// What a refresh needs: the sealed token, whether it is proven, its account, the lease.
    pub refresh_token: bool,
    /// `access_token_expires_at`.
    pub expiry: bool,
    /// What is known about the refresh token's end.
    pub refresh_token_end: bool,
    pub refreshed_at: bool,
    /// The last failure, and when to try again.
    pub failure: bool,
    /// The account that the provider returned, or why there is none.
    pub account: bool,
    pub scopes: bool,
}

impl Columns {
    pub const ALL: Self = Self {
        access_token: true,
        refresh_token: true,
        expiry: true,
        refresh_token_end: true,
        refreshed_at: true,
        failure: true,
        account: true,
        scopes: true,
    };

    /// The columns that either needs.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            access_token: self.access_token || other.access_token,
            refresh_token: self.refresh_token || other.refresh_token,
            expiry: self.expiry || other.expiry,
            refresh_token_end: self.refresh_token_end || other.refresh_token_end,
            refreshed_at: self.refreshed_at || other.refreshed_at,
            failure: self.failure || other.failure,
            account: self.account || other.account,
            scopes: self.scopes || other.scopes,
        }
    }

    /// `SELECT` of these columns and the store's current time.
    pub(super) fn select(self, now: &Now, backend: DbBackend) -> Select<Entity> {
        let mut select = Entity::find().select_only();
        self.add_to(QuerySelect::query(&mut select), now, backend);
        select
    }

    /// Adds what [`Columns::read`] reads.
    pub(super) fn add_to(self, select: &mut SelectStatement, now: &Now, backend: DbBackend) {
        let groups: [(bool, &[Column]); 9] = [
            (true, &ALWAYS),
            (self.access_token, &[Column::AccessToken]),
            (self.refresh_token, &OF_REFRESH_TOKEN),
            (self.expiry, &[Column::AccessTokenExpiresAt]),
            (self.refresh_token_end, &OF_REFRESH_TOKEN_END),
            (self.refreshed_at, &[Column::RefreshedAt]),
            (self.failure, &OF_FAILURE),
            (self.account, &OF_ACCOUNT),
            (self.scopes, &OF_SCOPES),
        ];
        let columns = groups.into_iter().filter(|(wanted, _)| *wanted).flat_map(|(_, of)| of);
        let columns = columns.map(|column| (Expr::col(*column), column.as_str()));
        let others = [
            (now.expression(backend), "now"),
            (Expr::col(Column::RefreshToken).is_not_null(), "refreshable"),
        ];
        for (expression, name) in others.into_iter().chain(columns) {
            select.expr_as(expression, name);
        }
    }

    /// A row of these columns.
    pub(super) fn read(self, row: &QueryResult, prefix: &str) -> Result<ConnectionRecord, DbErr> {
        let row = Row { row, prefix };
        let sealed = |wanted, column| -> Result<Option<Sealed>, DbErr> {
            Ok(row.only(wanted, column)?.map(Sealed::from_bytes))
        };
        let text = |wanted, column| row.only::<String>(wanted, column);
        let Self {
            access_token,
            refresh_token,
            expiry,
            refresh_token_end,
            refreshed_at,
            failure,
            account,
            scopes,
        } = self;
        let now: DateTime<Utc> = row.row.try_get(prefix, "now")?;
        let lease_owner: Option<Uuid> = row.only(refresh_token, Column::LeaseOwner)?;
        let lease_until: Option<DateTime<Utc>> = row.only(refresh_token, Column::LeaseUntil)?;
        Ok(ConnectionRecord {
            id: row.get(Column::Id)?,
            user_id: row.get(Column::UserId)?,
            provider: row.get(Column::Provider)?,
            state: row.get(Column::State)?,
            generation: row.get(Column::Generation)?,
            connected_at: row.get(Column::ConnectedAt)?,
            now,
            read: Instant::now(),
            access_token: sealed(access_token, Column::AccessToken)?,
            refresh_token: sealed(refresh_token, Column::RefreshToken)?,
            access_token_expires_at: row.only(expiry, Column::AccessTokenExpiresAt)?,
            refreshable: row.row.try_get(prefix, "refreshable")?,
            refresh_token_expires_at: row.only(refresh_token_end, Column::RefreshTokenExpiresAt)?,
            refresh_token_end_known_at: row
                .only(refresh_token_end, Column::RefreshTokenEndKnownAt)?,
            refresh_token_granted_at: row.only(refresh_token_end, Column::RefreshTokenGrantedAt)?,
            refresh_token_unproven: row
                .only(refresh_token, Column::RefreshTokenUnproven)?
                .unwrap_or_default(),
            account: sealed(refresh_token, Column::Account)?,
            profile: sealed(account, Column::Profile)?,
            profile_connected_at: row.only(account, Column::ProfileConnectedAt)?,
            account_digest: row.only(account, Column::AccountDigest)?,
            look_up_end: text(account, Column::LookUpEnd)?.and_then(|end| end.parse().ok()),
            refreshed_at: row.only(refreshed_at, Column::RefreshedAt)?,
            failure_count: row.only(failure, Column::FailureCount)?.unwrap_or_default(),
            first_failed_at: row.only(failure, Column::FirstFailedAt)?,
            last_failed_at: row.only(failure, Column::LastFailedAt)?,
            last_failure: text(failure, Column::LastFailure)?
                .as_deref()
                .map(FailureCode::of_stored),
            refusal_count: row.only(failure, Column::RefusalCount)?.unwrap_or_default(),
            first_refused_at: row.only(failure, Column::FirstRefusedAt)?,
            refresh_due_at: row.only(failure, Column::RefreshDueAt)?,
            scopes: scopes::known(
                text(scopes, Column::Scopes)?.as_deref(),
                text(scopes, Column::ScopesSource)?.as_deref(),
                text(scopes, Column::ScopesRequested)?.as_deref(),
            ),
            abandoned: lease_owner.is_some() && lease_until.is_some_and(|until| until <= now),
            leased_for: lease_owner
                .and(lease_until)
                .map(|until| until - now)
                .filter(|left| *left > TimeDelta::zero()),
        })
    }
}

const ALWAYS: [Column; 6] = [
    Column::Id,
    Column::UserId,
    Column::Provider,
    Column::State,
    Column::Generation,
    Column::ConnectedAt,
];
const OF_REFRESH_TOKEN: [Column; 5] = [
    Column::RefreshToken,
    Column::RefreshTokenUnproven,
    Column::Account,
    Column::LeaseOwner,
    Column::LeaseUntil,
];
const OF_REFRESH_TOKEN_END: [Column; 3] =
    [Column::RefreshTokenExpiresAt, Column::RefreshTokenEndKnownAt, Column::RefreshTokenGrantedAt];
const OF_FAILURE: [Column; 7] = [
    Column::FailureCount,
    Column::FirstFailedAt,
    Column::LastFailedAt,
    Column::LastFailure,
    Column::RefusalCount,
    Column::FirstRefusedAt,
    Column::RefreshDueAt,
];
const OF_ACCOUNT: [Column; 4] =
    [Column::Profile, Column::ProfileConnectedAt, Column::AccountDigest, Column::LookUpEnd];
const OF_SCOPES: [Column; 3] = [Column::Scopes, Column::ScopesSource, Column::ScopesRequested];

/// A row that may lack columns.
struct Row<'a> {
    row: &'a QueryResult,
    prefix: &'a str,
}

impl Row<'_> {
    fn get<T: TryGetable>(&self, column: Column) -> Result<T, DbErr> {
        self.row.try_get(self.prefix, column.as_str())
    }

    /// `None` if the column was not wanted, or is empty.
    fn only<T: TryGetable>(&self, wanted: bool, column: Column) -> Result<Option<T>, DbErr> {
        if wanted { self.get(column) } else { Ok(None) }
    }
}
