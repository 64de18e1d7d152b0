use std::time::Duration;

use domain::{FailureCode, Provider};

use super::NotGranted;
use crate::{
    metrics,
    store::{ConnectionRecord, StoreError},
    upstream::display_name,
    vault::OpenError,
};

/// Why a call failed. The text tells a person what to do and never contains a secret, SQL or the
/// body of an upstream's response. Cheap to clone, because every caller that joined a call gets it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Forbidden(&'static str),
    /// A client requests something that the user has not granted to it.
    #[error(transparent)]
    ClientNotGranted(#[from] NotGranted),
    #[error("{0}")]
    BadInput(String),
    /// Nhost Auth rejected the JWT, or there is no JWT to call it with.
    #[error("{0}")]
    Unauthenticated(&'static str),
    #[error(
        "Nhost Auth has no {} session for this user: none was created, or it was already fetched. Sign in with {} again, then call connectProvider right after the redirect.",
        display_name(*.0), display_name(*.0)
    )]
    ProviderSessionNotFound(Provider),
    /// The caller sees the same code, but the cause differs: the response was lost on its way.
    #[error(
        "The {} session is lost: Nhost Auth returns it only once, and its response did not arrive or can't be read. Sign in with {} again, then call connectProvider right after the redirect.",
        display_name(*.0), display_name(*.0)
    )]
    ProviderSessionSpent(Provider),
    /// `connectProvider` was told which account to expect.
    #[error(
        "The user signed in with a different {} account than expected. Sign in with {} again and choose the expected account, then call connectProvider.",
        display_name(*.0), display_name(*.0)
    )]
    AccountMismatch(Provider),
    #[error(
        "{} did not return the account of this sign-in, so it could not be compared with expectAccountId. Sign in with {} again, then call connectProvider.",
        display_name(*.0), display_name(*.0)
    )]
    AccountUnverified(Provider),
    #[error("{} is not connected. Sign in with {}, then call connectProvider.", display_name(*.0), display_name(*.0))]
    NotConnected(Provider),
    #[error(
        "There is no usable refresh token for {}, so the access token can't be refreshed. Sign in with {} again; docs/providers.md explains how to get a refresh token.",
        display_name(*.0), display_name(*.0)
    )]
    NotRefreshable(Provider),
    #[error("{} no longer accepts the stored grant. Sign in with {} again.", display_name(*.0), display_name(*.0))]
    ReauthenticationRequired(Provider),
    /// The stored token exists but can't be decrypted: its key is missing, or the row is damaged.
    #[error(
        "The server can't decrypt the stored token for {}. Sign in with {} again, or ask the operator to restore the encryption key.",
        display_name(*.0), display_name(*.0)
    )]
    TokenUnreadable(Provider),
    /// The user has granted less than the app needs.
    #[error(
        "{0} has not granted {1}, which this app needs. Sign in with {0} again and allow it.",
        display_name(*.provider), listed(.missing)
    )]
    InsufficientScope { provider: Provider, missing: Vec<String> },
    #[error(
        "This app does not request {1} from {0}. The operator must add it to the provider's scopes at Nhost Auth and to PROVIDER_{2}_SCOPES on this server.",
        display_name(*.provider), listed(.scopes), .provider.as_str().to_uppercase()
    )]
    ScopeNotConfigured { provider: Provider, scopes: Vec<String> },
    #[error(
        "{} is not enabled at Nhost Auth. The operator must enable it in the sign-in settings of the Nhost project.",
        display_name(*.0)
    )]
    ProviderNotEnabled(Provider),
    #[error("{} The connection is kept; try again in {} s.", .upstream.what_happened(), retry_after.as_secs())]
    UpstreamUnavailable { upstream: Upstream, retry_after: Duration },
    /// Nhost Auth did not return the session of a sign-in, and may still do so.
    #[error("Nhost Auth is unavailable right now. Call connectProvider again in {} s.", retry_after.as_secs())]
    SessionNotFetched { retry_after: Duration },
    /// The call continues, here or in another replica; a later call gets its result.
    #[error("{} is still being connected. Call connectProvider again in {} s.", display_name(*.provider), retry_after.as_secs())]
    StillConnecting { provider: Provider, retry_after: Duration },
    /// The server does not send an imported refresh token to its provider.
    #[error("{}", .why.what_to_do(*.provider))]
    ImportRefused { provider: Provider, why: ImportRefusal },
    #[error("{} rejected this refresh token: it was revoked, has expired or belongs to another client. Ask the user to sign in with {}.", display_name(*.provider), display_name(*.provider))]
    ImportDead {
        provider: Provider,
        /// What the provider answered, for an operator; without any secret.
        evidence: String,
    },
    /// It may be valid: the provider refused it without saying why.
    #[error("It is unclear whether {} accepts this refresh token. Nothing was changed; import it again in {} s.", display_name(*.provider), retry_after.as_secs())]
    ImportUnclear { provider: Provider, evidence: String, retry_after: Duration },
    #[error("{0} rejected this server's client credentials, or the refresh token belongs to another client. The operator must set PROVIDER_{1}_CLIENT_ID and PROVIDER_{1}_CLIENT_SECRET to those of the client that the token was issued to; then import it again.", display_name(*.provider), .provider.as_str().to_uppercase())]
    ImportClientRefused { provider: Provider, evidence: String },
    /// It was not sent, or the upstream answered that it is unavailable.
    #[error("{} is unavailable right now. Nothing was changed; import the refresh token again in {} s.", .upstream.name(), retry_after.as_secs())]
    ImportLater { upstream: Upstream, retry_after: Duration },
    /// This user has exceeded the rate limit of one user.
    #[error("Too many requests for this user. Try again in {} s.", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    #[error("{}", .0.what_to_do())]
    Internal(#[from] InternalError),
}

