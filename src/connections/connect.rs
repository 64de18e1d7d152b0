use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{Actor, ConnectionKey, Kind, Lease, Provider, State};
use secrecy::SecretString;

use super::{
    Connections, Error, Subject, demand::RETRY_AFTER, pause::Pause, pending_commit::Committed,
    single_flight::Outcome,
};
use crate::{store::ConnectionRecord, upstream::UpstreamError};

/// Where Nhost Auth has no session, a call this soon after a success answers the same connection:
/// a browser that calls twice (React's `StrictMode` does) must not be told that the session is
/// gone.
const REPEAT_WINDOW: TimeDelta = TimeDelta::seconds(60);

/// How long a caller waits: a request may take little longer. The flight goes on.
const CALLER_WAITS: Duration = Duration::from_secs(45);

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
        let connected = async {
            let mut joined_before = false;
            loop {
                let (flight, started) = work.connects.join(key, &work.tasks, || {
                    self.clone().connect_flight(key, bearer.clone(), subject.actor().clone())
                });
                let ended = flight.await.into_result();
                // A flight that was joined may have asked Nhost Auth before this caller had signed
                // in. The next one asks after it: where there is nothing new, it answers the same.
                let may_be_older = matches!(ended, Ok(_) | Err(Error::ProviderSessionNotFound(_)));
                if started || joined_before || !may_be_older {
                    return ended;
                }
                joined_before = true;
            }
        };
        match tokio::time::timeout(CALLER_WAITS, connected).await {
            Ok(ended) => ended,
            Err(_) => Err(Error::StillConnecting { provider, retry_after: RETRY_AFTER }),
        }
    }

    async fn connect_flight(
        self,
        key: ConnectionKey,
        bearer: SecretString,
        actor: Actor,
    ) -> Outcome {
        let (record, lease) = match self.lease_to_connect(key).await {
            Ok(leased) => leased,
            Err(error) => return error.into(),
        };
        fail::fail_point!("connect.leased");
        let fetched = self.parts.nhost_auth.take_session(key.provider, &bearer, record.now).await;
        let error = match fetched {
            Ok(session) => {
                fail::fail_point!("connect.fetched");
                let committed =
                    self.commit(lease, &record, &session, Kind::Connected, &actor).await;
                fail::fail_point!("connect.committed");
                return match committed {
                    // Overtaken by another sign-in: that one counts.
                    Committed::Yes(record) | Committed::Overtaken(Some(record)) => {
                        Outcome::ok(record)
                    }
                    Committed::Overtaken(None) => Error::NotConnected(key.provider).into(),
                };
            }
            Err(error) => error,
        };
        if let Some(lease) = lease {
            self.give_back(lease).await;
        }
        if error == UpstreamError::NoSession && was_connected_just_now(&record) {
            return Outcome::ok(record);
        }
        refused(&error, key.provider).into()
    }

    /// Takes the lease before the session is fetched, which also proves that the database can be
    /// written: a session that was fetched and can't be kept is lost.
    ///
    /// There is none to be had for a connection whose last tokens wait for the database: this
    /// process has it, and its spool, which has taken those, takes a newer session as well.
    async fn lease_to_connect(
        &self,
        key: ConnectionKey,
    ) -> Result<(ConnectionRecord, Option<Lease>), Error> {
        let parts = &self.parts;
        let pending = &parts.work.pending;
        let mut pause = Pause::new();
        loop {
            if let Some(record) = pending.get(key).filter(|_| pending.is_safe(key)) {
                return Ok((record, None));
            }
            let Some(record) = parts.store.find(key).await? else {
                parts.store.prepare(key, parts.random.uuid()).await?;
                continue;
            };
            if let Some(lease) = self.take_lease(&record).await? {
                return Ok((record, Some(lease)));
            }
            if pause.waited() > Lease::LASTS {
                tracing::warn!(
                    provider = %key.provider,
                    "another call of this connection did not end within its lease: if this goes \
                     on, look for a slow database"
                );
                return Err(Error::StillConnecting {
                    provider: key.provider,
                    retry_after: RETRY_AFTER,
                });
            }
            pause.wait().await;
        }
    }
}

fn was_connected_just_now(record: &ConnectionRecord) -> bool {
    let age = record.now - record.connected_at;
    let works = matches!(record.state, State::Active | State::RefreshFailing);
    works && TimeDelta::zero() <= age && age < REPEAT_WINDOW
}

fn refused(error: &UpstreamError, provider: Provider) -> Error {
    match error {
        UpstreamError::NoSession => Error::ProviderSessionNotFound(provider),
        UpstreamError::Unreadable { .. } => {
            tracing::warn!(%error, %provider, "a provider session was lost with Nhost Auth's answer");
            Error::ProviderSessionSpent(provider)
        }
        UpstreamError::NotEnabled => Error::ProviderNotEnabled(provider),
        UpstreamError::Unauthenticated => Error::JWT_REFUSED,
        UpstreamError::Forbidden => Error::Forbidden(
            "Nhost Auth does not let this user in: it is disabled, or signed in anonymously.",
        ),
        // It says nothing of the calls that refresh: Nhost Auth limits them apart.
        UpstreamError::Refused
        | UpstreamError::Ended(_)
        | UpstreamError::GrantRefused { .. }
        | UpstreamError::ClientRefused(_)
        | UpstreamError::RateLimited { .. }
        | UpstreamError::Unavailable { .. } => {
            tracing::warn!(%error, %provider, "a provider session could not be fetched");
            let retry_after = error.retry_after().unwrap_or(RETRY_AFTER);
            Error::SessionNotFetched { retry_after: retry_after.max(Duration::from_secs(1)) }
        }
    }
}
