//! Which way a refresh goes, and with what.

use std::time::Duration;

use domain::{Lease, Provider};
use futures_util::{FutureExt, future::BoxFuture};
use secrecy::SecretString;

use crate::{
    connections::{Connections, Error, Subject, error::Upstream},
    store::ConnectionRecord,
    upstream::{ProviderSession, UpstreamError},
};

/// Which way a refresh goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// With client credentials of this server's own: the provider says what is wrong.
    Direct,
    /// All failures look alike.
    NhostAuth,
}

/// Why a refresh brought nothing.
#[derive(Debug)]
pub enum Failed {
    Upstream(UpstreamError),
    /// There was nothing to call with.
    NotCalled(Error),
}

impl From<UpstreamError> for Failed {
    fn from(error: UpstreamError) -> Self {
        Self::Upstream(error)
    }
}

impl Connections {
    pub(in crate::connections) fn path(&self, provider: Provider) -> Path {
        if self.parts.direct.handles(provider) { Path::Direct } else { Path::NhostAuth }
    }

    /// Whether a refresh can be made while the user is away.
    pub(in crate::connections) fn can_refresh_alone(&self, provider: Provider) -> bool {
        self.path(provider) == Path::Direct
            || self.parts.service_jwt.is_some()
            || self.parts.jwt_secrets.can_mint()
    }

    /// Refreshes by the path that there is for this provider, in what is left of the lease: signing
    /// the service in and renewing its JWT included.
    pub(in crate::connections) async fn call(
        &self,
        lease: &Lease,
        record: &ConnectionRecord,
        refresh_token: &SecretString,
        subject: &Subject,
    ) -> Result<ProviderSession, Failed> {
        let provider = record.provider;
        let deadline = lease.deadline.into();
        let in_time = async |called| {
            tokio::time::timeout_at(deadline, called)
                .await
                .unwrap_or_else(|_| Err(UpstreamError::too_slow()))
        };
        if self.path(provider) == Path::Direct {
            let called = self.parts.direct.refresh(provider, refresh_token, record.now).boxed();
            return Ok(in_time(called).await?);
        }
        let nhost_auth = &self.parts.nhost_auth;
        let refresh = |bearer: SecretString| {
            async move { nhost_auth.refresh(provider, refresh_token, &bearer, record.now).await }
                .boxed()
        };
        let bearer = self.bearer_to_refresh(subject).boxed();
        let (bearer, is_services) = before_the_call(lease, bearer).await?;
        match in_time(refresh(bearer.clone())).await {
            // The service's own JWT is held for a while: it may have been taken back meanwhile.
            Err(UpstreamError::Unauthenticated) if is_services => {
                let Some(service_jwt) = &self.parts.service_jwt else {
                    return Err(UpstreamError::Unauthenticated.into());
                };
                let renewed = async {
                    let renewed = service_jwt.renew(nhost_auth, &bearer).await;
                    renewed.map_err(|error| no_service_jwt(&error))
                };
                let bearer = before_the_call(lease, renewed.boxed()).await?;
                Ok(in_time(refresh(bearer)).await?)
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
            Some(service_jwt) => {
                let had = service_jwt.get(&self.parts.nhost_auth).await;
                Ok((had.map_err(|error| no_service_jwt(&error))?, true))
            }
            None => Ok((self.bearer(subject).map_err(Failed::NotCalled)?, false)),
        }
    }
}

/// What a refresh takes, as a rule and a little more. With less left of the lease it isn't sent: an
/// answer that comes too late may be a refresh token that exists nowhere else.
const A_CALL_TAKES: Duration = Duration::from_secs(5);

/// What has to be had before the call, while there is time for the call.
async fn before_the_call<T>(
    lease: &Lease,
    had: BoxFuture<'_, Result<T, Failed>>,
) -> Result<T, Failed> {
    let until = lease.deadline.checked_sub(A_CALL_TAKES).unwrap_or(lease.deadline);
    tokio::time::timeout_at(until.into(), had)
        .await
        .unwrap_or_else(|_| Err(no_service_jwt(&UpstreamError::too_slow())))
}

/// Signing the service in is another kind of call, with limits of its own: that it failed says
/// nothing of refreshes, nor of this connection.
fn no_service_jwt(error: &UpstreamError) -> Failed {
    Failed::NotCalled(Error::UpstreamUnavailable {
        upstream: Upstream::NhostAuth,
        retry_after: error.retry_after().unwrap_or(crate::connections::demand::RETRY_AFTER),
    })
}