/// The first few scopes, for a message.
fn listed(scopes: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = scopes.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match scopes.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The upstream that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    NhostAuth,
    Provider(Provider),
}

impl Upstream {
    /// The value of `extensions.upstream`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NhostAuth => "nhost-auth",
            Self::Provider(provider) => provider.as_str(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::NhostAuth => "Nhost Auth",
            Self::Provider(provider) => display_name(provider),
        }
    }

    fn what_happened(self) -> String {
        match self {
            Self::NhostAuth => "Nhost Auth is unavailable right now.".to_owned(),
            Self::Provider(provider) => {
                format!("{} did not refresh the access token.", display_name(provider))
            }
        }
    }
}

/// Why an imported refresh token is not sent to its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportRefusal {
    /// A connection exists, from the user's sign-in or an earlier import.
    AlreadyConnected,
    /// The user has disconnected the provider.
    Disconnected,
    UserDeleted,
    /// It was sent before and the answer was lost, so it may be used up.
    Interrupted,
    /// It was imported before, and its connection no longer exists.
    UsedUp,
}

impl ImportRefusal {
    /// The value of `extensions.reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyConnected => "already-connected",
            Self::Disconnected => "disconnected",
            Self::UserDeleted => "user-deleted",
            Self::Interrupted => "interrupted",
            Self::UsedUp => "used-up",
        }
    }

    fn what_to_do(self, provider: Provider) -> String {
        let provider = display_name(provider);
        match self {
            Self::AlreadyConnected => format!(
                "{provider} is already connected, by a sign-in or an earlier import. Pass replace: \
                 true to replace that connection."
            ),
            Self::Disconnected => format!(
                "The user has disconnected {provider}. Pass reconnect: true if they want to \
                 connect it again."
            ),
            Self::UserDeleted => {
                "This user was deleted, so nothing was imported. Check userId.".to_owned()
            }
            Self::Interrupted => format!(
                "This refresh token was already sent to {provider} and the answer was lost, so it \
                 may be used up. Pass retryInterrupted: true to send it again, or ask the user to \
                 sign in."
            ),
            Self::UsedUp => format!(
                "This refresh token was imported before, and its connection no longer exists. Ask \
                 the user to sign in with {provider}."
            ),
        }
    }
}

/// A cause that only the operator needs. It was logged where it occurred.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InternalError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the task ended without an answer")]
    TaskLost,
    #[error("the database does not accept the newest tokens")]
    Unwritten,
}

impl InternalError {
    fn what_to_do(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Unavailable(_)) => {
                "The database can't be reached right now. Nothing was changed; try again in a \
                 moment."
            }
            Self::Store(StoreError::Unconfirmed(_)) => {
                "The database did not confirm the change in time. Read the connection again to see \
                 whether the change was made."
            }
            _ => {
                "The server could not complete the request. The operator can find the cause in the \
                 log under this request's id."
            }
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        tracing::error!(
            cause = error.causes(),
            "the database failed: check that it is up, reachable and writable"
        );
        Self::Internal(error.into())
    }
}

impl Error {
    /// Nhost Auth and this server disagree about the caller's JWT.
    pub(super) const JWT_REFUSED: Self = Self::Unauthenticated(
        "Nhost Auth rejected the JWT that this server accepted. Refresh the Nhost session and try \
         again; if that doesn't help, the operator must compare the JWT secrets.",
    );

    /// Nhost Auth rejects the JWT that this server signed on the user's behalf.
    pub(super) const MINTED_JWT_REFUSED: Self = Self::Unauthenticated(
        "Nhost Auth rejected the JWT that this server signed on the user's behalf. Forward the \
         user's Authorization header, or ask the operator to run `provider-connections doctor`, \
         which reports the cause.",
    );

