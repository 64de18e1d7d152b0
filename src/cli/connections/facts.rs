//! A connection as these commands print it.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, ValueEnum};
use domain::{Provider, ScopesSource, State};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    connections::{Facts, Status},
    store::FactsFilter,
};

/// Which connections.
#[derive(Args)]
pub struct FilterArgs {
    /// Only connections to this provider, such as google
    #[arg(long, value_name = "ID", value_parser = provider)]
    provider: Option<Provider>,
    /// Only connections of this user, by the user's ID in Nhost Auth
    #[arg(long, value_name = "UUID")]
    user: Option<Uuid>,
    /// Only connections with this status
    #[arg(long, value_enum, ignore_case = true)]
    status: Option<StatusArg>,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum StatusArg {
    Active,
    RefreshFailing,
    ReauthenticationRequired,
}

impl FilterArgs {
    pub fn filter(&self) -> FactsFilter {
        let state = self.status.map(|status| match status {
            StatusArg::Active => State::Active,
            StatusArg::RefreshFailing => State::RefreshFailing,
            StatusArg::ReauthenticationRequired => State::ReauthenticationRequired,
        });
        FactsFilter { provider: self.provider, user_id: self.user, state }
    }
}

/// Reads a provider's id.
pub fn provider(id: &str) -> Result<Provider, String> {
    id.parse().map_err(|_| {
        let ids: Vec<_> = Provider::ALL.iter().map(|provider| provider.as_str()).collect();
        format!("not one of {}", ids.join(", "))
    })
}

/// What is printed of a connection as JSON. Fields are added to it, and none is taken away.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FactsJson {
    id: Uuid,
    user_id: Uuid,
    provider: &'static str,
    status: &'static str,
    refreshable: bool,
    connected_at: DateTime<Utc>,
    refreshed_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
    access_token_expires_at: Option<DateTime<Utc>>,
    refresh_token_expires_at: Option<DateTime<Utc>>,
    /// A forecast, see docs/providers.md.
    reconnect_by: Option<DateTime<Utc>>,
    refresh_due_at: Option<DateTime<Utc>>,
    account: Option<String>,
    scopes: Option<Vec<String>>,
    scopes_source: Option<&'static str>,
    last_failure: Option<FailureJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailureJson {
    code: &'static str,
    failures: i32,
    since: Option<DateTime<Utc>>,
    retry_at: Option<DateTime<Utc>>,
}

impl From<Facts> for FactsJson {
    fn from(facts: Facts) -> Self {
        Self {
            id: facts.id,
            user_id: facts.user_id,
            provider: facts.provider.as_str(),
            status: word(facts.status),
            refreshable: facts.refreshable,
            connected_at: facts.connected_at,
            refreshed_at: facts.refreshed_at,
            used_at: facts.used_at,
            access_token_expires_at: facts.access_token_expires_at,
            refresh_token_expires_at: facts.refresh_token_expires_at,
            reconnect_by: facts.reconnect_by,
            refresh_due_at: facts.refresh_due_at,
            account: facts.account,
            scopes: facts.scopes.as_ref().map(|(all, _)| all.iter().map(str::to_owned).collect()),
            scopes_source: facts.scopes.as_ref().map(|(_, source)| source_word(*source)),
            last_failure: facts.last_failure.map(|code| FailureJson {
                code: code.as_str(),
                failures: facts.failures,
                since: facts.failing_since,
                retry_at: facts.retry_at,
            }),
        }
    }
}

/// The head of the lines of [`line`].
pub fn head() -> String {
    let [id, user, provider] = ["ID", "USER", "PROVIDER"];
    format!("{id:<36}  {user:<36}  {provider:<11}  {:<25}  EXPIRES", "STATUS")
}

/// A connection as a line of a table.
pub fn line(facts: &Facts) -> String {
    let Facts { id, user_id, provider, .. } = facts;
    let expires = facts.access_token_expires_at.map_or("unknown".to_owned(), time);
    let (id, user_id) = (id.to_string(), user_id.to_string());
    let provider = provider.as_str();
    format!("{id:<36}  {user_id:<36}  {provider:<11}  {:<25}  {expires}", word(facts.status))
}

/// The API's word for a status.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Active => "ACTIVE",
        Status::RefreshFailing => "REFRESH_FAILING",
        Status::ReauthenticationRequired => "REAUTHENTICATION_REQUIRED",
    }
}

/// The API's word for how scopes are known.
pub fn source_word(source: ScopesSource) -> &'static str {
    match source {
        ScopesSource::Answer => "ANSWER",
        ScopesSource::Provider => "PROVIDER",
        ScopesSource::Requested => "REQUESTED",
    }
}

/// A time, to the second.
pub fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
