//! Which endpoint a refresh calls, and with which credentials.

use std::time::Duration;

use domain::{Lease, Provider};
use futures_util::{FutureExt, future::BoxFuture};
use secrecy::SecretString;

use crate::{
    connections::{
        Connections, Error, Subject,
        bearer::{Bearer, not_now},
    },
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
            || self.parts.minted_jwts.are_possible()
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
        let refresh = |bearer: &Bearer| {
            let jwt = bearer.jwt().clone();
            async move { nhost_auth.refresh(provider, refresh_token, &jwt, record.now).await }
                .boxed()
        };
        let bearer = before_the_call(lease, self.bearer_to_refresh(subject).boxed()).await?;
        let mut bearer = bearer.map_err(Failed::NotCalled)?;
        let mut called = in_time(refresh(&bearer)).await;
        if matches!(called, Err(UpstreamError::Unauthenticated)) {
            let other = self.bearer_instead_of(&bearer, record.user_id).boxed();
            if let Some(other) = before_the_call(lease, other).await? {
                bearer = other;
                called = in_time(refresh(&bearer)).await;
            }
        }
        called.map_err(|error| match error {
            UpstreamError::Unauthenticated | UpstreamError::Forbidden => {
                Failed::NotCalled(bearer.refused(&error, record))
            }
            error => Failed::Upstream(error),
        })
    }
}

/// What a call of Nhost Auth takes, as a rule and a little more. With less left of the lease it isn't sent: an
/// answer that comes too late may be a refresh token that exists nowhere else.
pub const A_CALL_TAKES: Duration = Duration::from_secs(5);

/// What has to be had before the call, while there is time for the call.
async fn before_the_call<T>(lease: &Lease, had: BoxFuture<'_, T>) -> Result<T, Failed> {
    let until = lease.deadline.checked_sub(A_CALL_TAKES).unwrap_or(lease.deadline);
    tokio::time::timeout_at(until.into(), had)
        .await
        .map_err(|_| Failed::NotCalled(not_now(&UpstreamError::too_slow())))
}
