use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::Provider;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::connections::{Connections, Error, Subject, error::Upstream};
use crate::{
    store::{Admission, ConnectionRecord, Health, PROBE_EVERY, StoreError, Targets},
    upstream::{ProviderSession, UpstreamError},
};

const NHOST_AUTH: &str = "nhost-auth";

/// How long a user's call waits for its turn.
const TURN: Duration = Duration::from_secs(5);

/// Those of this process who wait for their turn at an upstream.
#[derive(Debug, Default)]
pub struct Queues(Mutex<HashMap<&'static str, Arc<tokio::sync::Mutex<()>>>>);

impl Queues {
    fn of(&self, host: &'static str) -> Arc<tokio::sync::Mutex<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(host).or_default().clone()
    }
}

/// Which way a refresh goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// With client credentials of this server's own: the provider says what is wrong.
    Direct,
    /// All failures look alike.
    NhostAuth,
}

/// What an upstream may be called for: a turn at its pace.
#[derive(Clone, Copy, Debug)]
pub(in crate::connections) struct Turn {
    /// A success is to be told to the other replicas.
    pub news: bool,
}

impl Connections {
    pub(in crate::connections) fn path(&self, provider: Provider) -> Path {
        if self.parts.direct.handles(provider) { Path::Direct } else { Path::NhostAuth }
    }

    pub(in crate::connections) fn targets(&self, provider: Provider) -> Targets {
        match self.path(provider) {
            Path::Direct => Targets { host: provider.as_str(), behind: None },
            Path::NhostAuth => Targets { host: NHOST_AUTH, behind: Some(provider.as_str()) },
        }
    }

    /// Whether a refresh can be made while the user is away.
    pub(in crate::connections) fn can_refresh_alone(&self, provider: Provider) -> bool {
        self.path(provider) == Path::Direct
            || self.parts.service_jwt.is_some()
            || self.parts.jwt_secrets.can_mint()
    }

    /// Waits a little for a turn to call the provider's upstream.
    pub(in crate::connections) async fn turn(&self, provider: Provider) -> Result<Turn, Error> {
        let targets = self.targets(provider);
        let until = Instant::now() + TURN;
        // One of this process asks at a time, in the order of their coming; the others wait here.
        let queue = self.parts.work.queues.of(targets.host);
        let place = tokio::time::timeout_at(until, queue.lock()).await;
        loop {
            let wait = match (&place, self.admit(targets, 1).await?) {
                (_, Admission::Granted { news, .. }) => return Ok(Turn { news }),
                (Ok(_), Admission::Paced(wait)) if Instant::now() < until => wait,
                (_, Admission::Paced(wait) | Admission::BreakerOpen(wait)) => {
                    tracing::info!(
                        %provider,
                        retry_in_seconds = wait.as_secs_f32(),
                        "a refresh was not tried: its upstream is known to be down, or is called \
                         as often as it may be"
                    );
                    return Err(Error::UpstreamUnavailable {
                        upstream: Upstream::Provider(provider),
                        retry_after: wait.max(Duration::from_secs(1)),
                    });
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    pub(in crate::connections) async fn admit(
        &self,
        targets: Targets,
        wanted: u32,
    ) -> Result<Admission, StoreError> {
        self.parts.store.admit(targets, wanted, self.parts.pacing.per_second).await
    }

    /// Refreshes by the path that there is for this provider.
    pub(in crate::connections) async fn call(
        &self,
        record: &ConnectionRecord,
        refresh_token: &SecretString,
        subject: &Subject,
    ) -> Result<ProviderSession, Failed> {
        let provider = record.provider;
        if self.path(provider) == Path::Direct {
            return Ok(self.parts.direct.refresh(provider, refresh_token, record.now).await?);
        }
        let nhost_auth = &self.parts.nhost_auth;
        let (bearer, is_services) = self.bearer_to_refresh(subject).await?;
        match nhost_auth.refresh(provider, refresh_token, &bearer, record.now).await {
            // The service's own JWT is held for a while: it may have been taken back meanwhile.
            Err(UpstreamError::Unauthenticated) if is_services => {
                let Some(service_jwt) = &self.parts.service_jwt else {
                    return Err(UpstreamError::Unauthenticated.into());
                };
                let bearer = service_jwt.renew(nhost_auth, &bearer).await?;
                Ok(nhost_auth.refresh(provider, refresh_token, &bearer, record.now).await?)
            }
            called => Ok(called?),
        }
    }

    /// Any JWT of the project serves: the user's, the service's own, or one made in the user's name.
    async fn bearer_to_refresh(&self, subject: &Subject) -> Result<(SecretString, bool), Failed> {
        if let Some(bearer) = subject.own_bearer() {
            return Ok((bearer, false));
        }
        match &self.parts.service_jwt {
            Some(service_jwt) => Ok((service_jwt.get(&self.parts.nhost_auth).await?, true)),
            None => Ok((self.bearer(subject).map_err(Failed::NotCalled)?, false)),
        }
    }

    /// Tells all replicas that the upstream works.
    pub(in crate::connections) async fn upstream_works(&self, provider: Provider, turn: Turn) {
        if !turn.news {
            return;
        }
        let Targets { host, behind } = self.targets(provider);
        for name in [Some(host), behind].into_iter().flatten() {
            if let Err(error) = self.parts.store.upstream_succeeded(name).await {
                tracing::warn!(cause = error.causes(), "a recovery could not be noted");
            }
        }
    }

    /// Tells all replicas what a failure says of the upstream. Answers how the provider fares,
    /// where that counts; without a word from the database: badly.
    pub(in crate::connections) async fn upstream_fails(
        &self,
        record: &ConnectionRecord,
        error: &UpstreamError,
    ) -> Option<Health> {
        let store = &self.parts.store;
        let Targets { host, behind } = self.targets(record.provider);
        let noted = match error {
            UpstreamError::RateLimited { retry_after } => {
                store.open_breaker(host, retry_after.unwrap_or(PROBE_EVERY)).await.map(|()| None)
            }
            UpstreamError::Unavailable { retry_after: Some(after), .. } => {
                store.open_breaker(host, *after).await.map(|()| None)
            }
            UpstreamError::Unavailable { .. } => {
                store.upstream_failed(host, record.id).await.map(Some)
            }
            // Nhost Auth itself works.
            UpstreamError::Refused | UpstreamError::ClientRefused(_) => {
                store.upstream_failed(behind.unwrap_or(host), record.id).await.map(Some)
            }
            // It answered, and told about this grant alone.
            UpstreamError::Ended(_) => store.upstream_succeeded(host).await.map(|()| None),
            _ => Ok(None),
        };
        noted.unwrap_or_else(|error| {
            tracing::warn!(cause = error.causes(), "a failure could not be noted");
            None
        })
    }
}

/// Why a refresh brought nothing.
#[derive(Debug)]
pub(in crate::connections) enum Failed {
    Upstream(UpstreamError),
    /// There was nothing to call with.
    NotCalled(Error),
}

impl From<UpstreamError> for Failed {
    fn from(error: UpstreamError) -> Self {
        Self::Upstream(error)
    }
}
