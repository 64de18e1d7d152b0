//! A pool of connections to PostgreSQL over a network that may swallow what is sent.
//!
//! sqlx opens its sockets itself, without TCP keepalive or `TCP_USER_TIMEOUT`, and hands none out:
//! a connection behind which the network is gone looks like one whose answer is slow. So whoever
//! waits has a limit, a connection that exceeds it is closed at once, and all that were not heard
//! from since are not trusted any more.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deadpool::managed::{self, Metrics, PoolError, QueueMode, RecycleError, RecycleResult};
use futures_util::future::join_all;
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr, RuntimeErr};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::lent::Lent;

/// To get a connection and the answer of a statement on it. With it, whoever reads has an answer or
/// an error within three seconds.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_millis(2_500);

/// A connection that was idle for this long is pinged before it is used again. A ping before each
/// use would cost a round trip a statement.
const PING_AFTER_IDLE: Duration = Duration::from_secs(5);
/// The answer to a ping costs PostgreSQL nothing: it is here by then, or the connection is dead.
pub(super) const PING_LIMIT: Duration = Duration::from_secs(1);

/// Connections that nobody needed for so long are closed.
const IDLE_LIMIT: Duration = Duration::from_mins(10);
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// A connection is replaced after this long: behind a load balancer it finds new servers by that,
/// and its backend's memory is freed.
const LIFETIME: Duration = Duration::from_mins(30);

/// While PostgreSQL starts, or has no connection left, it is asked again so often.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// What PostgreSQL does by itself about a client that is gone, in milliseconds and seconds as it
/// takes them. Set when a connection is made: through a pooler a `SET` would meet others.
const SERVER_LIMITS: [(&str, &str); 6] = [
    // Longer than the client's: nobody waits for the answer any more.
    ("statement_timeout", "4000"),
    // A transaction whose client is gone holds its locks no longer; none waits for anything else.
    ("idle_in_transaction_session_timeout", "5000"),
    // A backend whose client is gone makes room after 11 s.
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// Connections to one PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool(managed::Pool<Server>);

/// A connection of the pool, as long as it is lent.
pub(super) type Object = managed::Object<Server>;

/// Where connections come from, and what is known about those there are.
pub(super) struct Server {
    limited: PgConnectOptions,
    plain: PgConnectOptions,
    /// It, or the pooler before it, takes no [`SERVER_LIMITS`].
    refuses_limits: AtomicBool,
    seen: Mutex<Seen>,
}

struct Seen {
    /// Connections that were not heard from since are not trusted.
    suspected_at: Option<Instant>,
    swept_at: Instant,
    /// Why the last one could not be made.
    failure: Option<String>,
}

/// A connection, and when PostgreSQL last answered on it.
pub(super) struct Live {
    pub raw: PgConnection,
    pub heard_at: Instant,
    born_at: Instant,
}

impl Pool {
    pub fn new(options: PgConnectOptions, max_connections: u32) -> Self {
        let server = Server {
            limited: with_server_limits(options.clone()),
            plain: options,
            refuses_limits: AtomicBool::new(false),
            seen: Mutex::new(Seen { suspected_at: None, swept_at: Instant::now(), failure: None }),
        };
        let pool = managed::Pool::builder(server)
            .max_size(max_connections.try_into().unwrap_or(usize::MAX))
            // Those that a burst needed become idle, and are closed.
            .queue_mode(QueueMode::Lifo)
            .build();
        Self(pool.expect("a pool without timeouts of its own needs no runtime"))
    }

    /// A connection, if there is one to be had in time.
    pub async fn lend(&self, deadline: Instant) -> Result<Lent, DbErr> {
        self.sweep();
        match timeout_at(deadline, self.0.get()).await {
            Ok(Ok(object)) => Ok(Lent::new(object)),
            Ok(Err(PoolError::Backend(error))) => {
                Err(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
            }
            Ok(Err(PoolError::Closed)) => {
                Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
            }
            Ok(Err(error)) => Err(unreachable_because(error.to_string())),
            Err(_) => {
                let failure = self.0.manager().seen().failure.clone();
                Err(unreachable_because(
                    failure.unwrap_or("no connection was to be had in time".to_owned()),
                ))
            }
        }
    }

    /// A connection of its own, without time limits.
    pub async fn without_limits(&self) -> Result<DatabaseConnection, DbErr> {
        PgPoolOptions::new()
            .max_connections(1)
            .connect_with(self.0.manager().plain.clone())
            .await
            .map(DatabaseConnection::from)
            .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))
    }

    /// Closes the connections that are idle, politely; those that are lent close when they are
    /// returned.
    pub async fn close(&self) {
        let idle = self.0.retain(|_, _| false).removed;
        self.0.close();
        join_all(idle.into_iter().map(|live| live.raw.close())).await;
    }

    fn sweep(&self) {
        let due = {
            let mut seen = self.0.manager().seen();
            let due = seen.swept_at.elapsed() >= SWEEP_EVERY;
            if due {
                seen.swept_at = Instant::now();
            }
            due
        };
        if due {
            self.0.retain(|live, _| live.heard_at.elapsed() < IDLE_LIMIT);
        }
    }
}

