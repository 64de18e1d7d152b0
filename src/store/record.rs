use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ConnectionKey, FailureCode, History, KnownScopes, LookUpEnd, Provider, Sealed, State,
};
use entity::provider_connection::{Column, Entity, Model};
use sea_orm::{
    DbBackend, DbErr, EntityTrait, FromQueryResult, QueryResult, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Keyword, SimpleExpr},
};
use uuid::Uuid;

use super::{Now, scopes};

/// Which of the expensive columns are read: a sealed token that nobody selected never leaves the
/// database.
#[expect(clippy::struct_excessive_bools, reason = "a set of columns, one flag each")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Columns {
    pub access_token: bool,
    pub refresh_token: bool,
    /// `access_token_expires_at`, whether there is a refresh token, and what is known about its
    /// end.
    pub lifetime: bool,
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
        lifetime: true,
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
            lifetime: self.lifetime || other.lifetime,
            refreshed_at: self.refreshed_at || other.refreshed_at,
            failure: self.failure || other.failure,
            account: self.account || other.account,
            scopes: self.scopes || other.scopes,
        }
    }

    /// `SELECT` of these columns, with `NULL` in place of the others, and the store's current time.
    pub(super) fn select(self, now: &Now, backend: DbBackend) -> Select<Entity> {
        let mut select = Entity::find().select_only();
        for (expression, name) in self.expressions(now, backend) {
            select = select.expr_as(expression, name);
        }
        select
    }

    /// The expression and name of each field of a [`ConnectionRecord`].
    pub(super) fn expressions(
        self,
        now: &Now,
        backend: DbBackend,
    ) -> Vec<(SimpleExpr, &'static str)> {
        let column = |column: Column| Expr::col(column);
        let only = |wanted: bool, column: Column| {
            if wanted { Expr::col(column) } else { Expr::Keyword(Keyword::Null) }
        };
        vec![
            (column(Column::Id), "id"),
            (column(Column::UserId), "user_id"),
            (column(Column::Provider), "provider"),
            (column(Column::State), "state"),
            (column(Column::Generation), "generation"),
            (column(Column::ConnectedAt), "connected_at"),
            (now.expression(backend), "now"),
            (only(self.access_token, Column::AccessToken), "access_token"),
            (only(self.refresh_token, Column::RefreshToken), "refresh_token"),
            (only(self.lifetime, Column::AccessTokenExpiresAt), "access_token_expires_at"),
            (Expr::col(Column::RefreshToken).is_not_null(), "refreshable"),
            (only(self.lifetime, Column::RefreshTokenExpiresAt), "refresh_token_expires_at"),
            (only(self.lifetime, Column::RefreshTokenEndKnownAt), "refresh_token_end_known_at"),
            (only(self.lifetime, Column::RefreshTokenGrantedAt), "refresh_token_granted_at"),
            (only(self.refresh_token, Column::RefreshTokenUnproven), "refresh_token_unproven"),
            (only(self.refresh_token, Column::Account), "account"),
            (only(self.refreshed_at, Column::RefreshedAt), "refreshed_at"),
            (only(self.failure, Column::FailureCount), "failure_count"),
            (only(self.failure, Column::FirstFailedAt), "first_failed_at"),
            (only(self.failure, Column::LastFailedAt), "last_failed_at"),
            (only(self.failure, Column::LastFailure), "last_failure"),
            (only(self.failure, Column::RefusalCount), "refusal_count"),
            (only(self.failure, Column::FirstRefusedAt), "first_refused_at"),
            (only(self.failure, Column::RefreshDueAt), "refresh_due_at"),
            (only(self.account, Column::Profile), "profile"),
            (only(self.account, Column::ProfileConnectedAt), "profile_connected_at"),
            (only(self.account, Column::AccountDigest), "account_digest"),
            (only(self.account, Column::LookUpEnd), "look_up_end"),
            (only(self.scopes, Column::Scopes), "scopes"),
            (only(self.scopes, Column::ScopesSource), "scopes_source"),
            (only(self.scopes, Column::ScopesRequested), "scopes_requested"),
            (only(self.refresh_token, Column::LeaseOwner), "lease_owner"),
            (only(self.refresh_token, Column::LeaseUntil), "lease_until"),
        ]
    }
}

