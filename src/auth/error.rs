use thiserror::Error;

/// Why a request has no [`super::Caller`]. Respond with its code and reason; the message tells a
/// person what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct AuthError {
    /// For programs.
    pub reason: Reason,
    /// For people. A constant, so that no part of a token can be in it.
    pub message: &'static str,
}

/// `extensions.reason` of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The request has no JWT.
    JwtMissing,
    /// The JWT has expired.
    JwtExpired,
    /// The JWT can't be verified, or does not name the user.
    JwtInvalid,
    /// The JWT does not allow the requested role, or a service sent a role without a user.
    RoleNotAllowed,
    /// The service secret is wrong, or this server has none.
    ServiceSecretInvalid,
    /// The caller's address has sent so many wrong secrets that it must wait, in seconds.
    TooManyWrongSecrets { retry_after: u32 },
    /// The JWT came in a cookie, and nothing shows that the user's own app sent it.
    CrossSite,
    /// The JWT can't be verified right now, because its key can't be fetched.
    KeysUnavailable,
}

impl Reason {
    /// The reason as clients read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JwtMissing => "jwt-missing",
            Self::JwtExpired => "jwt-expired",
            Self::JwtInvalid => "jwt-invalid",
            Self::RoleNotAllowed => "role-not-allowed",
            Self::ServiceSecretInvalid => "service-secret-invalid",
            Self::TooManyWrongSecrets { .. } => "too-many-wrong-secrets",
            Self::CrossSite => "cross-site",
            Self::KeysUnavailable => "keys-unavailable",
        }
    }
}

impl AuthError {
    /// `extensions.code`. Only errors that the caller can fix are `UNAUTHENTICATED`, because
    /// clients sign their user out when they see that code.
    pub const fn code(self) -> &'static str {
        match self.reason {
            Reason::KeysUnavailable => "UPSTREAM_UNAVAILABLE",
            Reason::TooManyWrongSecrets { .. } => "RATE_LIMITED",
            _ => "UNAUTHENTICATED",
        }
    }
}

/// The errors. Where Hasura has the same error, the message starts with Hasura's words, which its
/// users know.
impl AuthError {
    pub(super) const MISSING: Self = Self::new(
        Reason::JwtMissing,
        "Missing 'Authorization' header in JWT authentication mode: sign in and send \
         'Authorization: Bearer <access token>'",
    );
    pub(super) const MISSING_COOKIE: Self = Self::new(
        Reason::JwtMissing,
        "Missing 'Cookie' header in JWT authentication mode: sign in, and send requests with \
         credentials",
    );
    pub(super) const MISSING_CUSTOM: Self = Self::new(
        Reason::JwtMissing,
        "Missing JWT header in JWT authentication mode: sign in, and send the access token in the \
         header that this server's JWT secret names",
    );
    pub(super) const MISSING_EVERYWHERE: Self = Self::new(
        Reason::JwtMissing,
        "Missing 'Authorization' or 'Cookie' header in JWT authentication mode: sign in and send \
         the access token in one of the places that this server's JWT secrets name",
    );
    pub(super) const AMBIGUOUS: Self = Self::invalid(
        "Could not verify JWT: the request has several different access tokens: send one",
    );
    pub(super) const CROSS_SITE: Self = Self::new(
        Reason::CrossSite,
        "A JWT in a cookie is accepted only with a header that other sites can't send: also send \
         'X-Requested-With: XMLHttpRequest' or an 'x-hasura-role'",
    );
    pub(super) const KEYS_UNAVAILABLE: Self = Self::new(
        Reason::KeysUnavailable,
        "The access token can't be verified right now, because its key can't be fetched from \
         jwk_url. Try again in a few seconds; the user does not need to sign in again.",
    );
    pub(super) const MALFORMED: Self = Self::invalid(
        "Could not verify JWT: JWSError: not a signed JWT: send the access token of a session",
    );
    pub(super) const WRONG_ALGORITHM: Self = Self::invalid(
        "Could not verify JWT: JWSError JWSInvalidAlgorithm: send an access token of this project, \
         and check that this server's JWT secret has the type that Nhost Auth signs with",
    );
    pub(super) const WRONG_SIGNATURE: Self = Self::invalid(
        "Could not verify JWT: JWSError JWSInvalidSignature: send an access token of this project, \
         and check that this server's JWT secret is the one that Nhost Auth signs with",
    );
    pub(super) const WRONG_ISSUER: Self = Self::invalid(
        "Could not verify JWT: JWTNotInIssuer: its iss must be the issuer of this server's JWT \
         secret",
    );
    pub(crate) const EXPIRED: Self = Self::new(
        Reason::JwtExpired,
        "Could not verify JWT: JWTExpired: refresh the session at Nhost Auth and send the new \
         access token",
    );
    pub(super) const MALFORMED_HEADER: Self = Self::invalid(
        "Malformed Authorization header: send one 'Authorization: Bearer <access token>'",
    );
    pub(super) const REPEATED_USER_ID: Self = Self::new(
        Reason::RoleNotAllowed,
        "'x-hasura-user-id' was sent more than once: send it once",
    );
    pub(super) const REPEATED_ROLE: Self =
        Self::new(Reason::RoleNotAllowed, "'x-hasura-role' was sent more than once: send it once");
    pub(super) const ROLE_NOT_ALLOWED: Self = Self::new(
        Reason::RoleNotAllowed,
        "Your requested role is not in allowed roles: send an 'x-hasura-role' that the access \
         token allows, or leave it out for the default role",
    );
    pub(super) const SERVICE_WITHOUT_USER: Self = Self::new(
        Reason::RoleNotAllowed,
        "A service call with a role other than 'admin' acts as one user: send \
         'x-hasura-user-id', or leave 'x-hasura-role' out",
    );
    pub(super) const SERVICE_WITH_BAD_USER: Self = Self::new(
        Reason::RoleNotAllowed,
        "'x-hasura-user-id' is not a UUID: send the user's id, or leave the header out",
    );
    pub(super) const SERVICE_SECRET: Self = Self::new(
        Reason::ServiceSecretInvalid,
        "Invalid 'x-service-secret': send this server's SERVICE_SECRET once, or leave the header \
         out to call with an access token alone",
    );

    pub(super) const fn too_many_wrong_secrets(retry_after: u32) -> Self {
        Self::new(
            Reason::TooManyWrongSecrets { retry_after },
            "This address has sent too many wrong service secrets. After the number of seconds in \
             retryAfter, send this server's SERVICE_SECRET as 'x-service-secret'.",
        )
    }

    pub(super) const fn new(reason: Reason, message: &'static str) -> Self {
        Self { reason, message }
    }

    pub(super) const fn invalid(message: &'static str) -> Self {
        Self::new(Reason::JwtInvalid, message)
    }
}
