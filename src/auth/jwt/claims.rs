use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ClientOfUser;
use crate::auth::AuthError;

const AMBIGUOUS: AuthError = AuthError::invalid(
    "Could not verify JWT: it has a Hasura claim twice: the issuer of the token must include each \
     claim once",
);
const NO_ROLES: AuthError = AuthError::invalid(
    "Could not verify JWT: JWT claim does not contain x-hasura-allowed-roles as a list of strings: \
     the issuer of the token must add it",
);
const NO_DEFAULT_ROLE: AuthError = AuthError::invalid(
    "Could not verify JWT: JWT claim does not contain x-hasura-default-role as a string: the \
     issuer of the token must add it",
);
const NO_USER: AuthError = AuthError::invalid(
    "Could not verify JWT: JWT claim does not contain x-hasura-user-id as a UUID: the issuer of \
     the token must add it",
);
const TWO_USERS: AuthError = AuthError::invalid(
    "Could not verify JWT: its sub and its x-hasura-user-id are different users: the issuer of the \
     token must use the same user in both",
);

/// Hasura's claims of a JWT that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    user_id: Uuid,
    default_role: String,
    allowed_roles: Vec<String>,
    anonymous: bool,
    expires_at: DateTime<Utc>,
    client: Option<ClientOfUser>,
}

impl Claims {
    /// The user according to the claims `x-hasura-*`, from the payload of a JWT whose signature,
    /// times, issuer and audience were verified.
    pub(super) fn read(
        payload: &Value,
        claims: &Map<String, Value>,
        expires_at: DateTime<Utc>,
    ) -> Result<Self, AuthError> {
        let claims = in_lower_case(claims)?;
        let allowed_roles = claims
            .get("x-hasura-allowed-roles")
            .and_then(|roles| roles.as_array())
            .and_then(|roles| roles.iter().map(string).collect::<Option<Vec<_>>>())
            .ok_or(NO_ROLES)?;
        let default_role = claims
            .get("x-hasura-default-role")
            .and_then(|role| string(role))
            .ok_or(NO_DEFAULT_ROLE)?;
        let user_id = claims.get("x-hasura-user-id").and_then(|id| uuid(id)).ok_or(NO_USER)?;
        // Nhost Auth uses `sub`, and this server uses `x-hasura-user-id`: if they could differ, one
        // user's provider session would be stored as another's.
        if payload.get("sub").and_then(uuid).is_some_and(|sub| sub != user_id) {
            return Err(TWO_USERS);
        }
        let anonymous = claims.get("x-hasura-user-is-anonymous").is_some_and(|value| match value {
            Value::Bool(anonymous) => *anonymous,
            Value::String(anonymous) => anonymous.eq_ignore_ascii_case("true"),
            _ => false,
        });
        let client = None;
        Ok(Self { user_id, default_role, allowed_roles, anonymous, expires_at, client })
    }

    /// About how many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        let client = self.client.iter().flatten().map(|id| id.as_str().len());
        let roles = self.allowed_roles.iter().map(|role| size_of::<String>() + role.capacity());
        size_of::<Self>() + self.default_role.capacity() + roles.chain(client).sum::<usize>()
    }

    /// The same for a JWT that was issued to a client.
    pub(super) fn of_client(self, client: Option<ClientOfUser>) -> Self {
        Self { client, ..self }
    }

    /// The client that the JWT was issued to; `None` if it is the user's own session.
    pub fn client(&self) -> Option<&ClientOfUser> {
        self.client.as_ref()
    }

    /// The user's id at Nhost Auth.
    pub fn user_id(&self) -> Uuid {
        self.user_id
    }

    /// The role of a request that doesn't name one.
    pub fn default_role(&self) -> &str {
        &self.default_role
    }

    /// Whether a request may run with `role`.
    pub fn allows(&self, role: &str) -> bool {
        self.allowed_roles.iter().any(|allowed| allowed == role)
    }

    /// Whether the user signed in anonymously.
    pub fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// When the JWT is rejected: its `exp` plus the allowed clock skew.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

/// Hasura's claim names are case-insensitive. If two differed only in case, the user would be a
/// matter of chance.
fn in_lower_case(claims: &Map<String, Value>) -> Result<BTreeMap<String, &Value>, AuthError> {
    let mut lower = BTreeMap::new();
    for (name, value) in claims {
        if lower.insert(name.to_ascii_lowercase(), value).is_some() {
            return Err(AMBIGUOUS);
        }
    }
    Ok(lower)
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str().and_then(|text| Uuid::try_parse(text).ok())
}
