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

/// The endpoint that a refresh calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The provider's own, with this server's client credentials: its errors name the cause.
    Direct,
    /// Nhost Auth's, where all failures look alike.
    NhostAuth,
}

/// Why a refresh failed.
#[derive(Debug)]
pub enum Failed {
    Upstream(UpstreamError),
    /// There were no credentials for the call.
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

    /// Whether a refresh is possible while the user is away.
    pub(in crate::connections) fn can_refresh_alone(&self, provider: Provider) -> bool {
        self.path(provider) == Path::Direct
            || self.parts.service_jwt.is_some()
            || self.parts.minted_jwts.are_possible()
    }

    /// Refreshes at the endpoint for this provider, within the rest of the lease, which includes
    /// signing the service in and renewing its JWT.
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

/// The usual duration of a call to Nhost Auth, plus a little. If the lease has less time left, the
/// call isn't sent: a response that comes too late may contain a refresh token that exists nowhere
/// else.
pub const A_CALL_TAKES: Duration = Duration::from_secs(5);

/// Fetches what the call needs, while there is time for the call.
async fn before_the_call<T>(lease: &Lease, had: BoxFuture<'_, T>) -> Result<T, Failed> {
    let until = lease.deadline.checked_sub(A_CALL_TAKES).unwrap_or(lease.deadline);
    tokio::time::timeout_at(until.into(), had)
        .await
        .map_err(|_| Failed::NotCalled(not_now(&UpstreamError::too_slow())))
}
