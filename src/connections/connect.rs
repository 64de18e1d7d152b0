use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::SecretString;

use super::{
    Connections, Error, Subject,
    error::Upstream,
    flights::Outcome,
    pause::Pause,
    refresh::{RETRY_AFTER, took_too_long},
};
use crate::{
    store::{Actor, ConnectionKey, ConnectionRecord, Kind, LEASE, Lease, Provider, State},
    upstream::{ProviderSession, UpstreamError},
};

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
        let (record, lease) = match self.lease_to_connect(key, true).await {
            Ok(Leased::Yes(record, lease)) => (record, lease),
            Ok(Leased::Connected(record)) => return Outcome::ok(record),
            Err(error) => return error.into(),
        };
        match self.parts.nhost_auth.take_session(key.provider, &bearer).await {
            Ok(session) => self.keep(record, lease, &session, actor).await,
            Err(error) => {
                self.give_back(lease).await;
                refused(&error, key.provider).into()
            }
        }
    }

    /// Takes the lease before the session is fetched, which also proves that the database can be
    /// written: a session that was fetched and can't be kept is lost.
    async fn lease_to_connect(&self, key: ConnectionKey, may_join: bool) -> Result<Leased, Error> {
        let parts = &self.parts;
        let mut pause = Pause::new();
        loop {
            let Some(record) = parts.store.find(key).await? else {
                parts.store.prepare(key, parts.random.uuid()).await?;
                continue;
            };
            let age = record.now - record.connected_at;
            let repeats = TimeDelta::zero() <= age && age < REPEAT_WINDOW;
            if may_join && record.state == State::Active && repeats {
                return Ok(Leased::Connected(record));
            }
            if let Some(lease) = parts.store.take_lease(&record, parts.random.uuid()).await? {
                return Ok(Leased::Yes(record, lease));
            }
            if pause.waited() > LEASE {
                return Err(took_too_long(key.provider));
            }
            pause.wait().await;
        }
    }

    /// Commits the session; if the lease was lost over a slow database, takes another, because
    /// these tokens are of a newer sign-in than any that were written meanwhile.
    async fn keep(
        &self,
        mut record: ConnectionRecord,
        mut lease: Lease,
        session: &ProviderSession,
        actor: Actor,
    ) -> Outcome {
        let key = record.key();
        let mut pause = Pause::new();
        loop {
            if let Some(connected) =
                self.commit(lease, &record, session, Kind::Connected, actor).await
            {
                return Outcome::ok(connected);
            }
            loop {
                match self.lease_to_connect(key, false).await {
                    Ok(Leased::Yes(again, another)) => {
                        (record, lease) = (again, another);
                        break;
                    }
                    Ok(Leased::Connected(_)) | Err(_) => pause.wait().await,
                }
            }
        }
    }
}

/// What came of asking for the lease.
enum Leased {
    Yes(ConnectionRecord, Lease),
    /// Somebody connected it just now.
    Connected(ConnectionRecord),
}

fn refused(error: &UpstreamError, provider: Provider) -> Error {
    match error {
        UpstreamError::NoSession => Error::ProviderSessionNotFound(provider),
        UpstreamError::NotEnabled => Error::ProviderNotEnabled(provider),
        UpstreamError::Unauthenticated => Error::JWT_REFUSED,
        UpstreamError::Forbidden => Error::Forbidden(
            "Nhost Auth does not let this user in: it is disabled, or signed in anonymously.",
        ),
        UpstreamError::Refused | UpstreamError::Unavailable { .. } => {
            tracing::warn!(%error, %provider, "a provider session could not be fetched");
            let retry_after = match error {
                UpstreamError::Unavailable { retry_after: Some(after), .. } => *after,
                _ => RETRY_AFTER,
            };
            Error::UpstreamUnavailable { upstream: Upstream::NhostAuth, retry_after }
        }
    }
}
