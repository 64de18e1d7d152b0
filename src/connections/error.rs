use std::time::Duration;

use domain::{FailureCode, Provider};

use super::NotGranted;
use crate::{
    metrics,
    store::{ConnectionRecord, StoreError},
    upstream::display_name,
    vault::OpenError,
};

/// Why a user does not get what they asked for. The text tells a person what to do; no secret,
/// SQL or upstream body is ever in it. Cheap to clone: all who joined one call get it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Forbidden(&'static str),
    /// A client asks for what the user has not granted to it.
    #[error(transparent)]
    ClientNotGranted(#[from] NotGranted),
    #[error("{0}")]
    BadInput(String),
    /// Nhost Auth refused the JWT, or there is none to call it with.
    #[error("{0}")]
    Unauthenticated(&'static str),
    #[error(
        "Nhost Auth has no {} session to hand out: it was never made, or was fetched before. Sign in with {} again, then call connectProvider right after the redirect.",
        display_name(*.0), display_name(*.0)
    )]
    ProviderSessionNotFound(Provider),
    /// The same to a caller, for another reason: the answer was lost on its way.
    #[error(
        "Nhost Auth hands a {} session out once, and its answer was lost or can't be read. Sign in with {} again, then call connectProvider right after the redirect.",
        display_name(*.0), display_name(*.0)
    )]
    ProviderSessionSpent(Provider),
    /// `connectProvider` was told which account to expect.
    #[error(
        "This sign-in was with another {} account than the expected one. Sign in with {} again and choose that account, then call connectProvider.",
        display_name(*.0), display_name(*.0)
    )]
    AccountMismatch(Provider),
    #[error(
        "{} did not say which account this sign-in was with, so it could not be compared with expectAccountId. Sign in with {} again, then call connectProvider.",
        display_name(*.0), display_name(*.0)
    )]
    AccountUnverified(Provider),
    #[error("{} is not connected. Sign in with {}, then call connectProvider.", display_name(*.0), display_name(*.0))]
    NotConnected(Provider),
    #[error(
        "There is no refresh token of {} that can be used, so its access token can't be renewed. Sign in with {} again; docs/providers.md says how to get a refresh token.",
        display_name(*.0), display_name(*.0)
    )]
    NotRefreshable(Provider),
    #[error("{} no longer accepts the stored grant. Sign in with {} again.", display_name(*.0), display_name(*.0))]
    ReauthenticationRequired(Provider),
    /// The stored token is there, and can't be opened: its key is missing, or the row is damaged.
    #[error(
        "The server can't open the stored token of {}. Sign in with {} again, or have the operator restore the encryption key.",
        display_name(*.0), display_name(*.0)
    )]
    TokenUnreadable(Provider),
    /// The user has granted less than the app needs.
    #[error(
        "{0} has not granted {1}, which this app needs. Sign in with {0} again and agree to it.",
        display_name(*.provider), listed(.missing)
    )]
    InsufficientScope { provider: Provider, missing: Vec<String> },
    #[error(
        "No sign-in with {0} asks for {1}. The app's operator adds it to the provider's scopes at Nhost Auth and to PROVIDER_{2}_SCOPES here.",
        display_name(*.provider), listed(.scopes), .provider.as_str().to_uppercase()
    )]
    ScopeNotConfigured { provider: Provider, scopes: Vec<String> },
    #[error(
        "{} is not enabled at Nhost Auth. The app's operator switches it on in the sign-in settings of Nhost.",
        display_name(*.0)
    )]
    ProviderNotEnabled(Provider),
    #[error("{} The connection is kept; try again in {} s.", .upstream.what_happened(), retry_after.as_secs())]
    UpstreamUnavailable { upstream: Upstream, retry_after: Duration },
    /// Nhost Auth did not hand the session of a sign-in out, and may do so yet.
    #[error("Nhost Auth can't be used right now. Call connectProvider again in {} s.", retry_after.as_secs())]
    SessionNotFetched { retry_after: Duration },
    /// The call goes on, here or in another replica: whoever asks again is told how it ended.
    #[error("{} is still being connected. Call connectProvider again in {} s.", display_name(*.provider), retry_after.as_secs())]
    StillConnecting { provider: Provider, retry_after: Duration },
    /// A refresh token from elsewhere is not sent to its provider.
    #[error("{}", .why.what_to_do(*.provider))]
    ImportRefused { provider: Provider, why: ImportRefusal },
    #[error("{} does not accept this refresh token: it was revoked, has ended or is another client's. Ask the user to sign in with {}.", display_name(*.provider), display_name(*.provider))]
    ImportDead {
        provider: Provider,
        /// What was answered, for an operator; without any secret.
        evidence: String,
    },
    /// It may be alive: it was refused without a clear word.
    #[error("It is not clear whether {} accepts this refresh token. Nothing was changed; import it again in {} s.", display_name(*.provider), retry_after.as_secs())]
    ImportUnclear { provider: Provider, evidence: String, retry_after: Duration },
    #[error("{0} does not accept this server's client credentials, or the refresh token is another client's. The operator sets PROVIDER_{1}_CLIENT_ID and _CLIENT_SECRET to those of the client that the token was made for; then import it again.", display_name(*.provider), .provider.as_str().to_uppercase())]
    ImportClientRefused { provider: Provider, evidence: String },
    /// It was not sent, or its upstream said that it could not work.
    #[error("{} can't be used right now. Nothing was changed; import the refresh token again in {} s.", .upstream.name(), retry_after.as_secs())]
    ImportLater { upstream: Upstream, retry_after: Duration },
    /// This user has called more often than one user may.
    #[error("Too many calls for this user. Try again in {} s.", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    #[error("{}", .0.what_to_do())]
    Internal(#[from] InternalError),
}

