use std::time::Duration;

use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::time::timeout;

use super::{
    DatabaseUrl, Store, StoreError,
    server::{refuses_options, with_server_limits},
};

/// The channel on which PostgreSQL sends notifications of events. A payload is a user's id, a space
/// and the id of the event; or what a listener sends to itself.
pub const NOTIFICATIONS: &str = "provider_connection_event";

/// The time limit for connecting and listening.
const CONNECT: Duration = Duration::from_secs(5);

/// Listens to PostgreSQL's notifications on its own connection.
pub struct Notifications {
    listener: PgListener,
    /// sqlx would reconnect on its own, and nobody would know that something was missed.
    lost: Option<StoreError>,
}

impl Notifications {
    /// Connects and listens. `None`: the database is not PostgreSQL.
    pub async fn listen(url: DatabaseUrl) -> Result<Option<Self>, StoreError> {
        let DatabaseUrl::Postgres(options) = url else { return Ok(None) };
        let options = options.application_name("provider-connections live");
        let limited = with_server_limits(options.clone());
        let connected = async {
            match connect(limited).await {
                Err(error) if refuses_options(&error) => connect(options).await,
                connected => connected,
            }
        };
        let listener = timeout(CONNECT, connected).await.map_err(|_| StoreError::unanswered())?;
        Ok(Some(Self { listener: listener.map_err(failed)?, lost: None }))
    }

    /// The next payload. An error means that the connection is lost. Safe to cancel.
    pub async fn next(&mut self) -> Result<String, StoreError> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        match self.listener.try_recv().await {
            Ok(Some(notification)) => Ok(notification.payload().to_owned()),
            Ok(None) => Err(DbErr::Conn(RuntimeErr::Internal("connection lost".to_owned())).into()),
            Err(error) => Err(failed(error)),
        }
    }
}

impl Notifications {
    /// A payload that has already arrived.
    pub fn next_at_hand(&mut self) -> Option<String> {
        match self.next().now_or_never()? {
            Ok(payload) => Some(payload),
            Err(error) => {
                self.lost = Some(error);
                None
            }
        }
    }
}

impl Store {
    /// The same store, which sends notifications if the database has `pg_notify`. Databases that only
    /// speak PostgreSQL's protocol (`CockroachDB`) don't, which is found out here, before any write depends
    /// on it.
    ///
    /// # Errors
    /// The database didn't answer, so it is unknown whether it has `pg_notify`. Without notifications,
    /// subscribers on other servers would not be notified of this server's changes.
    pub async fn with_notifications(mut self) -> Result<Self, StoreError> {
        self.notifies = self.db.get_database_backend() == DbBackend::Postgres
            && match self.notify("").await {
                Ok(()) => true,
                Err(StoreError::Database(cause)) => {
                    tracing::info!(%cause, "the database has no pg_notify: changes are polled");
                    false
                }
                Err(error) => return Err(error),
            };
        Ok(self)
    }

    /// Whether there is anything to listen to.
    pub fn notifies(&self) -> bool {
        self.notifies
    }

    /// Sends a payload to all listeners.
    pub async fn notify(&self, payload: &str) -> Result<(), StoreError> {
        let sql = format!("SELECT pg_notify('{NOTIFICATIONS}', $1)");
        let backend = self.db.get_database_backend();
        let notify = Statement::from_sql_and_values(backend, sql, [payload.into()]);
        self.db.query_all_raw(notify).await?;
        Ok(())
    }
}

async fn connect(options: PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(CONNECT)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    // A listener that lost the connection must report that notifications may have been missed.
    listener.eager_reconnect(false);
    listener.listen(NOTIFICATIONS).await?;
    Ok(listener)
}

fn failed(error: sqlx::Error) -> StoreError {
    DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
}