/// A connection as read: tokens are still sealed, and columns that were not requested are `None`.
#[derive(Clone, Debug)]
pub struct ConnectionRecord {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    pub state: State,
    pub generation: i64,
    pub connected_at: DateTime<Utc>,
    /// The time when this was read, by the clock that all replicas share.
    pub now: DateTime<Utc>,
    pub access_token: Option<Sealed>,
    pub refresh_token: Option<Sealed>,
    pub access_token_expires_at: Option<DateTime<Utc>>,
    pub refreshable: bool,
    /// `None`: the provider doesn't say, or there is no refresh token.
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    /// Since when that end is known. `None`: since the sign-in.
    pub refresh_token_end_known_at: Option<DateTime<Utc>>,
    /// The sign-in that returned the refresh token, if it is not the last one.
    pub refresh_token_granted_at: Option<DateTime<Utc>>,
    /// The refresh token comes from an earlier sign-in than the access token.
    pub refresh_token_unproven: bool,
    /// The account of the access token at the provider, if it was looked up.
    pub account: Option<Sealed>,
    /// The account that the provider returned, for the sign-in at `profile_connected_at`.
    pub profile: Option<Sealed>,
    pub profile_connected_at: Option<DateTime<Utc>>,
    pub account_digest: Option<Vec<u8>>,
    pub look_up_end: Option<LookUpEnd>,
    pub refreshed_at: Option<DateTime<Utc>>,
    pub failure_count: i32,
    pub first_failed_at: Option<DateTime<Utc>>,
    pub last_failed_at: Option<DateTime<Utc>>,
    pub last_failure: Option<FailureCode>,
    pub refusal_count: i32,
    pub first_refused_at: Option<DateTime<Utc>>,
    pub refresh_due_at: Option<DateTime<Utc>>,
    /// Empty if the column `scopes` was not read.
    pub scopes: KnownScopes,
    /// Its lease has expired without having been released.
    pub abandoned: bool,
    /// How long another holder may still use its lease.
    pub leased_for: Option<TimeDelta>,
}

impl ConnectionRecord {
    pub fn key(&self) -> ConnectionKey {
        ConnectionKey { user_id: self.user_id, provider: self.provider }
    }

    /// What the rules need to know about it. It was read with the columns `failure` and
    /// `refreshed_at`.
    pub fn history(&self) -> History {
        // An older server that still runs alongside this one resets only what it knows.
        let fails = self.last_failed_at.is_some();
        History {
            connection_id: self.id,
            state: self.state,
            connected_at: self.connected_at,
            refreshed_at: self.refreshed_at,
            failures: self.failure_count,
            first_failed_at: self.first_failed_at,
            last_failed_at: self.last_failed_at,
            refusals: if fails { self.refusal_count } else { 0 },
            first_refused_at: self.first_refused_at.filter(|_| fails),
        }
    }

    /// A whole row, as it was at `now`.
    pub(super) fn of_row(row: Model, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            provider: row.provider,
            state: row.state,
            generation: row.generation,
            connected_at: row.connected_at,
            now,
            refreshable: row.refresh_token.is_some(),
            refresh_token_expires_at: row.refresh_token_expires_at,
            refresh_token_end_known_at: row.refresh_token_end_known_at,
            refresh_token_granted_at: row.refresh_token_granted_at,
            refresh_token_unproven: row.refresh_token_unproven,
            account: row.account.map(Sealed::from_bytes),
            profile: row.profile.map(Sealed::from_bytes),
            profile_connected_at: row.profile_connected_at,
            account_digest: row.account_digest,
            look_up_end: row.look_up_end.as_deref().and_then(|end| end.parse().ok()),
            access_token: row.access_token.map(Sealed::from_bytes),
            refresh_token: row.refresh_token.map(Sealed::from_bytes),
            access_token_expires_at: row.access_token_expires_at,
            refreshed_at: row.refreshed_at,
            failure_count: row.failure_count,
            first_failed_at: row.first_failed_at,
            last_failed_at: row.last_failed_at,
            last_failure: row.last_failure.as_deref().map(FailureCode::of_stored),
            refusal_count: row.refusal_count,
            first_refused_at: row.first_refused_at,
            refresh_due_at: row.refresh_due_at,
            scopes: scopes::known(
                row.scopes.as_deref(),
                row.scopes_source.as_deref(),
                row.scopes_requested.as_deref(),
            ),
            abandoned: row.lease_until.is_some_and(|until| until <= now),
            leased_for: None,
        }
    }
}

