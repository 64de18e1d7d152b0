use std::net::IpAddr;

use domain::{Actor, ConnectionKey, Provider};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    Error,
    not_granted::{NotGranted, Ungranted},
};
use crate::auth::Caller;

/// The user whose connections a call may access, and on whose behalf it acts. Outside this module
/// it can only be created by [`Subject::of`].
#[derive(Clone, Debug)]
pub struct Subject {
    user_id: Uuid,
    actor: Actor,
    anonymous: bool,
    /// A JWT of this user.
    bearer: Option<SecretString>,
    /// The address that the call came from.
    address: Option<IpAddr>,
    /// Whether the call counts against the user's rate limit.
    counted: bool,
}

impl Subject {
    /// The user whom `caller` means by `user_id`; the caller, if it is left out.
    pub fn of(caller: &Caller, user_id: Option<Uuid>) -> Result<Self, Error> {
        match caller {
            Caller::User(user) => {
                if user_id.is_some_and(|id| id != user.id()) {
                    return Err(Error::Forbidden(
                        "userId is another user, whose connections you can't access. Leave it out \
                         to use your own.",
                    ));
                }
                Ok(Self {
                    user_id: user.id(),
                    actor: Actor::User,
                    anonymous: user.is_anonymous(),
                    bearer: Some(user.bearer().clone()),
                    address: None,
                    counted: true,
                })
            }
            // Clients may only use [`super::Reader`].
            Caller::Client(client) => {
                Err(NotGranted::of(client, Ungranted::MoreThanReading).into())
            }
            Caller::Service(service) => {
                if !service.any_user() && user_id.is_some() && user_id != service.user_id() {
                    return Err(Error::Forbidden(
                        "userId and x-hasura-user-id are different users. Send the same user in \
                         both, or use the role admin.",
                    ));
                }
                let user_id = user_id.or(service.user_id()).ok_or_else(|| {
                    Error::BadInput(
                        "The user is missing. Send the argument userId or the header \
                         x-hasura-user-id."
                            .to_owned(),
                    )
                })?;
                Ok(Self {
                    user_id,
                    actor: Actor::Service,
                    anonymous: false,
                    bearer: service
                        .bearer()
                        .filter(|(owner, _)| *owner == user_id)
                        .map(|(_, jwt)| jwt.clone()),
                    address: None,
                    // With a single user it forwards that user's own calls, as Hasura does.
                    counted: !service.any_user(),
                })
            }
        }
    }

    /// The user that a service with access to any user names, for operations that users may not do,
    /// not even for themselves. Calls that a service forwards for a user, as Hasura does, are that
    /// user's.
    pub fn named_by_service(caller: &Caller, user_id: Uuid) -> Result<Self, Error> {
        let subject = Self::of(caller, Some(user_id))?;
        match caller {
            Caller::Service(service) if service.any_user() => Ok(subject),
            _ => Err(Error::Forbidden(
                "Only a service can do this. Send the header x-service-secret, and the role admin \
                 or no role.",
            )),
        }
    }

    /// With the address that the call came from.
    #[must_use]
    pub fn at(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    /// This server itself, while the user is away.
    pub(super) fn worker(user_id: Uuid) -> Self {
        Self::uncounted(user_id, Actor::Worker)
    }

    /// A service that was authenticated in another way, for a user who was deleted.
    pub(super) fn service(user_id: Uuid) -> Self {
        Self::uncounted(user_id, Actor::Service)
    }

    fn uncounted(user_id: Uuid, actor: Actor) -> Self {
        Self { user_id, actor, anonymous: false, bearer: None, address: None, counted: false }
    }

    /// A client that acts for the user. Its own JWT is never used to call Nhost Auth.
    pub(super) fn client(user_id: Uuid, client: Actor) -> Self {
        Self::uncounted(user_id, client)
    }

    /// The same, with a JWT for calling Nhost Auth, which may be any user's.
    pub(super) fn with_bearer(self, bearer: Option<SecretString>) -> Self {
        Self { bearer, ..self }
    }

    /// The JWT that the caller sent.
    pub(super) fn own_bearer(&self) -> Option<SecretString> {
        self.bearer.clone()
    }

    /// The address that the call came from, if known.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Whether the call counts against the user's rate limit: not if a service with access to any
    /// user makes it.
    pub(super) fn is_counted(&self) -> bool {
        self.counted
    }

    pub fn user_id(&self) -> Uuid {
        self.user_id
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// An anonymous user has no connections.
    pub fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    pub(super) fn key(&self, provider: Provider) -> ConnectionKey {
        ConnectionKey { user_id: self.user_id, provider }
    }
}
