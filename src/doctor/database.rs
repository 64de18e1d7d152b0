use super::{Finding, sqlite_file};
use crate::{
    app::StartError,
    config::DatabaseConfig,
    store::{DatabaseUrl, MigrationState, Now, ServerFacts, Store, StoreError, is_in_memory},
};

const CHECK: &str = "database";
/// Older ones are no longer maintained, and lack what the migrations need.
const OLDEST_POSTGRES: i32 = 13;

/// Looks at the database; `open` is set if its tables can be read.
pub async fn check(config: Option<&DatabaseConfig>, open: &mut Option<Store>) -> Vec<Finding> {
    let Some(config) = config else {
        return vec![Finding::not_looked_at(CHECK, "its settings have mistakes")];
    };
    let kind = config.url.kind();
    if let Some(file) = config.url.file() {
        if is_in_memory(file) {
            return vec![Finding::error(
                CHECK,
                "SQLite is in memory, so all connections are lost when the server stops",
                "set DATABASE_URL to a file, such as sqlite://provider-connections.db",
            )];
        }
        if !file.exists() {
            return vec![sqlite_file::missing(file)];
        }
    }
    let store = match config.url.clone().look().await {
        Ok(db) => Store::new(db, Now::Database),
        Err(error) => {
            let cause = error.root_cause();
            return vec![of_start(&StartError::Unreachable { kind, cause })];
        }
    };
    let mut found = Vec::new();
    match look(&store, kind, &mut found).await {
        Ok(true) => *open = Some(store.clone()),
        Ok(false) => {}
        Err(error) => found.push(of_start(&StartError::of_first_statements(kind, &error))),
    }
    if let Some(file) = config.url.file() {
        found.extend(sqlite_file::wal_needs_room(file));
        found.extend(sqlite_file::open_to_everybody(file));
    }
    if let Some(direct_url) = config.direct_url.clone() {
        found.push(direct(direct_url, &store, kind).await);
    }
    found
}

/// Whether there are tables, as this version makes them.
async fn look(
    store: &Store,
    kind: &'static str,
    found: &mut Vec<Finding>,
) -> Result<bool, StoreError> {
    let facts = store.server_facts().await?;
    found.extend(of_server(&facts));
    match store.migration_state().await? {
        MigrationState::Current => {
            found.push(Finding::ok("migrations", "all migrations are applied"));
        }
        MigrationState::Pending(names) => {
            let message =
                format!("{} migrations are not applied yet: {}", names.len(), names.join(", "));
            found.push(if may_migrate(&facts) {
                Finding::warning(
                    "migrations",
                    message,
                    "the next start applies them, or run `provider-connections migrate`",
                )
            } else {
                Finding::error(
                    "migrations",
                    format!("{message}; this role may not create tables here"),
                    "give the role a schema of its own (docs/operations.md, Databases), or set \
                     DATABASE_DIRECT_URL to a role that may",
                )
            });
            return Ok(false);
        }
        MigrationState::Newer(names) => {
            let message = format!(
                "a newer version has applied {}; this version can use them",
                names.join(", ")
            );
            found.push(Finding::ok("migrations", message));
        }
        MigrationState::TooNew(name) => {
            let error = StoreError::NewerDatabase(name).to_string();
            let (message, advice) = error.split_once("; ").unwrap_or((&error, ""));
            found.push(Finding::error("migrations", message, advice));
            return Ok(false);
        }
    }
    match store.check_writable().await {
        Ok(()) => found.push(Finding::ok(CHECK, "the tables are writable")),
        Err(error) => found.push(of_start(&StartError::of_first_statements(kind, &error))),
    }
    let counts = store.count_by_state().await?;
    let total: i64 = counts.iter().map(|(_, number)| number).sum();
    let states: Vec<_> = counts.iter().map(|(state, number)| format!("{number} {state}")).collect();
    let states = if states.is_empty() { String::new() } else { format!(": {}", states.join(", ")) };
    found.push(Finding::ok("connections", format!("{total} are stored{states}")));
    Ok(true)
}

fn of_server(facts: &ServerFacts) -> Vec<Finding> {
    match facts {
        ServerFacts::Postgres { version, major, is_standby, schema, .. } => {
            let mut found = Vec::new();
            let at = schema.as_deref().map_or_else(String::new, |name| format!(", schema {name}"));
            found.push(if *major < OLDEST_POSTGRES {
                Finding::error(
                    CHECK,
                    format!("PostgreSQL {version} is too old"),
                    "use PostgreSQL 13 or later",
                )
            } else {
                Finding::ok(CHECK, format!("PostgreSQL {version}{at}"))
            });
            if *is_standby {
                found.push(Finding::error(
                    CHECK,
                    "this PostgreSQL is a read-only standby",
                    "set DATABASE_URL to the primary",
                ));
            }
            if schema.is_none() {
                found.push(Finding::error(
                    CHECK,
                    "the search_path of this role has no existing schema",
                    "create one: CREATE SCHEMA … AUTHORIZATION … (docs/operations.md, Databases)",
                ));
            }
            found
        }
        ServerFacts::Sqlite { version, journal_mode } => {
            let file = Finding::ok(CHECK, format!("SQLite {version}, journal mode {journal_mode}"));
            vec![if journal_mode == "wal" {
                file
            } else {
                file.and_advice("the next start switches it to WAL mode")
            }]
        }
    }
}

fn may_migrate(facts: &ServerFacts) -> bool {
    match facts {
        ServerFacts::Postgres { may_create, .. } => *may_create,
        ServerFacts::Sqlite { .. } => true,
    }
}

async fn direct(url: DatabaseUrl, store: &Store, kind: &'static str) -> Finding {
    const NAME: &str = "DATABASE_DIRECT_URL";
    if url.kind() != kind {
        return Finding::error(
            CHECK,
            format!("{NAME} is a URL of {}, but DATABASE_URL of {kind}", url.kind()),
            "set both to the same database, or unset DATABASE_DIRECT_URL",
        );
    }
    if kind != "PostgreSQL" {
        return Finding::warning(
            CHECK,
            format!("{NAME} is set, but SQLite has no connection pooler"),
            "unset DATABASE_DIRECT_URL",
        );
    }
    let other = match url.look().await {
        Ok(db) => Store::new(db, Now::Database),
        Err(error) => {
            return Finding::error(
                CHECK,
                format!("{NAME} can't be opened: {}", error.root_cause()),
                "check its host, port, user and password, and that this machine can reach it",
            );
        }
    };
    match (store.identity().await, other.identity().await) {
        (Ok(one), Ok(other)) if one == other => {
            Finding::ok(CHECK, format!("{NAME} is the same database"))
        }
        (Ok(_), Ok(_)) => Finding::error(
            CHECK,
            format!("{NAME} uses a different database, schema or search_path than DATABASE_URL"),
            "set both to the same database: otherwise migrations are applied to the wrong one",
        ),
        (Err(error), _) | (_, Err(error)) => {
            of_start(&StartError::of_first_statements(kind, &error))
        }
    }
}

/// What a start would say: what happened, and in the next line what to do.
fn of_start(error: &StartError) -> Finding {
    let text = error.to_string();
    let (message, advice) = text.split_once('\n').unwrap_or((&text, "check DATABASE_URL"));
    Finding::error(CHECK, message, advice)
}
