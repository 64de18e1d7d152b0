use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use domain::{ConnectionKey, Kind, Lease, Provider, State};

use super::{
    Connections, Error, ExpectedAccount, Subject, bearer::Bearer, demand::RETRY_AFTER,
    pause::Pause, pending_commit::Committed, single_flight::Outcome, story::told,
    upstream_health::A_CALL_TAKES,
};
use crate::{
    metrics,
    store::ConnectionRecord,
    upstream::{ProviderSession, UpstreamError},
};

/// If Nhost Auth has no session, a call this soon after a success returns the same connection: a
/// browser that calls twice (as React's `StrictMode` does) must not get an error.
const REPEAT_WINDOW: TimeDelta = TimeDelta::seconds(60);

/// An address that has used up its sign-ins gets the next one by then: Nhost Auth allows ten in
/// five minutes, and doesn't say when.
const AN_ADDRESS_WAITS: Duration = Duration::from_secs(30);

/// How long a caller waits, because a request may take only a little longer. The flight continues.
const CALLER_WAITS: Duration = Duration::from_secs(45);

impl Connections {
    /// Fetches the provider session of the user's sign-in and stores it.
    pub async fn connect(
        &self,
        subject: &Subject,
        provider: Provider,
    ) -> Result<Arc<ConnectionRecord>, Error> {
        self.connect_as(subject, provider, None).await
    }

    /// The same, if the sign-in was with the `expected` account.
    pub async fn connect_as(
        &self,
        subject: &Subject,
        provider: Provider,
        expected: Option<ExpectedAccount>,
    ) -> Result<Arc<ConnectionRecord>, Error> {
        let connected = self.connect_or_join(subject, provider, expected);
        told("connect", provider, |record: &Arc<ConnectionRecord>| record.id, connected).await
    }

