//! Nhost Auth's error bodies, which have a different shape for each layer that writes them.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error response.
#[derive(Debug)]
pub(crate) enum Error {
    /// From the endpoint itself.
    Endpoint(Code),
    /// From the layer that checks the bearer token, before the endpoint.
    Bearer(&'static str),
    /// From the same layer: the JWT is valid, but not elevated.
    NotElevated,
    /// From the layer that checks the request against the API description.
    Description { error: &'static str, reason: String },
    /// From the last resort: `errors`, plural.
    LastResort,
}

/// An error of an endpoint: status, code, message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) message: &'static str,
}

const fn code(status: u16, error: &'static str, message: &'static str) -> Code {
    Code { status, error, message }
}

impl Code {
    pub(crate) const ALREADY_LINKED: Self = code(
        400,
        "provider-account-already-linked",
        "This provider account is already linked to a user",
    );
    pub(crate) const DISABLED_ENDPOINT: Self =
        code(409, "disabled-endpoint", "This endpoint is disabled");
    pub(crate) const DISABLED_USER: Self = code(401, "disabled-user", "User is disabled");
    pub(crate) const FORBIDDEN_ANONYMOUS: Self =
        code(403, "forbidden-anonymous", "Forbidden, user is anonymous.");
    pub(crate) const INTERNAL: Self = code(500, "internal-server-error", "Internal server error");
    pub(crate) const INVALID_EMAIL_PASSWORD: Self =
        code(401, "invalid-email-password", "Incorrect email or password");
    pub(crate) const INVALID_PAT: Self =
        code(401, "invalid-pat", "Invalid or expired personal access token");
    pub(crate) const INVALID_REFRESH_TOKEN: Self =
        code(401, "invalid-refresh-token", "Invalid or expired refresh token");
    pub(crate) const INVALID_REQUEST: Self =
        code(400, "invalid-request", "The request payload is incorrect");
    pub(crate) const INVALID_STATE: Self = code(400, "invalid-state", "Invalid state");
    pub(crate) const OAUTH_PROVIDER: Self =
        code(400, "oauth-provider-error", "Provider returned an error");
    pub(crate) const REDIRECT_TO: Self =
        code(400, "redirectTo-not-allowed", "The value of \"options.redirectTo\" is not allowed.");
    pub(crate) const SIGNUP_DISABLED: Self = code(403, "signup-disabled", "Sign up is disabled.");
    /// Nhost Auth's own spelling.
    pub(crate) const TOKEN_EXCHANGE: Self =
        code(400, "oauth-token-echange-failed", "Failed to exchange token");
}

impl Error {
    pub(crate) const OAUTH_PROVIDER: Self = Self::Endpoint(Code::OAUTH_PROVIDER);

    /// A request that the API description does not allow.
    pub(crate) fn request(reason: impl Into<String>) -> Self {
        Self::Description { error: "request-validation-error", reason: reason.into() }
    }

    /// A body that does not fit its schema.
    pub(crate) fn schema(reason: impl Into<String>) -> Self {
        Self::Description { error: "schema-validation-error", reason: reason.into() }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Endpoint(code)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::Endpoint(Code { status, error, message }) => {
                (status, json!({ "status": status, "error": error, "message": message }))
            }
            Self::Bearer(reason) => (
                401,
                json!({ "error": "unauthorized", "reason": reason, "securityScheme": "BearerAuth" }),
            ),
            Self::NotElevated => (403, json!({ "error": "Elevated claim required" })),
            Self::Description { error, reason } => {
                (400, json!({ "error": error, "reason": reason }))
            }
            Self::LastResort => (
                500,
                json!({ "errors": "internal-server-error", "message": "something went wrong" }),
            ),
        };
        let status = StatusCode::from_u16(status).expect("the codes above are statuses");
        (status, Json(body)).into_response()
    }
}