impl Server {
    /// Something went unanswered that was sent at this moment.
    pub fn suspect(&self, sent_at: Instant) {
        let mut seen = self.seen();
        seen.suspected_at = seen.suspected_at.max(Some(sent_at));
    }

    fn suspects(&self, live: &Live) -> bool {
        self.seen().suspected_at.is_some_and(|suspected_at| live.heard_at < suspected_at)
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        if self.refuses_limits.load(Ordering::Relaxed) {
            return self.plain.connect().await;
        }
        match self.limited.connect().await {
            Err(error) if refuses_options(&error) => {
                let connection = self.plain.connect().await?;
                if !self.refuses_limits.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        cause = %error,
                        "PostgreSQL, or the pooler before it, takes no time limits when it is \
                         connected to: set statement_timeout, idle_in_transaction_session_timeout \
                         and TCP keepalive there (docs/operations.md)"
                    );
                }
                Ok(connection)
            }
            ended => ended,
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl managed::Manager for Server {
    type Type = Live;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Live, sqlx::Error> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.connect().await {
                Ok(raw) => {
                    self.seen().failure = None;
                    let now = Instant::now();
                    return Ok(Live { raw, heard_at: now, born_at: now });
                }
                Err(error) if passes(&error) => self.seen().failure = Some(error.to_string()),
                Err(error) => return Err(error),
            }
            // Whoever wants it has a limit.
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn recycle(&self, live: &mut Live, _: &Metrics) -> RecycleResult<sqlx::Error> {
        if self.suspects(live) || live.born_at.elapsed() >= LIFETIME {
            return Err(RecycleError::message("not used any more"));
        }
        if live.heard_at.elapsed() < PING_AFTER_IDLE {
            return Ok(());
        }
        let sent_at = Instant::now();
        match timeout(PING_LIMIT, live.raw.ping()).await {
            Ok(Ok(())) => {
                live.heard_at = Instant::now();
                Ok(())
            }
            // The others were idle for as long, or longer: to ask each would take as long again.
            Ok(Err(error)) => {
                self.suspect(sent_at);
                Err(RecycleError::Backend(error))
            }
            Err(_) => {
                self.suspect(sent_at);
                Err(RecycleError::message("no answer to a ping"))
            }
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

/// The options with PostgreSQL's own limits, but for those that the operator has set.
pub(super) fn with_server_limits(options: PgConnectOptions) -> PgConnectOptions {
    let own = options.get_options().unwrap_or_default().to_owned();
    options.options(SERVER_LIMITS.into_iter().filter(|(name, _)| !own.contains(name)))
}

/// Whether it is refused over what it is to set: `PgBouncer`'s "unsupported startup parameter", or a
/// setting that this server does not know.
pub(super) fn refuses_options(error: &sqlx::Error) -> bool {
    const UNDEFINED_OBJECT: &str = "42704";
    const INVALID_PARAMETER_VALUE: &str = "22023";
    let Some(error) = error.as_database_error() else { return false };
    error.message().contains("startup parameter")
        || matches!(error.code().as_deref(), Some(UNDEFINED_OBJECT | INVALID_PARAMETER_VALUE))
}

/// Whether it may go well in a moment: nobody listens yet, it starts, or has no connection left.
fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        error => error
            .as_database_error()
            .is_some_and(|error| matches!(error.code().as_deref(), Some("57P03" | "53300"))),
    }
}

fn unreachable_because(cause: String) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operator_has_set_stays() {
        let url = "postgres://host/db?options=-c%20statement_timeout%3D60000";
        let options = with_server_limits(url.parse().expect("a URL"));
        let options = options.get_options().expect("there are some");
        assert!(options.contains("statement_timeout=60000"), "{options}");
        assert!(!options.contains("statement_timeout=4000"), "{options}");
        assert!(options.contains("tcp_user_timeout=10000"), "{options}");
    }
}