    /// The code in `extensions.code`, and in `lastFailure.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) | Self::ClientNotGranted(_) => "FORBIDDEN",
            Self::BadInput(_) => "BAD_USER_INPUT",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::ProviderSessionNotFound(_) | Self::ProviderSessionSpent(_) => {
                "PROVIDER_SESSION_NOT_FOUND"
            }
            Self::AccountMismatch(_) => "ACCOUNT_MISMATCH",
            Self::AccountUnverified(_) => "ACCOUNT_UNVERIFIED",
            Self::NotConnected(_) => "NOT_CONNECTED",
            Self::NotRefreshable(_) => "NOT_REFRESHABLE",
            Self::ReauthenticationRequired(_) | Self::ImportDead { .. } => {
                "REAUTHENTICATION_REQUIRED"
            }
            Self::TokenUnreadable(_) => "TOKEN_UNREADABLE",
            Self::InsufficientScope { .. } => "INSUFFICIENT_SCOPE",
            Self::ScopeNotConfigured { .. } => "SCOPE_NOT_CONFIGURED",
            Self::ProviderNotEnabled(_) => "PROVIDER_NOT_ENABLED",
            Self::UpstreamUnavailable { .. }
            | Self::SessionNotFetched { .. }
            | Self::StillConnecting { .. }
            | Self::ImportUnclear { .. }
            | Self::ImportClientRefused { .. }
            | Self::ImportLater { .. } => "UPSTREAM_UNAVAILABLE",
            Self::ImportRefused { .. } => "IMPORT_REFUSED",
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// The provider that the user must sign in with (again) to resolve this.
    pub fn sign_in_with(&self) -> Option<Provider> {
        match self {
            Self::ProviderSessionNotFound(provider)
            | Self::ProviderSessionSpent(provider)
            | Self::AccountMismatch(provider)
            | Self::AccountUnverified(provider)
            | Self::NotConnected(provider)
            | Self::NotRefreshable(provider)
            | Self::ReauthenticationRequired(provider)
            | Self::TokenUnreadable(provider)
            | Self::InsufficientScope { provider, .. }
            | Self::ImportDead { provider, .. } => Some(*provider),
            _ => None,
        }
    }

    /// The upstream to wait for (`extensions.upstream`), and how long to wait before trying again.
    pub fn waits_for(&self) -> Option<(&'static str, Duration)> {
        match self {
            Self::UpstreamUnavailable { upstream, retry_after } => {
                Some((upstream.as_str(), *retry_after))
            }
            Self::ImportUnclear { provider, retry_after, .. } => {
                Some((provider.as_str(), *retry_after))
            }
            // Until the operator has set them.
            Self::ImportClientRefused { provider, .. } => {
                Some((provider.as_str(), Duration::from_mins(1)))
            }
            Self::ImportLater { upstream, retry_after } => Some((upstream.as_str(), *retry_after)),
            Self::SessionNotFetched { retry_after } => {
                Some((Upstream::NhostAuth.as_str(), *retry_after))
            }
            Self::StillConnecting { retry_after, .. } => {
                Some(("provider-connections", *retry_after))
            }
            _ => None,
        }
    }

    /// A stored token that can't be decrypted, logged with what an operator can do about it. It
    /// stays as it is, and can be decrypted once its key is back.
    pub(super) fn unopened(record: &ConnectionRecord, error: &OpenError) -> Self {
        metrics::token_unopened();
        tracing::error!(
            cause = %error,
            connection = %record.id,
            provider = %record.provider,
            "a stored token can't be decrypted"
        );
        Self::TokenUnreadable(record.provider)
    }

    /// An import that has to wait.
    pub(super) fn import_later(provider: Provider, retry_after: Duration) -> Self {
        Self::ImportLater { upstream: Upstream::Provider(provider), retry_after }
    }

    pub(super) fn import_unclear(
        provider: Provider,
        evidence: String,
        retry_after: Duration,
    ) -> Self {
        Self::ImportUnclear { provider, evidence, retry_after }
    }

    /// The same for a refresh token that is being imported, for which no connection exists yet.
    pub(super) fn of_import(self) -> Self {
        match self {
            Self::UpstreamUnavailable { upstream, retry_after } => {
                Self::ImportLater { upstream, retry_after }
            }
            other => other,
        }
    }

    /// The error of a failure that is stored with the connection.
    pub(super) fn of_stored(code: FailureCode, provider: Provider, retry_after: Duration) -> Self {
        match code {
            FailureCode::ReauthenticationRequired => Self::ReauthenticationRequired(provider),
            FailureCode::NotRefreshable => Self::NotRefreshable(provider),
            FailureCode::ProviderNotEnabled => Self::ProviderNotEnabled(provider),
            FailureCode::UpstreamUnavailable => {
                Self::UpstreamUnavailable { upstream: Upstream::Provider(provider), retry_after }
            }
        }
    }
}
