use std::{fs, path::Path};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use domain::State;
use serde::Serialize;

use super::{CommandError, logging::LogArgs, table::table};
use crate::{
    app::StartError,
    config::{Config, ConfigArgs},
    store::{MigrationState, Now, OutboxStatus, ServerFacts, StatusOfConnections, Store},
    vault::key_id_in_front,
};

#[derive(Args)]
pub struct StatusArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    log: LogArgs,
    /// Print one JSON object, for programs: docs/status.md describes it
    #[arg(long)]
    json: bool,
    /// Don't count which key has sealed what, which reads every token
    #[arg(long)]
    without_keys: bool,
}

/// What is printed. Fields are added to it, and none is taken away or changes its meaning.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    /// Of this command, which needn't be the servers'.
    version: &'static str,
    at: DateTime<Utc>,
    database: DatabaseJson,
    connections: Vec<ConnectionsJson>,
    refreshes: RefreshesJson,
    leases: LeasesJson,
    upstreams: Vec<UpstreamJson>,
    revocations: RevocationsJson,
    events: EventsJson,
    keys: Option<Vec<KeyJson>>,
    spool: SpoolJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DatabaseJson {
    kind: &'static str,
    version: String,
    migrations: usize,
    newest_migration: Option<String>,
    /// `current`, or `newer` than this command.
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionsJson {
    provider: &'static str,
    status: &'static str,
    number: i64,
    failing_since: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefreshesJson {
    due: i64,
    overdue: i64,
    oldest_lag_seconds: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LeasesJson {
    held: i64,
    abandoned: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpstreamJson {
    name: String,
    failures: i32,
    failing_since: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    last_success_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevocationsJson {
    by_provider: Vec<OutboxJson>,
    /// Of `connections revoke`, which were not written yet.
    owed_receipts: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutboxJson {
    provider: &'static str,
    number: i64,
    due: i64,
    oldest_at: Option<DateTime<Utc>>,
    most_attempts: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventsJson {
    oldest_at: Option<DateTime<Utc>>,
    /// How long they are kept, by this command's settings.
    retention_seconds: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyJson {
    id: String,
    /// `seals`, `opens`, `missing` in `ENCRYPTION_KEYS`, or `shredded`.
    role: &'static str,
    sealed: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpoolJson {
    /// Of this machine: other servers have folders of their own.
    folder: String,
    files: usize,
    oldest_at: Option<DateTime<Utc>>,
}

/// Prints how the installation is, and changes nothing.
pub async fn run(arguments: StatusArgs) -> Result<(), CommandError> {
    arguments.log.start("warn");
    let config = arguments.config.check()?;
    let kind = config.database.url.kind();
    // Without time limits: it may have much to count.
    let db = config.database.url.clone().look().await;
    let db = db.map_err(|error| StartError::Unreachable { kind, cause: error.root_cause() })?;
    let store = Store::new(db, Now::Database);
    let report = Report::of(&config, &store, !arguments.without_keys).await?;
    store.close().await;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

impl Report {
    async fn of(config: &Config, store: &Store, with_keys: bool) -> Result<Self, CommandError> {
        let kind = config.database.url.kind();
        let state = store.migration_state().await;
        let state = match state.map_err(|error| StartError::of_first_statements(kind, &error))? {
            MigrationState::Current => "current",
            // Migrations add: what is asked here is still there.
            MigrationState::Newer(_) => "newer",
            MigrationState::Pending(names) => {
                return Err(format!(
                    "the database lacks {} migration(s) of this version: run \
                     `provider-connections migrate`, or use the version that the servers run",
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
            keys,
            spool: spool(&config.refresh.spool_dir)?,
        })
    }

    /// The same for people.
    fn text(&self) -> String {
        let Self { version, at, database, refreshes, leases, revocations, spool, .. } = self;
        let mut text = format!(
            "provider-connections {version}, {}\n{} {}, {} migrations ({})\n\n",
            time(*at),
            database.kind,
            database.version,
            database.migrations,
            database.state,
        );
        let mut section = |head: &[&str], rows: Vec<Vec<String>>, none: &str| {
            if rows.is_empty() {
                text += none;
                text += "\n\n";
                return;
            }
            let head = head.iter().map(|cell| (*cell).to_owned()).collect();
            text += &table(&[vec![head], rows].concat());
            text.push('\n');
        };
        section(
            &["PROVIDER", "STATUS", "CONNECTIONS", "FAILING SINCE"],
            self.connections.iter().map(ConnectionsJson::row).collect(),
            "No connections.",
        );
        section(
            &["UPSTREAM", "FAILURES", "FAILING SINCE", "PAUSED UNTIL", "LAST SUCCESS"],
            self.upstreams.iter().map(UpstreamJson::row).collect(),
            "No upstream was called yet.",
        );
        section(
            &["TO BE REVOKED AT", "GRANTS", "DUE", "OLDEST", "MOST ATTEMPTS"],
            revocations.by_provider.iter().map(OutboxJson::row).collect(),
            "No grant is to be revoked.",
        );
        if let Some(keys) = &self.keys {
            section(
                &["KEY", "ROLE", "SEALED TOKENS"],
                keys.iter().map(KeyJson::row).collect(),
                "No keys.",
            );
        }
        text += &table(&[
            vec!["refreshes due".to_owned(), refreshes.due.to_string()],
            vec![
                "refreshes overdue".to_owned(),
                format!("{} (oldest {} s)", refreshes.overdue, refreshes.oldest_lag_seconds),
            ],
            vec!["leases held".to_owned(), leases.held.to_string()],
            vec!["leases abandoned".to_owned(), leases.abandoned.to_string()],
            vec!["receipts owed".to_owned(), revocations.owed_receipts.to_string()],
            vec!["oldest event".to_owned(), known(self.events.oldest_at)],
            vec!["spool files here".to_owned(), format!("{} in {}", spool.files, spool.folder)],
        ]);
        text
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
        }
    }

    fn row(&self) -> Vec<String> {
        let Self { provider, status, number, failing_since } = self;
        let since = failing_since.map(time).unwrap_or_default();
        vec![(*provider).to_owned(), (*status).to_owned(), number.to_string(), since]
    }
}

impl UpstreamJson {
    fn row(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.failures.to_string(),
            known(self.failing_since),
            known(self.paused_until),
            known(self.last_success_at),
        ]
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

    fn row(&self) -> Vec<String> {
        vec![
            self.provider.to_owned(),
            self.number.to_string(),
            self.due.to_string(),
            known(self.oldest_at),
            self.most_attempts.to_string(),
        ]
    }
}

impl KeyJson {
    fn row(&self) -> Vec<String> {
        vec![self.id.clone(), self.role.to_owned(), self.sealed.to_string()]
    }
}

fn known(at: Option<DateTime<Utc>>) -> String {
    at.map_or("-".to_owned(), time)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