    async fn connect_or_join(
        &self,
        subject: &Subject,
        provider: Provider,
        expected: Option<ExpectedAccount>,
    ) -> Result<Arc<ConnectionRecord>, Error> {
        if subject.is_anonymous() {
            return Err(Error::Forbidden(
                "An anonymous user can't connect a provider. Sign in with a provider or an email \
                 address first.",
            ));
        }
        if expected.is_some() {
            self.can_expect(provider)?;
        }
        let bearer = self.bearer(subject).await?;
        let key = subject.key(provider);
        let work = &self.parts.work;
        let connected = async {
            let mut joined_before = false;
            loop {
                let (flight, started) = work.connects.join(key, &work.tasks, || {
                    let (bearer, subject) = (bearer.clone(), subject.clone());
                    self.clone().connect_flight(key, bearer, subject, expected.clone())
                });
                let ended = flight.await.into_result();
                // A flight that was joined may have asked Nhost Auth before this caller signed in.
                // The next one asks after it, and returns the same if there is nothing new.
                let may_be_older = matches!(ended, Ok(_) | Err(Error::ProviderSessionNotFound(_)));
                // It was counted for the caller that started it.
                let of_others =
                    matches!(ended, Err(Error::RateLimited { .. })) && !subject.is_counted();
                let of_another_jwt = matches!(ended, Err(Error::Unauthenticated(_)))
                    && subject.own_bearer().is_some();
                // The caller that started it expected another account. This caller expects none.
                let of_another_expectation = expected.is_none()
                    && matches!(
                        ended,
                        Err(Error::AccountMismatch(_) | Error::AccountUnverified(_))
                    );
                let may_differ =
                    may_be_older || of_others || of_another_jwt || of_another_expectation;
                if started || joined_before || !may_differ {
                    let record = ended?;
                    // The flight of another caller did not check this one's account.
                    if let (false, Some(expected)) = (started, &expected) {
                        self.confirm_account(&record, expected).await?;
                    }
                    return Ok(record);
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
        bearer: Bearer,
        subject: Subject,
        expected: Option<ExpectedAccount>,
    ) -> Outcome {
        let (sessions, actor) = (&self.parts.sessions, subject.actor());
        if subject.is_counted()
            && let Err(error) = self.parts.user_rate.count_connect(key.user_id)
        {
            return error.into();
        }
        if sessions.is_limited(subject.address()) {
            return Error::SessionNotFetched { retry_after: AN_ADDRESS_WAITS }.into();
        }
        // Callers that arrive in the meantime join: Nhost Auth is asked once, and the latest
        // sign-in counts.
        let wait = sessions.wait_for(key, bearer.callers());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let (record, lease) = match self.lease_to_connect(key).await {
            Ok(leased) => leased,
            Err(error) => return error.into(),
        };
        let _held = lease.as_ref().map(|_| metrics::lease_held());
        fail::fail_point!("connect.leased");
        let (bearer, fetched) = self.take_session(bearer, &record, lease.as_ref(), &subject).await;
        let error = match fetched {
            Ok(mut session) => {
                fail::fail_point!("connect.fetched");
                let profile = match &expected {
                    None => None,
                    Some(expected) => {
                        let lease = lease.as_ref();
                        match self.check_session(&record, &session, expected, lease).await {
                            Ok(profile) => Some(profile),
                            Err(error) => {
                                if let Some(lease) = lease {
                                    self.give_back(*lease).await;
                                }
                                return error.into();
                            }
                        }
                    }
                };
                session.scopes = self.scopes_of_sign_in(key.provider, session.scopes);
                let committed = self.commit(lease, &record, &session, Kind::Connected, actor).await;
                fail::fail_point!("connect.committed");
                return match committed {
                    Committed::Yes(record) => Outcome::ok(self.with_profile(record, profile).await),
                    // Another sign-in was faster: that one counts.
                    Committed::Overtaken(Some(record)) => self.as_expected(record, expected).await,
                    Committed::Overtaken(None) => Error::NotConnected(key.provider).into(),
                };
            }
            Err(error) => error,
        };
        if let Some(lease) = lease {
            self.give_back(lease).await;
        }
        match error {
            UpstreamError::NoSession => {
                sessions.note_none(key, bearer.callers());
                if was_connected_just_now(&record) {
                    return self.as_expected(record, expected).await;
                }
            }
            UpstreamError::RateLimited { .. } => sessions.note_limited(subject.address()),
            _ => {}
        }
        refused(&error, &record, &bearer).into()
    }

    /// The session, and the JWT that fetched it. If Nhost Auth accepts another issuer, a JWT of
    /// this server is signed again.
    async fn take_session(
        &self,
        bearer: Bearer,
        record: &ConnectionRecord,
        lease: Option<&Lease>,
        subject: &Subject,
    ) -> (Bearer, Result<ProviderSession, UpstreamError>) {
        let take = async |bearer: &Bearer| {
            let nhost_auth = &self.parts.nhost_auth;
            let caller = subject.address();
            nhost_auth.take_session(record.provider, bearer.jwt(), caller, record.now).await
        };
        let taken = take(&bearer).await;
        if !matches!(taken, Err(UpstreamError::Unauthenticated)) {
            return (bearer, taken);
        }
        // While the lease leaves time for another call.
        let deadline = lease.map_or_else(|| Instant::now() + Lease::LASTS, |lease| lease.deadline);
        let until = deadline.checked_sub(A_CALL_TAKES).unwrap_or(deadline);
        let other = self.bearer_instead_of(&bearer, record.user_id);
        if let Ok(Some(other)) = tokio::time::timeout_at(until.into(), other).await {
            let taken = tokio::time::timeout_at(deadline.into(), take(&other)).await;
            let what = "it did not answer in time";
            return (other, taken.unwrap_or(Err(UpstreamError::Unreadable { what })));
        }
        (bearer, taken)
    }

    /// Takes the lease before the session is fetched. This also proves that the database can be
    /// written to: a session that was fetched and can't be stored is lost.
    ///
    /// A connection whose last tokens wait for the database has no lease: this process holds the
    /// tokens, and its spool, which accepted those, will accept a newer session as well.
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
                    connection = %record.id,
                    "another call for this connection did not finish within its lease: if this \
                     continues, look for a slow database"
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

fn refused(error: &UpstreamError, record: &ConnectionRecord, bearer: &Bearer) -> Error {
    let (provider, connection) = (record.provider, record.id);
    let (status, class) = (error.status(), error.class());
    match error {
        UpstreamError::NoSession => Error::ProviderSessionNotFound(provider),
        UpstreamError::Unreadable { .. } => {
            tracing::warn!(
                %error,
                status,
                class,
                %provider,
                %connection,
                "a provider session was lost together with Nhost Auth's response"
            );
            Error::ProviderSessionSpent(provider)
        }
        UpstreamError::NotEnabled => Error::ProviderNotEnabled(provider),
        UpstreamError::Unauthenticated => bearer.refused(error, record),
        UpstreamError::Forbidden => Error::Forbidden(
            "Nhost Auth rejects this user: the account is disabled, or the user signed in \
             anonymously.",
        ),
        // It says nothing about calls that refresh: Nhost Auth limits them separately.
        UpstreamError::Refused
        | UpstreamError::Ended(_)
        | UpstreamError::GrantRefused { .. }
        | UpstreamError::ClientRefused(_)
        | UpstreamError::RateLimited { .. }
        | UpstreamError::Unavailable { .. } => {
            tracing::warn!(
                %error,
                status,
                class,
                %provider,
                %connection,
                "a provider session could not be fetched"
            );
            let otherwise = match error {
                UpstreamError::RateLimited { .. } => AN_ADDRESS_WAITS,
                _ => RETRY_AFTER,
            };
            let retry_after = error.retry_after().unwrap_or(otherwise);
            Error::SessionNotFetched { retry_after: retry_after.max(Duration::from_secs(1)) }
        }
    }
}
