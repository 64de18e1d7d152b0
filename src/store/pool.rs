//! A pool of connections to PostgreSQL over a network that may drop packets silently.
//!
//! sqlx opens its sockets itself, without TCP keepalive or `TCP_USER_TIMEOUT`, and exposes none: a
//! connection whose network is gone looks like one whose answer is slow. So there is a time limit
//! for every wait, a connection that exceeds it is closed at once, and all connections without a
//! later answer are no longer trusted.

use std::{fmt, time::Duration};

use deadpool::managed::{self, PoolError, QueueMode};
use futures_util::future::join_all;
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr, RuntimeErr};
use sqlx::{
    Connection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{Instant, timeout_at};

use super::{lent::Lent, server::Server};
use crate::metrics::PoolUse;

/// For getting a connection and the answer of a statement. With it, every read has an answer or an
/// error within three seconds.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_millis(2_500);

/// Connections that were not needed for this long are closed.
const IDLE_LIMIT: Duration = Duration::from_mins(10);

/// Connections to one PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool(managed::Pool<Server>);

impl Pool {
    pub fn new(options: PgConnectOptions, max_connections: u32) -> Self {
        let pool = managed::Pool::builder(Server::new(options))
            .max_size(max_connections.try_into().unwrap_or(usize::MAX))
            // Connections that a burst needed become idle, and are closed.
            .queue_mode(QueueMode::Lifo)
            .build();
        Self(pool.expect("a pool without timeouts of its own needs no runtime"))
    }

    /// A connection, if one is available in time.
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
                let failure = self.0.manager().failure();
                Err(unreachable_because(
                    failure.unwrap_or("no connection was available in time".to_owned()),
                ))
            }
        }
    }

    /// Its current use.
    pub fn in_use(&self) -> PoolUse {
        let status = self.0.status();
        PoolUse {
            limit: status.max_size,
            open: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    /// A separate connection without time limits, and a second one while an index is built.
    pub async fn without_limits(&self) -> Result<DatabaseConnection, DbErr> {
        PgPoolOptions::new()
            .max_connections(2)
            .connect_with(self.0.manager().without_limits().clone())
            .await
            .map(DatabaseConnection::from)
            .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))
    }

    /// Closes idle connections properly; those in use are closed when they are returned.
    pub async fn close(&self) {
        let idle = self.0.retain(|_, _| false).removed;
        self.0.close();
        join_all(idle.into_iter().map(|live| live.raw.close())).await;
    }

    fn sweep(&self) {
        if self.0.manager().is_sweep_due() {
            self.0.retain(|live, _| live.heard_at.elapsed() < IDLE_LIMIT);
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

fn unreachable_because(cause: String) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(cause))
}
