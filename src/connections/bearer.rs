//! The JWT that Nhost Auth is called with, and where it comes from.

use secrecy::SecretString;
use uuid::Uuid;

use super::{Connections, Error, Parts, Subject, demand::RETRY_AFTER, error::Upstream};
use crate::{
    store::ConnectionRecord,
    upstream::{MintedJwt, MintedJwtVerdict, UpstreamError},
};

/// A JWT, and where it comes from.
#[derive(Clone, Debug)]
pub(super) enum Bearer {
    /// The caller sent it.
    Callers(SecretString),
    /// Nhost Auth issued it to the service account of `NHOST_SERVICE_PAT`.
    ServiceAccounts(SecretString),
    /// This server signed it.
    Minted(MintedJwt),
}

impl Bearer {
    pub(super) fn jwt(&self) -> &SecretString {
        match self {
            Self::Callers(jwt) | Self::ServiceAccounts(jwt) => jwt,
            Self::Minted(minted) => &minted.jwt,
        }
    }

    /// The JWT that the caller sent. A JWT that this server signs is different each time, and says
    /// nothing about a new sign-in.
    pub(super) fn callers(&self) -> Option<&SecretString> {
        match self {
            Self::Callers(jwt) => Some(jwt),
            Self::ServiceAccounts(_) | Self::Minted(_) => None,
        }
    }

    /// The error of a call whose JWT Nhost Auth rejected.
    pub(super) fn refused(&self, error: &UpstreamError, record: &ConnectionRecord) -> Error {
        let is_forbidden = *error == UpstreamError::Forbidden;
        let (provider, connection) = (record.provider, record.id);
        let (status, class) = (error.status(), error.class());
        match self {
            Self::Callers(_) => {
                tracing::warn!(
                    %error,
                    status,
                    class,
                    %provider,
                    %connection,
                    "Nhost Auth rejects the caller's JWT: the user may be disabled. If this \
                     happens to all users, compare the JWT secrets"
                );
                if is_forbidden {
                    Error::Forbidden(
                        "Nhost Auth rejects this user because the account is disabled.",
                    )
                } else {
                    Error::JWT_REFUSED
                }
            }
            Self::ServiceAccounts(_) => {
                tracing::error!(
                    %error,
                    status,
                    class,
                    %provider,
                    %connection,
                    subject = "the service account of NHOST_SERVICE_PAT",
                    "Nhost Auth rejects the JWT that it issued to the service account: check that \
                     this user is neither disabled nor deleted, and that NHOST_AUTH_URL and \
                     NHOST_SERVICE_PAT belong to the same project"
                );
                not_now(error)
            }
            Self::Minted(minted) => {
                tracing::error!(
                    %error,
                    status,
                    class,
                    %provider,
                    %connection,
                    issuer = minted.issuer,
                    "Nhost Auth rejects a JWT that this server signed: the user may be disabled or \
                     deleted. If this happens to all users, run `provider-connections doctor`"
                );
                Error::MINTED_JWT_REFUSED
            }
        }
    }
}

impl Connections {
    /// The user's own JWT, or one that this server signs on the user's behalf.
    pub(super) async fn bearer(&self, subject: &Subject) -> Result<Bearer, Error> {
        if let Some(bearer) = subject.own_bearer() {
            return Ok(Bearer::Callers(bearer));
        }
        if self.minted_jwts_are_refused().await {
            return Err(Error::MINTED_JWT_REFUSED);
        }
        let minted = self.parts.minted_jwts.mint(subject.user_id());
        minted.map(Bearer::Minted).ok_or(Error::Unauthenticated(
            "This call needs a JWT of the user for Nhost Auth. Forward the client's Authorization \
             header, or ask the operator to add signing_key to the JWT secret so that this server \
             can sign one.",
        ))
    }

    /// Whether Nhost Auth is known to reject all of them; it is asked again from time to time. A
    /// call with one would be pointless, and fetching a session counts as a sign-in.
    async fn minted_jwts_are_refused(&self) -> bool {
        let refused = |verdict| matches!(verdict, MintedJwtVerdict::Refused(_));
        let Parts { minted_jwts, nhost_auth, .. } = &*self.parts;
        refused(minted_jwts.verdict()) && refused(minted_jwts.check(nhost_auth).await)
    }

    /// Any JWT of the project will do: the user's, the service account's, or one that this server
    /// signs on the user's behalf.
    pub(super) async fn bearer_to_refresh(&self, subject: &Subject) -> Result<Bearer, Error> {
        if let Some(bearer) = subject.own_bearer() {
            return Ok(Bearer::Callers(bearer));
        }
        if self.parts.service_jwt.is_none() {
            return self.bearer(subject).await;
        }
        self.bearer_of_service(subject.user_id()).await.map_err(|error| not_now(&error))
    }

    /// For calls without a user: the service account's JWT, or else one that this server signs on
    /// the user's behalf.
    pub(super) async fn bearer_of_service(&self, user_id: Uuid) -> Result<Bearer, UpstreamError> {
        let parts = &self.parts;
        let missing = match &parts.service_jwt {
            Some(service_jwt) => match service_jwt.get(&parts.nhost_auth).await {
                Ok(jwt) => return Ok(Bearer::ServiceAccounts(jwt)),
                // This applies whatever the reason, and a used-up rate limit is one: a JWT that
                // this server signs needs no sign-in.
                Err(error) => error,
            },
            None => UpstreamError::Unauthenticated,
        };
        if parts.minted_jwts.verdict() == MintedJwtVerdict::Unknown {
            parts.minted_jwts.check(&parts.nhost_auth).await;
        }
        if self.minted_jwts_are_refused().await {
            return Err(missing);
        }
        parts.minted_jwts.mint(user_id).map(Bearer::Minted).ok_or(missing)
    }

    /// A different JWT from the one that Nhost Auth rejected. `None`: there is none.
    pub(super) async fn bearer_instead_of(
        &self,
        refused: &Bearer,
        user_id: Uuid,
    ) -> Option<Bearer> {
        let parts = &self.parts;
        match refused {
            Bearer::Callers(_) => None,
            // It is cached for a while, so it may have been revoked in the meantime.
            Bearer::ServiceAccounts(jwt) => {
                let service_jwt = parts.service_jwt.as_ref()?;
                match service_jwt.renew(&parts.nhost_auth, jwt).await {
                    Ok(renewed) => Some(Bearer::ServiceAccounts(renewed)),
                    Err(_) => parts.minted_jwts.mint(user_id).map(Bearer::Minted),
                }
            }
            Bearer::Minted(minted) => {
                let minted =
                    parts.minted_jwts.instead_of(&parts.nhost_auth, minted, user_id).await?;
                Some(Bearer::Minted(minted))
            }
        }
    }
}

/// Signing the service in is another kind of call with its own limits: its failure says nothing
/// about refreshes, nor about this connection.
pub(super) fn not_now(error: &UpstreamError) -> Error {
    Error::UpstreamUnavailable {
        upstream: Upstream::NhostAuth,
        retry_after: error.retry_after().unwrap_or(RETRY_AFTER),
    }
}
