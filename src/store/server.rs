//! Where the pool's connections come from: one PostgreSQL server, and what is known about it.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::{Instant, sleep, timeout};

/// A connection that was idle for this long is pinged before it is used again. A ping before each
/// use would cost a round trip per statement.
const PING_AFTER_IDLE: Duration = Duration::from_secs(5);
/// A ping costs PostgreSQL nothing: its answer has arrived by then, or the connection is dead.
pub(super) const PING_LIMIT: Duration = Duration::from_secs(1);
/// How often idle connections are looked for.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// A connection is replaced after this long, so that it can reach new servers behind a load
/// balancer, and its backend's memory is freed.
const LIFETIME: Duration = Duration::from_mins(30);

/// A connection is new for this long, and isn't closed for being read-only: otherwise a read-only
/// database would get a new connection for each refused write.
const NEW_FOR: Duration = Duration::from_secs(1);

/// How often PostgreSQL is tried again while it starts, or has no free connection.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// What PostgreSQL does on its own about a client that is gone, in milliseconds and seconds as it
/// expects them. Set when a connection is opened, because through a pooler a `SET` would affect
/// others.
const SERVER_LIMITS: [(&str, &str); 6] = [
    // Longer than the client's limit: nobody waits for the answer any more.
    ("statement_timeout", "4000"),
    // A transaction whose client is gone must not keep its locks; no transaction waits for anything
    // else.
    ("idle_in_transaction_session_timeout", "5000"),
    // A backend whose client is gone is freed after 11 s.
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// A connection of the pool while it is in use.
pub(super) type Object = managed::Object<Server>;

/// Where connections come from, and what is known about the existing ones.
pub(super) struct Server {
    limited: PgConnectOptions,
    plain: PgConnectOptions,
    /// It, or the pooler in front of it, does not accept [`SERVER_LIMITS`].
    refuses_limits: AtomicBool,
    seen: Mutex<Seen>,
}

struct Seen {
    /// Connections without an answer since then are not trusted.
    suspected_at: Option<Instant>,
    swept_at: Instant,
    /// Why the last one could not be opened.
    failure: Option<String>,
}

/// A connection, and when PostgreSQL last answered on it.
pub(super) struct Live {
    pub raw: PgConnection,
    pub heard_at: Instant,
    born_at: Instant,
}

impl Live {
    /// Whether it was opened a moment ago: another one would lead to the same server.
    pub fn is_new(&self) -> bool {
        self.born_at.elapsed() < NEW_FOR
    }
}

impl Server {
    pub fn new(options: PgConnectOptions) -> Self {
        Self {
            limited: with_server_limits(options.clone()),
            plain: options,
            refuses_limits: AtomicBool::new(false),
            seen: Mutex::new(Seen { suspected_at: None, swept_at: Instant::now(), failure: None }),
        }
    }

    /// How to connect without time limits.
    pub fn without_limits(&self) -> &PgConnectOptions {
        &self.plain
    }

    /// Why the last connection could not be opened.
    pub fn failure(&self) -> Option<String> {
        self.seen().failure.clone()
    }

    /// Whether to look for idle connections now. After it returns true, the next time is a while
    /// away.
    pub fn is_sweep_due(&self) -> bool {
        let mut seen = self.seen();
        let due = seen.swept_at.elapsed() >= SWEEP_EVERY;
        if due {
            seen.swept_at = Instant::now();
        }
        due
    }

    /// A statement sent at this time was not answered.
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
                        "PostgreSQL, or the pooler in front of it, does not accept time limits at \
                         connect: set statement_timeout, idle_in_transaction_session_timeout and \
                         TCP keepalive there (docs/operations.md)"
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
            // The caller has a time limit.
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
            // The others were idle for as long, or longer: pinging each would take as long again.
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

/// The options with PostgreSQL's own limits, except those that the operator has set.
pub(super) fn with_server_limits(options: PgConnectOptions) -> PgConnectOptions {
    let own = options.get_options().unwrap_or_default().to_owned();
    options.options(SERVER_LIMITS.into_iter().filter(|(name, _)| !own.contains(name)))
}

/// Whether the connection is rejected because of its settings: `PgBouncer`'s "unsupported startup
/// parameter", or a setting that this server does not know.
pub(super) fn refuses_options(error: &sqlx::Error) -> bool {
    const UNDEFINED_OBJECT: &str = "42704";
    const INVALID_PARAMETER_VALUE: &str = "22023";
    let Some(error) = error.as_database_error() else { return false };
    error.message().contains("startup parameter")
        || matches!(error.code().as_deref(), Some(UNDEFINED_OBJECT | INVALID_PARAMETER_VALUE))
}

/// Whether it may succeed in a moment: nobody listens yet, it is starting, or has no free
/// connection.
fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        error => error
            .as_database_error()
            .is_some_and(|error| matches!(error.code().as_deref(), Some("57P03" | "53300"))),
    }
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
