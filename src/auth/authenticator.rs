use std::fmt;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{Digest, SHA256, digest},
};
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{AuthError, Caller, Claims, Client, ClientOfUser, JwtVerifier, Service, User, header};

mod wrong_secrets;

use wrong_secrets::WrongSecrets;

/// Identifies the caller from a request's headers.
#[derive(Clone)]
pub struct Authenticator {
    jwt: JwtVerifier,
    service_secret: Option<Digest>,
    wrong_secrets: WrongSecrets,
}

impl Authenticator {
    /// If no service secret is set, or an empty one, nobody can authenticate as a service.
    pub fn new(jwt: JwtVerifier, service_secret: Option<SecretString>) -> Self {
        let service_secret = service_secret
            .filter(|secret| !secret.expose_secret().is_empty())
            .map(|secret| digest(&SHA256, secret.expose_secret().as_bytes()));
        let wrong_secrets = WrongSecrets::new(jwt.clock());
        Self { jwt, service_secret, wrong_secrets }
    }

    /// The caller. If a service secret was sent, it decides: a wrong one is an error even with a
    /// valid JWT, because the sender expects to be treated as the service.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, AuthError> {
        let secret = header::single(headers, header::SERVICE_SECRET, AuthError::SERVICE_SECRET)?;
        let role = header::single(headers, header::ROLE, AuthError::REPEATED_ROLE)?;
        let user_id = header::single(headers, header::USER_ID, AuthError::REPEATED_USER_ID)?;
        match secret {
            Some(secret) => {
                self.check_service_secret(secret)?;
                self.service(headers, role, user_id).await
            }
            // `user_id` is not used further: sent by a stranger, it proves nothing.
            None => self.user(headers, role).await,
        }
    }

    /// Compares digests, so that the duration reveals neither the secret nor its length.
    fn check_service_secret(&self, sent: &HeaderValue) -> Result<(), AuthError> {
        let expected = self.service_secret.as_ref().ok_or(AuthError::SERVICE_SECRET)?;
        verify_slices_are_equal(digest(&SHA256, sent.as_bytes()).as_ref(), expected.as_ref())
            .map_err(|_| AuthError::SERVICE_SECRET)
    }

    async fn service(
        &self,
        headers: &HeaderMap,
        role: Option<&HeaderValue>,
        user_id: Option<&HeaderValue>,
    ) -> Result<Caller, AuthError> {
        let any_user = role.is_none_or(|role| role == "admin");
        let user_id = user_id.map(parse_user_id).transpose()?;
        if !any_user && user_id.is_none() {
            return Err(AuthError::SERVICE_WITHOUT_USER);
        }
        let verified = self.jwt.verify(headers).await;
        // The service may speak for an app that acts for the user: Hasura can't tell them apart,
        // and forwards the JWT that shows it.
        if user_id.is_some() && self.jwt.carries_a_clients(headers) {
            let (claims, _) = verified?;
            let client = claims.client().ok_or(AuthError::AMBIGUOUS)?;
            return Ok(client_of(&claims, client));
        }
        // Hasura forwards whatever its client sent; the service itself is already authenticated.
        let bearer = verified.ok().filter(|(claims, _)| claims.client().is_none());
        let bearer = bearer.map(|(claims, jwt)| (claims.user_id(), jwt));
        Ok(Caller::Service(Service::from_verified(user_id, any_user, bearer)))
    }

    async fn user(
        &self,
        headers: &HeaderMap,
        role: Option<&HeaderValue>,
    ) -> Result<Caller, AuthError> {
        let (claims, jwt) = self.jwt.verify(headers).await?;
        let role = match role {
            Some(role) => role.to_str().map_err(|_| AuthError::ROLE_NOT_ALLOWED)?,
            None => claims.default_role(),
        };
        if !claims.allows(role) {
            return Err(AuthError::ROLE_NOT_ALLOWED);
        }
        if let Some(client) = claims.client() {
            return Ok(client_of(&claims, client));
        }
        Ok(Caller::User(User::from_verified(
            claims.user_id(),
            role.to_owned(),
            claims.is_anonymous(),
            jwt,
            claims.expires_at(),
        )))
    }
}

/// Prints neither secret.
impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("jwt", &self.jwt)
            .field("has_service_secret", &self.service_secret.is_some())
            .finish_non_exhaustive()
    }
}

fn client_of(claims: &Claims, client: &ClientOfUser) -> Caller {
    let client = Client::from_verified(client.clone(), claims.user_id(), claims.expires_at());
    Caller::Client(client)
}

fn parse_user_id(value: &HeaderValue) -> Result<Uuid, AuthError> {
    Uuid::try_parse_ascii(value.as_bytes()).map_err(|_| AuthError::SERVICE_WITH_BAD_USER)
}
