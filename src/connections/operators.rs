//! What an operator does with single connections on the command line. It uses the same code as a
//! service that may act for any user.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{FailureCode, Provider, Scopes, ScopesSource};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{
    Connections, Demand, Disconnected, EndRules, Error, Status, Subject,
    ends::refresh_token_expires_at, grant::binding, status::retry_at, status::status,
};
use crate::{
    store::{ConnectionFacts, ConnectionRecord},
    vault::{Field, Vault},
};

/// A connection as an operator sees it: everything but its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    pub status: Status,
    pub refreshable: bool,
    pub connected_at: DateTime<Utc>,
    pub refreshed_at: Option<DateTime<Utc>>,
    pub used_at: Option<DateTime<Utc>>,
    pub access_token_expires_at: Option<DateTime<Utc>>,
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    /// A forecast.
    pub reconnect_by: Option<DateTime<Utc>>,
    pub refresh_due_at: Option<DateTime<Utc>>,
    pub failures: i32,
    pub failing_since: Option<DateTime<Utc>>,
    pub last_failure: Option<FailureCode>,
    pub retry_at: Option<DateTime<Utc>>,
    /// The provider's id of the account. Known only if it had to be looked up.
    pub account: Option<String>,
    /// `None`: they are unknown.
    pub scopes: Option<(Scopes, ScopesSource)>,
}

impl Facts {
    pub fn of(facts: &ConnectionFacts, vault: &Vault, ends: &EndRules) -> Self {
        let record = &facts.record;
        let account = facts.account.as_ref().and_then(|sealed| {
            let opened = vault.open(binding(record), Field::Account, sealed).ok()?;
            Some(opened.expose_secret().to_owned())
        });
        let status = status(record);
        let fails = status != Status::Active;
        Self {
            id: record.id,
            user_id: record.user_id,
            provider: record.provider,
            status,
            refreshable: record.refreshable,
            connected_at: record.connected_at,
            refreshed_at: record.refreshed_at,
            used_at: facts.used_at,
            access_token_expires_at: record.access_token_expires_at,
            refresh_token_expires_at: refresh_token_expires_at(record),
            reconnect_by: ends.forecast(record).map(|end| end.at),
            refresh_due_at: record.refresh_due_at,
            failures: record.failure_count,
            failing_since: record.first_failed_at.filter(|_| fails),
            last_failure: record.last_failure.filter(|_| fails),
            retry_at: retry_at(record).filter(|_| fails),
            account,
            scopes: record.scopes.scopes().map(|(scopes, source)| (scopes.into_owned(), source)),
        }
    }
}

impl Connections {
    /// Refreshes now, like `refreshProviderToken` called by a service.
    pub async fn refresh_as_operator(
        &self,
        user_id: Uuid,
        provider: Provider,
    ) -> Result<Arc<ConnectionRecord>, Error> {
        self.refresh(&Subject::service(user_id), provider, Demand::Fresh).await
    }

    /// Disconnects, like `disconnectProvider` called by a service.
    pub async fn disconnect_as_operator(
        &self,
        user_id: Uuid,
        provider: Provider,
    ) -> Result<Disconnected, Error> {
        self.disconnect(&Subject::service(user_id), provider).await
    }
}
