//! What the database and this machine know.

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use domain::{Disbelief, State};

use super::report::{
    ConnectionsJson, DatabaseJson, DeletedUsersJson, EventsJson, KeyJson, LeasesJson, OutboxJson,
    RefreshesJson, Report, RevocationsJson, SpoolJson, UpstreamJson, WebhooksJson,
};
use crate::{
    app::StartError,
    cli::CommandError,
    config::Config,
    store::{MigrationState, OutboxStatus, ServerFacts, StatusOfConnections, Store, StoreError},
    vault::key_id_in_front,
};

impl Report {
    /// Asks for everything, with the keys or without.
    pub async fn of(config: &Config, store: &Store, with_keys: bool) -> Result<Self, CommandError> {
        let kind = config.database.url.kind();
        let state = store.migration_state().await;
        let state = match state.map_err(|error| StartError::of_first_statements(kind, &error))? {
            MigrationState::Current => "current",
            // Migrations add: what is asked here is still there.
            MigrationState::Newer(_) => "newer",
            MigrationState::TooNew(name) => return Err(StoreError::NewerDatabase(name).into()),
            MigrationState::Pending(names) => {
                return Err(format!(
                    "the database lacks {} migration(s) of this version: run `provider-connections \
                     migrate`, or use the same version as the servers",
                    names.len()
                )
                .into());
            }
        };
        let at = store.time().await?;
        let migrations = store.applied_migrations().await?;
        let by_state = store.connections_by_state().await?;
        let leases = store.leases().await?;
        let keys = if with_keys { Some(keys(config, store).await?) } else { None };
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            at,
            database: DatabaseJson {
                kind,
                version: match store.server_facts().await? {
                    ServerFacts::Postgres { version, .. } | ServerFacts::Sqlite { version, .. } => {
                        version
                    }
                },
                migrations: migrations.len(),
                newest_migration: migrations.into_iter().next_back(),
                state,
            },
            refreshes: refreshes(&by_state, at),
            connections: by_state.iter().map(ConnectionsJson::of).collect(),
            leases: LeasesJson { held: leases.held, abandoned: leases.abandoned },
            upstreams: upstreams(store).await?,
            revocations: RevocationsJson {
                by_provider: store.outbox().await?.iter().map(OutboxJson::of).collect(),
                owed_receipts: store.count_all_receipts().await?,
            },
            events: EventsJson {
                oldest_at: store.oldest_event_at().await?,
                retention_seconds: config.event_retention.num_seconds(),
            },
            webhooks: webhooks(store).await?,
            deleted_users: deleted_users(store).await?,
            keys,
            spool: spool(&config.refresh.spool_dir)?,
        })
    }
}

fn refreshes(by_state: &[StatusOfConnections], at: DateTime<Utc>) -> RefreshesJson {
    let oldest = by_state.iter().filter_map(|of| of.oldest_due_at).min();
    RefreshesJson {
        due: by_state.iter().map(|of| of.due).sum(),
        overdue: by_state.iter().map(|of| of.overdue).sum(),
        oldest_lag_seconds: oldest.map_or(0, |oldest| (at - oldest).num_seconds().max(0)),
    }
}

async fn upstreams(store: &Store) -> Result<Vec<UpstreamJson>, CommandError> {
    let upstreams = store.upstreams().await?.into_iter().map(|of| UpstreamJson {
        name: of.name,
        failures: of.failures,
        failing_since: of.failing_since,
        paused_until: of.paused_until,
        last_success_at: of.last_success_at,
    });
    Ok(upstreams.collect())
}

async fn webhooks(store: &Store) -> Result<WebhooksJson, CommandError> {
    let status = store.webhook_status().await?;
    Ok(WebhooksJson {
        pending: status.pending,
        oldest_pending_at: status.oldest_pending_at,
        dead: status.dead,
        last_delivered_at: store.last_webhook_delivered_at().await?,
        disabled_since: status.disabled_since,
        paused_until: status.paused_until,
    })
}

async fn deleted_users(store: &Store) -> Result<Option<DeletedUsersJson>, CommandError> {
    Ok(store.user_search_status().await?.map(|status| DeletedUsersJson {
        searching: status.is_running,
        searched_at: status.ended_at,
        missing: status.missing,
        refused: status.refused.map(Disbelief::as_str),
    }))
}

/// The keys of the ring, those that something is sealed with, and those that were shredded.
async fn keys(config: &Config, store: &Store) -> Result<Vec<KeyJson>, CommandError> {
    let shredded = store.shredded_keys().await?;
    let is_shredded = |id: &str| shredded.iter().any(|key| key.key_id == id);
    let role = |place: usize, id: &str| match place {
        _ if is_shredded(id) => "shredded",
        0 => "seals",
        _ => "opens",
    };
    let ring = config.encryption_keys.key_ids().enumerate();
    let mut keys: Vec<_> = ring
        .map(|(place, id)| KeyJson { id: id.to_owned(), role: role(place, id), sealed: 0 })
        .collect();
    for stored in store.sealed_under().await? {
        let id = key_id_in_front(&stored.front).unwrap_or("(unreadable)");
        match keys.iter_mut().find(|key| key.id == id) {
            Some(key) => key.sealed = stored.number,
            None => keys.push(KeyJson {
                id: id.to_owned(),
                role: if is_shredded(id) { "shredded" } else { "missing" },
                sealed: stored.number,
            }),
        }
    }
    for gone in shredded {
        if !keys.iter().any(|key| key.id == gone.key_id) {
            keys.push(KeyJson { id: gone.key_id, role: "shredded", sealed: 0 });
        }
    }
    Ok(keys)
}

/// The files are counted, not opened.
fn spool(folder: &Path) -> Result<SpoolJson, CommandError> {
    let mut spool = SpoolJson { folder: folder.display().to_string(), files: 0, oldest_at: None };
    let Ok(files) = fs::read_dir(folder) else { return Ok(spool) };
    for file in files {
        let file = file?;
        if file.path().extension().is_none_or(|extension| extension != "spool") {
            continue;
        }
        spool.files += 1;
        let written = file.metadata().and_then(|of| of.modified()).ok().map(DateTime::<Utc>::from);
        spool.oldest_at = [spool.oldest_at, written].into_iter().flatten().min();
    }
    Ok(spool)
}

impl ConnectionsJson {
    fn of(status: &StatusOfConnections) -> Self {
        let (word, fails) = match status.shown {
            State::Connecting => ("CONNECTING", false),
            State::Active => ("ACTIVE", false),
            State::RefreshFailing => ("REFRESH_FAILING", true),
            State::ReauthenticationRequired => ("REAUTHENTICATION_REQUIRED", true),
        };
        Self {
            provider: status.provider.as_str(),
            status: word,
            number: status.number,
            failing_since: status.failing_since.filter(|_| fails),
            ending_soon: status.ending_soon(),
        }
    }
}

impl OutboxJson {
    fn of(status: &OutboxStatus) -> Self {
        Self {
            provider: status.provider.as_str(),
            number: status.number,
            due: status.due,
            oldest_at: status.oldest_at,
            most_attempts: status.most_attempts,
        }
    }
}
