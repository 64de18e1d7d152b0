use chrono::{DateTime, Utc};
use domain::ClientId;
use secrecy::SecretString;
use uuid::Uuid;

use super::ClientOfUser;

/// Who is calling. Only [`super::Authenticator`] makes one.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A user with a JWT that verified.
    User(User),
    /// An app that acts for a user, with a JWT that verified.
    Client(Client),
    /// Whoever knows the service secret: Hasura, a serverless function, a cron job.
    Service(Service),
}

impl Caller {
    /// The user whose JWT, or whose client's, makes the caller. `None`: a service.
    pub fn user_id(&self) -> Option<Uuid> {
        match self {
            Self::User(user) => Some(user.id()),
            Self::Client(client) => Some(client.user_id()),
            Self::Service(_) => None,
        }
    }

    /// The moment from which on the JWT that makes the caller is refused. `None`: no JWT does.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::User(user) => Some(user.expires_at()),
            Self::Client(client) => Some(client.expires_at()),
            Self::Service(_) => None,
        }
    }
}

/// A user with a JWT that verified.
#[derive(Debug, Clone)]
pub struct User {
    id: Uuid,
    role: String,
    anonymous: bool,
    bearer: SecretString,
    expires_at: DateTime<Utc>,
}

impl User {
    /// `bearer` must have verified, and the rest must be what it says.
    pub(super) fn from_verified(
        id: Uuid,
        role: String,
        anonymous: bool,
        bearer: SecretString,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self { id, role, anonymous, bearer, expires_at }
    }

    /// A user that no JWT vouches for. Exists in unit tests only.
    #[cfg(test)]
    pub fn unverified_for_test(id: Uuid, role: &str, anonymous: bool, bearer: &str) -> Self {
        Self::from_verified(id, role.to_owned(), anonymous, bearer.into(), DateTime::<Utc>::MAX_UTC)
    }

    /// The user's id at Nhost Auth.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The role that this request runs with, one of those that the JWT allows.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// Whether the user signed in anonymously. Such a user has no connections.
    pub fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// The user's own JWT, to call Nhost Auth with.
    pub fn bearer(&self) -> &SecretString {
        &self.bearer
    }

    /// The moment from which on the JWT is refused.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

/// An OAuth app or an MCP client that a user has signed in to. It is not the user: it may do what
/// the user has granted to it, and nothing else.
#[derive(Debug, Clone)]
pub struct Client {
    id: ClientOfUser,
    user_id: Uuid,
    expires_at: DateTime<Utc>,
}

impl Client {
    /// The JWT must have verified, and the rest must be what it says.
    pub(super) fn from_verified(
        id: ClientOfUser,
        user_id: Uuid,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self { id, user_id, expires_at }
    }

    /// Its client id. `None`: the JWT does not say it in a way that can be granted anything.
    pub fn id(&self) -> Option<&ClientId> {
        self.id.as_ref()
    }

    /// Whom it acts for.
    pub fn user_id(&self) -> Uuid {
        self.user_id
    }

    /// The moment from which on the JWT is refused.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

/// A caller that knows the service secret.
#[derive(Debug, Clone)]
pub struct Service {
    user_id: Option<Uuid>,
    any_user: bool,
    bearer: Option<(Uuid, SecretString)>,
}

impl Service {
    /// The service secret must have been right; `bearer` must have verified.
    pub(super) fn from_verified(
        user_id: Option<Uuid>,
        any_user: bool,
        bearer: Option<(Uuid, SecretString)>,
    ) -> Self {
        Self { user_id, any_user, bearer }
    }

    /// A service that no secret vouches for. Exists in unit tests only.
    #[cfg(test)]
    pub fn unverified_for_test(
        user_id: Option<Uuid>,
        any_user: bool,
        bearer: Option<(Uuid, &str)>,
    ) -> Self {
        Self::from_verified(user_id, any_user, bearer.map(|(id, jwt)| (id, jwt.into())))
    }

    /// The user that the service speaks for (`x-hasura-user-id`): "me" in this request. Always
    /// there unless [`Service::any_user`].
    pub fn user_id(&self) -> Option<Uuid> {
        self.user_id
    }

    /// Whether it may name any user: its role is `admin`, or it named no role.
    pub fn any_user(&self) -> bool {
        self.any_user
    }

    /// A user's JWT that came along and verified, with whose it is.
    pub fn bearer(&self) -> Option<(Uuid, &SecretString)> {
        self.bearer.as_ref().map(|(user_id, jwt)| (*user_id, jwt))
    }
}
