use chrono::{DateTime, Utc};
use domain::ClientId;
use secrecy::SecretString;
use uuid::Uuid;

use super::ClientOfUser;

/// The caller of a request. Only [`super::Authenticator`] creates one.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A user with a verified JWT.
    User(User),
    /// An app that acts for a user, with a verified JWT.
    Client(Client),
    /// A service, which knows the service secret: Hasura, a serverless function, a cron job.
    Service(Service),
}

impl Caller {
    /// The user of the caller's JWT, or of its client's JWT. `None` for a service.
    pub fn user_id(&self) -> Option<Uuid> {
        match self {
            Self::User(user) => Some(user.id()),
            Self::Client(client) => Some(client.user_id()),
            Self::Service(_) => None,
        }
    }

    /// When the caller's JWT expires. `None` if the caller has no JWT.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::User(user) => Some(user.expires_at()),
            Self::Client(client) => Some(client.expires_at()),
            Self::Service(_) => None,
        }
    }
}

/// A user with a verified JWT.
#[derive(Debug, Clone)]
pub struct User {
    id: Uuid,
    role: String,
    anonymous: bool,
    bearer: SecretString,
    expires_at: DateTime<Utc>,
}

impl User {
    /// `bearer` must be verified, and the other values must come from it.
    pub(super) fn from_verified(
        id: Uuid,
        role: String,
        anonymous: bool,
        bearer: SecretString,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self { id, role, anonymous, bearer, expires_at }
    }

    /// A user without a verified JWT. Exists in unit tests only.
    #[cfg(test)]
    pub fn unverified_for_test(id: Uuid, role: &str, anonymous: bool, bearer: &str) -> Self {
        Self::from_verified(id, role.to_owned(), anonymous, bearer.into(), DateTime::<Utc>::MAX_UTC)
    }

    /// The user's id at Nhost Auth.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The role of this request, one of those that the JWT allows.
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

    /// When the JWT expires.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

/// An OAuth app or an MCP client that a user has signed in to. It is not the user: it may do only
/// what the user has granted to it.
#[derive(Debug, Clone)]
pub struct Client {
    id: ClientOfUser,
    user_id: Uuid,
    expires_at: DateTime<Utc>,
}

impl Client {
    /// The JWT must be verified, and the other values must come from it.
    pub(super) fn from_verified(
        id: ClientOfUser,
        user_id: Uuid,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self { id, user_id, expires_at }
    }

    /// Its client id. `None` if the JWT has none that access could be granted to.
    pub fn id(&self) -> Option<&ClientId> {
        self.id.as_ref()
    }

    /// The user that it acts for.
    pub fn user_id(&self) -> Uuid {
        self.user_id
    }

    /// When the JWT expires.
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
    /// The service secret must be right, and `bearer` must be verified.
    pub(super) fn from_verified(
        user_id: Option<Uuid>,
        any_user: bool,
        bearer: Option<(Uuid, SecretString)>,
    ) -> Self {
        Self { user_id, any_user, bearer }
    }

    /// A service without a checked secret. Exists in unit tests only.
    #[cfg(test)]
    pub fn unverified_for_test(
        user_id: Option<Uuid>,
        any_user: bool,
        bearer: Option<(Uuid, &str)>,
    ) -> Self {
        Self::from_verified(user_id, any_user, bearer.map(|(id, jwt)| (id, jwt.into())))
    }

    /// The user that the service speaks for (`x-hasura-user-id`), which is "me" in this request.
    /// Always set unless [`Service::any_user`].
    pub fn user_id(&self) -> Option<Uuid> {
        self.user_id
    }

    /// Whether it may name any user: its role is `admin`, or it sent no role.
    pub fn any_user(&self) -> bool {
        self.any_user
    }

    /// A verified JWT of a user that was sent along, and whose it is.
    pub fn bearer(&self) -> Option<(Uuid, &SecretString)> {
        self.bearer.as_ref().map(|(user_id, jwt)| (*user_id, jwt))
    }
}