impl FromQueryResult for ConnectionRecord {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let sealed = |name: &str| -> Result<Option<Sealed>, DbErr> {
            Ok(row.try_get::<Option<Vec<u8>>>(prefix, name)?.map(Sealed::from_bytes))
        };
        let text = |name: &str| row.try_get::<Option<String>>(prefix, name);
        let now: DateTime<Utc> = row.try_get(prefix, "now")?;
        let lease_owner: Option<Uuid> = row.try_get(prefix, "lease_owner")?;
        let lease_until: Option<DateTime<Utc>> = row.try_get(prefix, "lease_until")?;
        Ok(Self {
            id: row.try_get(prefix, "id")?,
            user_id: row.try_get(prefix, "user_id")?,
            provider: row.try_get(prefix, "provider")?,
            state: row.try_get(prefix, "state")?,
            generation: row.try_get(prefix, "generation")?,
            connected_at: row.try_get(prefix, "connected_at")?,
            now,
            access_token: sealed("access_token")?,
            refresh_token: sealed("refresh_token")?,
            access_token_expires_at: row.try_get(prefix, "access_token_expires_at")?,
            refreshable: row.try_get(prefix, "refreshable")?,
            refresh_token_expires_at: row.try_get(prefix, "refresh_token_expires_at")?,
            refresh_token_end_known_at: row.try_get(prefix, "refresh_token_end_known_at")?,
            refresh_token_granted_at: row.try_get(prefix, "refresh_token_granted_at")?,
            refresh_token_unproven: row
                .try_get::<Option<bool>>(prefix, "refresh_token_unproven")?
                .unwrap_or_default(),
            account: sealed("account")?,
            profile: sealed("profile")?,
            profile_connected_at: row.try_get(prefix, "profile_connected_at")?,
            account_digest: row.try_get(prefix, "account_digest")?,
            look_up_end: row
                .try_get::<Option<String>>(prefix, "look_up_end")?
                .and_then(|end| end.parse().ok()),
            refreshed_at: row.try_get(prefix, "refreshed_at")?,
            failure_count: row.try_get::<Option<i32>>(prefix, "failure_count")?.unwrap_or_default(),
            first_failed_at: row.try_get(prefix, "first_failed_at")?,
            last_failed_at: row.try_get(prefix, "last_failed_at")?,
            last_failure: row
                .try_get::<Option<String>>(prefix, "last_failure")?
                .as_deref()
                .map(FailureCode::of_stored),
            refusal_count: row.try_get::<Option<i32>>(prefix, "refusal_count")?.unwrap_or_default(),
            first_refused_at: row.try_get(prefix, "first_refused_at")?,
            refresh_due_at: row.try_get(prefix, "refresh_due_at")?,
            scopes: scopes::known(
                text("scopes")?.as_deref(),
                text("scopes_source")?.as_deref(),
                text("scopes_requested")?.as_deref(),
            ),
            abandoned: lease_owner.is_some() && lease_until.is_some_and(|until| until <= now),
            leased_for: lease_owner
                .and(lease_until)
                .map(|until| until - now)
                .filter(|left| *left > TimeDelta::zero()),
        })
    }
}