/// The first few, as a person reads them.
fn listed(scopes: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = scopes.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match scopes.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Who did not answer as hoped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    NhostAuth,
    Provider(Provider),
}

impl Upstream {
    /// The word for `extensions.upstream`.
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
            Self::NhostAuth => "Nhost Auth can't be used right now.".to_owned(),
            Self::Provider(provider) => {
                format!("{} did not renew the access token.", display_name(provider))
            }
        }
    }
}

/// Why a refresh token from elsewhere is not sent to its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportRefusal {
    /// There is a connection, by the user's sign-in or by another import.
    AlreadyConnected,
    /// The user has disconnected the provider.
    Disconnected,
    UserDeleted,
    /// It was sent before, and what came of it was lost: it may be used up.
    Interrupted,
    /// It was imported before, and its connection is gone.
    UsedUp,
}

impl ImportRefusal {
    /// The word for `extensions.reason`.
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
                "{provider} is connected already, by a sign-in or another import. Pass replace: \
                 true to write over that connection."
            ),
            Self::Disconnected => format!(
                "The user has disconnected {provider}. Pass reconnect: true if they want it back."
            ),
            Self::UserDeleted => {
                "This user was deleted, so nothing is imported for them. Check userId.".to_owned()
            }
            Self::Interrupted => format!(
                "This refresh token was sent to {provider}, and the answer was lost: it may be used \
                 up. Pass retryInterrupted: true to send it once more, or ask the user to sign in."
            ),
            Self::UsedUp => format!(
                "This refresh token was imported before, and its connection is gone. Ask the user \
                 to sign in with {provider}."
            ),
        }
    }
}

/// A cause that is for the operator only. It was logged where it was met.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InternalError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the task ended without an answer")]
    TaskLost,
    #[error("the database does not take the newest tokens")]
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
                 whether it was made."
            }
            _ => "The server could not finish this. Its log has the cause under this request's id.",
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
    /// Nhost Auth and this server do not agree about the caller's JWT.
    pub(super) const JWT_REFUSED: Self = Self::Unauthenticated(
        "Nhost Auth did not accept the JWT that this server did. Refresh the Nhost session and \
         call again; if that does not help, the operator compares the JWT secrets.",
    );

    /// Nhost Auth does not take what this server has signed in the user's name.
    pub(super) const MINTED_JWT_REFUSED: Self = Self::Unauthenticated(
        "Nhost Auth refuses the JWT that this server signed in the user's name. Forward the user's \
         Authorization header; the operator runs `provider-connections doctor`, which says why.",
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

    /// The provider that the user signs in with (again) to get out of this.
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

    /// Who is waited for (`extensions.upstream`), and how long to wait before asking again.
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

    /// A stored token that can't be opened, logged with what an operator does about it. It stays as
    /// it is: with its key back it opens.
    pub(super) fn unopened(record: &ConnectionRecord, error: &OpenError) -> Self {
        metrics::token_unopened();
        tracing::error!(
            cause = %error,
            connection = %record.id,
            provider = %record.provider,
            "a stored token can't be opened"
        );
        Self::TokenUnreadable(record.provider)
    }

    /// An import whose time has not come.
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

    /// The same of a refresh token that is to be imported: there is no connection that is kept.
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
