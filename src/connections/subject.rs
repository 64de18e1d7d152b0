use domain::{Actor, ConnectionKey, Provider};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    Connections, Error,
    not_granted::{NotGranted, Ungranted},
};
use crate::auth::Caller;

/// A user whose connections the caller may touch, and on whose behalf. The only way to one from
/// outside is [`Subject::of`].
#[derive(Clone, Debug)]
pub struct Subject {
    user_id: Uuid,
    actor: Actor,
    anonymous: bool,
    /// A JWT of this very user.
    bearer: Option<SecretString>,
}

impl Subject {
    /// The user that `caller` means by `user_id`, which is "me" when left out.
    pub fn of(caller: &Caller, user_id: Option<Uuid>) -> Result<Self, Error> {
        match caller {
            Caller::User(user) => {
                if user_id.is_some_and(|id| id != user.id()) {
                    return Err(Error::Forbidden(
                        "userId names another user. Leave it out to mean yourself.",
                    ));
                }
                Ok(Self {
                    user_id: user.id(),
                    actor: Actor::User,
                    anonymous: user.is_anonymous(),
                    bearer: Some(user.bearer().clone()),
                })
            }
            // What a client may do goes by [`super::Reader`] alone.
            Caller::Client(client) => {
                Err(NotGranted::of(client, Ungranted::MoreThanReading).into())
            }
            Caller::Service(service) => {
                if !service.any_user() && user_id.is_some() && user_id != service.user_id() {
                    return Err(Error::Forbidden(
                        "userId names another user than x-hasura-user-id. Only the role admin may.",
                    ));
                }
                let user_id = user_id.or(service.user_id()).ok_or_else(|| {
                    Error::BadInput(
                        "Say whose connections are meant: by the argument userId, or the header \
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
                })
            }
        }
    }

    /// This server by itself, for the user who is away.
    pub(super) fn worker(user_id: Uuid) -> Self {
        Self { user_id, actor: Actor::Worker, anonymous: false, bearer: None }
    }

    /// A service that has proved itself otherwise, for a user who was deleted.
    pub(super) fn service(user_id: Uuid) -> Self {
        Self { user_id, actor: Actor::Service, anonymous: false, bearer: None }
    }

    /// A client that acts for the user. Its own JWT is never used to call Nhost Auth.
    pub(super) fn client(user_id: Uuid, client: Actor) -> Self {
        Self { user_id, actor: client, anonymous: false, bearer: None }
    }

    /// The same, with a JWT to call Nhost Auth with, which may be any user's.
    pub(super) fn with_bearer(self, bearer: Option<SecretString>) -> Self {
        Self { bearer, ..self }
    }

    /// The JWT that the caller brought.
    pub(super) fn own_bearer(&self) -> Option<SecretString> {
        self.bearer.clone()
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

impl Connections {
    /// The JWT to call Nhost Auth with: the user's own, or one minted in their name.
    pub(super) fn bearer(&self, subject: &Subject) -> Result<SecretString, Error> {
        let parts = &self.parts;
        subject
            .bearer
            .clone()
            .or_else(|| {
                parts.jwt_secrets.mint(
                    subject.user_id,
                    parts.clock.now(),
                    chrono::TimeDelta::minutes(1),
                )
            })
            .ok_or(Error::Unauthenticated(
                "This call needs a JWT of the user for Nhost Auth: forward the client's \
                 Authorization header, or add signing_key to the JWT secret so that one can be made.",
            ))
    }
}
