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

/// How long to wait for a database that is starting, or has no free connection. If nobody listens
/// at its address, that is reported at once.
const FIRST_CONNECTION: Duration = Duration::from_secs(10);

/// Read-only commands don't wait long.
const LOOK: Duration = Duration::from_secs(5);

/// Several processes that open a new file at once all switch it to WAL, and SQLite does not wait
/// there as it does elsewhere (`busy_timeout`): the second one gets an error that it is locked.
const LOCKED_RETRIES: u32 = 200;
const LOCKED_PAUSE: Duration = Duration::from_millis(25);

/// The location of the database: SQLite's file or PostgreSQL's address. Never printed, because it
/// may contain a password.
#[derive(Clone)]
pub enum DatabaseUrl {
    Sqlite(SqliteFile),
    Postgres(PgConnectOptions),
}

/// How SQLite's file is opened, and whether it is created if it is missing.
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
    // sqlx's own messages may contain the URL, password and all.
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
    /// Opens the database for requests: at most `max_connections`, with a time limit for each
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

    /// Opens the database for long operations, such as migrations: on PostgreSQL one connection,
    /// and a second one while an index is built, without time limits. Waits up to ten seconds for
    /// it.
    pub async fn connect_without_limits(self) -> Result<DatabaseConnection, StoreError> {
        match self {
            Self::Sqlite(file) => open_sqlite(file, 1).await,
            Self::Postgres(options) => {
                open_postgres(named(options, "provider-connections"), FIRST_CONNECTION).await
            }
        }
    }

    /// Opens an existing database read-only: no file is created, and none is switched to another
    /// mode.
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

    /// The kind of database, for logs, without its address.
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

/// Fails at once if a connection is refused. The pools would take that for a database that is
/// starting, and retry until their time limit, while a user of the command line waits for the same
/// answer.
async fn somebody_listens(options: &PgConnectOptions, limit: Duration) -> Result<(), StoreError> {
    match tokio::time::timeout(limit, options.connect()).await {
        Ok(Ok(connection)) => {
            // Closes it properly, but nobody waits for it.
            drop(tokio::time::timeout(limit, connection.close()).await);
            Ok(())
        }
        Ok(Err(error)) if is_refused(&error) => Err(failed(error)),
        // Whatever other error it is, the pool knows better whether it is temporary.
        Ok(Err(_)) => Ok(()),
        Err(_) => Err(failed(sqlx::Error::PoolTimedOut)),
    }
}

fn is_refused(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused)
}

/// The file and the files that SQLite keeps next to it, which get the same permissions.
pub fn files_of(file: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

impl SqliteFile {
    /// The same once the file exists, so that only this server's user can access it: SQLite would
    /// follow the umask.
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

/// In sqlx's own words.
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

    /// An address where nobody listens any more. A socket file needs no network, so that a paused
    /// clock only moves if somebody waits for it.
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
        // The clock does move for those who wait.
        time::sleep(LOOK).await;
        assert_eq!(begun.elapsed(), LOOK);
    }
}
