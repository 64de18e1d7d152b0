use std::{
    io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sea_orm::DatabaseConnection;
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use tokio::time::Instant;

use super::{Database, StoreError, pool::Pool};
use crate::private_files;

/// A database that is just starting, or has no connection left, is waited for. One at whose address
/// nobody listens isn't: that is told at once.
const FIRST_CONNECTION: Duration = Duration::from_secs(10);

/// Whoever only looks does not wait long.
const LOOK: Duration = Duration::from_secs(5);

/// Several processes that open a new file at once all switch it to WAL, and SQLite does not wait
/// there as it does elsewhere (`busy_timeout`): whoever comes second is told that it is locked.
const LOCKED_RETRIES: u32 = 200;
const LOCKED_PAUSE: Duration = Duration::from_millis(25);

/// Where the database is: SQLite's file or PostgreSQL's address. Never printed: it may hold a
/// password.
#[derive(Clone)]
pub enum DatabaseUrl {
    Sqlite(SqliteFile),
    Postgres(PgConnectOptions),
}

/// How SQLite's file is opened, and whether it is made where it is missing.
#[derive(Clone)]
pub struct SqliteFile {
    options: SqliteConnectOptions,
    makes: bool,
}

/// The setting is neither a SQLite nor a PostgreSQL URL.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseUrlError {
    #[error(
        "begins with neither sqlite:// nor postgres://; write sqlite://provider-connections.db or postgres://user:password@host:5432/database"
    )]
    Scheme,
    // sqlx's own words can repeat the URL, password and all.
    #[error("is not a URL that can be read; a password with special characters is percent-encoded")]
    Malformed,
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let malformed = |_| DatabaseUrlError::Malformed;
        match url.split(':').next() {
            Some("sqlite") => {
                let options = SqliteConnectOptions::from_str(url).map_err(malformed)?;
                let options = options.busy_timeout(Duration::from_secs(5)).foreign_keys(true);
                // A URL that says `mode=ro` means it; any other creates the file.
                let makes = !url.contains("mode=") || url.contains("mode=rwc");
                Ok(Self::Sqlite(SqliteFile { options, makes }))
            }
            Some("postgres" | "postgresql") => {
                Ok(Self::Postgres(PgConnectOptions::from_str(url).map_err(malformed)?))
            }
            _ => Err(DatabaseUrlError::Scheme),
        }
    }
}

impl DatabaseUrl {
    /// Opens the database for requests: at most `max_connections`, and a time limit for each
    /// statement on PostgreSQL. Waits up to ten seconds for the first connection.
    pub async fn connect(self, max_connections: u32) -> Result<Database, StoreError> {
        let options = match self {
            Self::Sqlite(file) => {
                return Ok(open_sqlite(file, max_connections).await?.into());
            }
            Self::Postgres(options) => options,
        };
        let options = named(options, "provider-connections");
        somebody_listens(&options, FIRST_CONNECTION).await?;
        let pool = Pool::new(options, max_connections);
        drop(pool.lend(Instant::now() + FIRST_CONNECTION).await?);
        Ok(Database::limited(pool))
    }

    /// Opens the database for what may take its time, such as migrations: on PostgreSQL one
    /// connection, and a second one while an index is built, without time limits. Waits up to ten
    /// seconds for it.
    pub async fn connect_without_limits(self) -> Result<DatabaseConnection, StoreError> {
        match self {
            Self::Sqlite(file) => open_sqlite(file, 1).await,
            Self::Postgres(options) => {
                open_postgres(named(options, "provider-connections"), FIRST_CONNECTION).await
            }
        }
    }

    /// Opens what is there, for looking at it: no file is made, and none is put into another mode.
    pub async fn look(self) -> Result<DatabaseConnection, StoreError> {
        match self {
            Self::Sqlite(SqliteFile { options, .. }) => SqlitePoolOptions::new()
                .max_connections(1)
                .acquire_timeout(LOOK)
                .connect_with(options.create_if_missing(false).disable_statement_logging())
                .await
                .map(DatabaseConnection::from)
                .map_err(failed),
            Self::Postgres(options) => {
                open_postgres(named(options, "provider-connections doctor"), LOOK).await
            }
        }
    }

    /// SQLite's file.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file.options.get_filename()),
            Self::Postgres(_) => None,
        }
    }

    /// A word for logs: which database, without its address.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

