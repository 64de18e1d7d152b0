//! Which way a refresh goes, and with what.

use domain::{Lease, Provider};
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
        let called = self.call_within(record, refresh_token, subject);
        tokio::time::timeout_at(lease.deadline.into(), called)
            .await
            .unwrap_or_else(|_| Err(UpstreamError::too_slow().into()))
    }

    async fn call_within(
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
                let renewed = service_jwt.renew(nhost_auth, &bearer).await;
                let bearer = renewed.map_err(|error| no_service_jwt(&error))?;
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
            Some(service_jwt) => {
                let had = service_jwt.get(&self.parts.nhost_auth).await;
                Ok((had.map_err(|error| no_service_jwt(&error))?, true))
            }
            None => Ok((self.bearer(subject).map_err(Failed::NotCalled)?, false)),
        }
    }
}

/// Signing the service in is another kind of call, with limits of its own: that it failed says
/// nothing of refreshes, nor of this connection.
fn no_service_jwt(error: &UpstreamError) -> Failed {
    Failed::NotCalled(Error::UpstreamUnavailable {
        upstream: Upstream::NhostAuth,
        retry_after: error.retry_after().unwrap_or(crate::connections::demand::RETRY_AFTER),
    })
}
