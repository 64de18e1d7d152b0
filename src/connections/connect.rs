use std::sync::Arc;

use chrono::TimeDelta;
use domain::{Actor, ConnectionKey, Kind, Lease, Provider, State};
use secrecy::SecretString;

use super::{
    Connections, Error, Subject, demand::RETRY_AFTER, error::Upstream, pause::Pause,
    pending_commit::Committed, refresh_failed::took_too_long, single_flight::Outcome,
};
use crate::{store::ConnectionRecord, upstream::UpstreamError};

/// A call this soon after a success answers the same connection: a browser that calls twice
/// (React's `StrictMode` does) must not be told that the session is gone.
const REPEAT_WINDOW: TimeDelta = TimeDelta::seconds(60);

impl Connections {
    /// Fetches the provider session of the user's sign-in and keeps it.
    pub async fn connect(
        &self,
        subject: &Subject,
        provider: Provider,
    ) -> Result<Arc<ConnectionRecord>, Error> {
        if subject.is_anonymous() {
            return Err(Error::Forbidden(
                "An anonymous user can't connect a provider. Sign in with a provider or an email \
                 address first.",
            ));
        }
        let bearer = self.bearer(subject)?;
        let key = subject.key(provider);
        let work = &self.parts.work;
        let (flight, _) = work
            .connects
            .join(key, &work.tasks, || self.clone().connect_flight(key, bearer, subject.actor()));
        flight.await.into_result()
    }

    async fn connect_flight(
        self,
        key: ConnectionKey,
        bearer: SecretString,
        actor: Actor,
    ) -> Outcome {
        let (record, lease) = match self.lease_to_connect(key).await {
            Ok(Leased::Yes(record, lease)) => (*record, lease),
            Ok(Leased::Connected(record)) => return Outcome::ok(*record),
            Err(error) => return error.into(),
        };
        fail::fail_point!("connect.leased");
        match self.parts.nhost_auth.take_session(key.provider, &bearer, record.now).await {
            Ok(session) => {
                fail::fail_point!("connect.fetched");
                let committed = self.commit(lease, &record, &session, Kind::Connected, actor).await;
                fail::fail_point!("connect.committed");
                match committed {
                    // Overtaken by another sign-in: that one counts.
                    Committed::Yes(record) | Committed::Overtaken(Some(record)) => {
                        Outcome::ok(record)
                    }
                    Committed::Overtaken(None) => Error::NotConnected(key.provider).into(),
                }
            }
            Err(error) => {
                self.give_back(lease).await;
                refused(&error, key.provider).into()
            }
        }
    }

    /// Takes the lease before the session is fetched, which also proves that the database can be
    /// written: a session that was fetched and can't be kept is lost.
    async fn lease_to_connect(&self, key: ConnectionKey) -> Result<Leased, Error> {
        let parts = &self.parts;
        let mut pause = Pause::new();
        loop {
            let record = match parts.store.find(key).await {
                Ok(Some(record)) => parts.work.held.newest(record),
                Ok(None) => {
                    parts.store.prepare(key, parts.random.uuid()).await?;
                    continue;
                }
                // Connected just now, but for the database.
                Err(error) => match parts.work.held.get(key) {
                    Some(held) => held,
                    None => return Err(error.into()),
                },
            };
            let age = record.now - record.connected_at;
            let repeats = TimeDelta::zero() <= age && age < REPEAT_WINDOW;
            if record.state == State::Active && repeats {
                return Ok(Leased::Connected(Box::new(record)));
            }
            if let Some(lease) = self.take_lease(&record).await? {
                return Ok(Leased::Yes(Box::new(record), lease));
            }
            if pause.waited() > Lease::LASTS {
                return Err(took_too_long(key.provider));
            }
            pause.wait().await;
        }
    }
}

/// What came of asking for the lease.
enum Leased {
    Yes(Box<ConnectionRecord>, Lease),
    /// Somebody connected it just now.
    Connected(Box<ConnectionRecord>),
}

fn refused(error: &UpstreamError, provider: Provider) -> Error {
    match error {
        UpstreamError::NoSession => Error::ProviderSessionNotFound(provider),
        UpstreamError::NotEnabled => Error::ProviderNotEnabled(provider),
        UpstreamError::Unauthenticated => Error::JWT_REFUSED,
        UpstreamError::Forbidden => Error::Forbidden(
            "Nhost Auth does not let this user in: it is disabled, or signed in anonymously.",
        ),
        UpstreamError::Refused
        | UpstreamError::Ended(_)
        | UpstreamError::ClientRefused(_)
        | UpstreamError::RateLimited { .. }
        | UpstreamError::Unavailable { .. } => {
            tracing::warn!(%error, %provider, "a provider session could not be fetched");
            let retry_after = error.retry_after().unwrap_or(RETRY_AFTER);
            Error::UpstreamUnavailable { upstream: Upstream::NhostAuth, retry_after }
        }
    }
}