async fn open_sqlite(
    file: SqliteFile,
    max_connections: u32,
) -> Result<DatabaseConnection, StoreError> {
    let file = file.made_private()?;
    let options = file
        .options
        .journal_mode(SqliteJournalMode::Wal)
        // A rotated refresh token exists nowhere else: a commit is on disk.
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let mut left = LOCKED_RETRIES;
    loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(FIRST_CONNECTION)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await;
        match pool {
            Err(error) if left > 0 && is_locked(&error) => {
                left -= 1;
                tokio::time::sleep(LOCKED_PAUSE).await;
            }
            ended => return ended.map(DatabaseConnection::from).map_err(failed),
        }
    }
}

/// One connection, without time limits.
async fn open_postgres(
    options: PgConnectOptions,
    limit: Duration,
) -> Result<DatabaseConnection, StoreError> {
    somebody_listens(&options, limit).await?;
    PgPoolOptions::new()
        // A second one while an index is built.
        .max_connections(2)
        .acquire_timeout(limit)
        .connect_with(options)
        .await
        .map(DatabaseConnection::from)
        .map_err(failed)
}

/// Fails at once where a connection is refused. The pools take that for a database that starts, and
/// try again until their limit; whoever runs a command waits for the same answer all that time.
async fn somebody_listens(options: &PgConnectOptions, limit: Duration) -> Result<(), StoreError> {
    match tokio::time::timeout(limit, options.connect()).await {
        Ok(Ok(connection)) => {
            // Politely, but nobody waits for it.
            drop(tokio::time::timeout(limit, connection.close()).await);
            Ok(())
        }
        Ok(Err(error)) if is_refused(&error) => Err(failed(error)),
        // Whatever else it is, the pool knows better whether it passes.
        Ok(Err(_)) => Ok(()),
        Err(_) => Err(failed(sqlx::Error::PoolTimedOut)),
    }
}

fn is_refused(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused)
}

/// The file, and what SQLite keeps beside it, which gets the file's own rights.
pub fn files_of(file: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

impl SqliteFile {
    /// The same once the file is there, for this server's user alone: SQLite would make it by the
    /// umask.
    fn made_private(self) -> Result<Self, StoreError> {
        let path = self.options.get_filename();
        if is_in_memory(path) {
            return Ok(self);
        }
        if self.makes {
            private_files::make(path).map_err(|error| failed(error.into()))?;
        }
        for file in files_of(path) {
            private_files::close_to_everybody(&file);
        }
        Ok(self)
    }
}

/// As sqlx names it.
pub fn is_in_memory(file: &Path) -> bool {
    file.to_string_lossy().starts_with("file:sqlx-in-memory")
}

fn named(options: PgConnectOptions, name: &str) -> PgConnectOptions {
    options.application_name(name).disable_statement_logging()
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::from(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())))
}

/// `SQLITE_BUSY`, or one of its extended codes, which have it in their lowest byte.
fn is_locked(error: &sqlx::Error) -> bool {
    const SQLITE_BUSY: i32 = 5;
    error
        .as_database_error()
        .and_then(|error| error.code()?.parse::<i32>().ok())
        .is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

#[cfg(all(test, unix))]
mod tests {
    use tokio::time::{self, Instant};

    use super::*;

    /// Where nobody listens any more. A socket file answers without the network, so that time that
    /// stands still moves only if somebody waits for it.
    fn refused(folder: &Path) -> DatabaseUrl {
        let socket = folder.join(".s.PGSQL.5432");
        let _ = std::fs::remove_file(&socket);
        drop(std::os::unix::net::UnixListener::bind(socket).expect("a socket"));
        let host = folder.display().to_string().replace('/', "%2F");
        format!("postgres://app@{host}:5432/app").parse().expect("a URL")
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_refuses_connections_is_not_asked_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let begun = Instant::now();
        let failures = [
            refused(folder.path()).connect(10).await.err(),
            refused(folder.path()).connect_without_limits().await.err(),
            refused(folder.path()).look().await.err(),
        ];
        for failure in failures {
            let cause = failure.expect("nobody listens").root_cause();
            assert!(cause.contains("refused"), "{cause}");
        }
        assert_eq!(begun.elapsed(), Duration::ZERO, "somebody has waited");
        // The clock does move for whoever waits.
        time::sleep(LOOK).await;
        assert_eq!(begun.elapsed(), LOOK);
    }
}
