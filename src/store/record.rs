use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ConnectionKey, FailureCode, History, KnownScopes, LookUpEnd, Provider, Sealed, State,
};
use entity::provider_connection::Model;
use sea_orm::{DbErr, FromQueryResult, QueryResult};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Columns, scopes};

/// A connection as read: tokens are still sealed, and columns that were not requested are empty.
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
    /// The same time by the clock of this process.
    pub read: Instant,
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
            read: Instant::now(),
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

/// A row of all columns.
impl FromQueryResult for ConnectionRecord {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Columns::ALL.read(row, prefix)
    }
}
