//! The one place where errors become GraphQL errors.

use async_graphql::{Context, ErrorExtensions, PathSegment, QueryPathSegment, ServerError};

use super::context::{RequestId, connections};
use crate::{
    auth::{AuthError, Reason},
    connections::Error,
    live::{End, Refused},
};

/// Nobody is calling who may.
pub(super) fn authentication(error: AuthError) -> async_graphql::Error {
    async_graphql::Error::new(error.message).extend_with(|_, extensions| {
        extensions.set("code", error.code());
        extensions.set("reason", error.reason.as_str());
        if error.reason == Reason::KeysUnavailable {
            extensions.set("upstream", "jwks");
            extensions.set("retryAfter", 5);
        }
        if let Reason::TooManyWrongSecrets { retry_after } = error.reason {
            extensions.set("retryAfter", retry_after);
        }
    })
}

/// A rule's refusal, with what a client needs to act on it.
pub(super) fn extend(ctx: &Context<'_>, error: &Error) -> async_graphql::Error {
    let located = Located { message: error.to_string(), path: path(ctx) };
    async_graphql::Error::new_with_source(located).extend_with(|_, extensions| {
        extensions.set("code", error.code());
        if let Some(provider) = error.sign_in_with() {
            extensions.set("provider", provider.as_str());
            let scopes = match error {
                Error::InsufficientScope { missing, .. } => missing.as_slice(),
                _ => &[],
            };
            if let Ok(url) = connections(ctx).sign_in_url(provider, None, scopes) {
                extensions.set("reauthenticationUrl", url.as_str());
            }
        }
        if let Some((upstream, retry_after)) = error.waits_for() {
            extensions.set("upstream", upstream);
            extensions.set("retryAfter", retry_after.as_secs());
        }
        match error {
            Error::ProviderNotEnabled(provider) => extensions.set("provider", provider.as_str()),
            Error::InsufficientScope { missing, .. } => {
                extensions.set("missingScopes", missing.clone());
            }
            Error::ScopeNotConfigured { provider, scopes } => {
                extensions.set("provider", provider.as_str());
                extensions.set("scopes", scopes.clone());
            }
            Error::ImportRefused { provider, why } => {
                extensions.set("provider", provider.as_str());
                extensions.set("reason", why.as_str());
            }
            Error::ClientNotGranted(refused) => {
                extensions.set("reason", "client-not-granted");
                if let Some(client_id) = &refused.client_id {
                    extensions.set("clientId", client_id.as_str());
                }
                if let Some(provider) = refused.provider() {
                    extensions.set("provider", provider.as_str());
                }
            }
            Error::Unauthenticated(_) => extensions.set("reason", "jwt-invalid"),
            Error::RateLimited { retry_after } => {
                extensions.set("retryAfter", retry_after.as_secs());
            }
            Error::Internal(_) => {
                if let Some(RequestId(id)) = ctx.data_opt() {
                    extensions.set("requestId", id.as_str());
                }
            }
            _ => {}
        }
    })
}

/// An error with the path of its field (GraphQL, September 2025, section 7.1.2). Below a list the
/// library answers the path of the list's item instead.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Located {
    message: String,
    path: Vec<PathSegment>,
}

fn path(ctx: &Context<'_>) -> Vec<PathSegment> {
    let mut path = Vec::new();
    let mut next = ctx.path_node.as_ref();
    while let Some(node) = next {
        path.push(match &node.segment {
            QueryPathSegment::Name(name) => PathSegment::Field((*name).to_owned()),
            QueryPathSegment::Index(index) => PathSegment::Index(*index),
        });
        next = node.parent;
    }
    path.reverse();
    path
}

/// Gives the error of a field its own path.
pub fn restore_path(error: &mut ServerError) {
    if let Some(path) = error.source::<Located>().map(|located| located.path.clone()) {
        error.path = path;
    }
}

/// Why there is no subscription.
pub(super) fn refused(refused: Refused) -> async_graphql::Error {
    async_graphql::Error::new(refused.to_string()).extend_with(|_, extensions| {
        extensions.set("code", "RATE_LIMITED");
        extensions.set("retryAfter", 60);
    })
}

/// Why a subscription has ended.
pub(super) fn ended(end: End) -> async_graphql::Error {
    match end {
        End::Expired => authentication(AuthError::EXPIRED),
        End::TooSlow => async_graphql::Error::new(
            "The client was too slow to receive all changes. Subscribe again, and read \
             providerConnections after the first message.",
        )
        .extend_with(|_, extensions| {
            extensions.set("code", "RATE_LIMITED");
            extensions.set("retryAfter", 1);
        }),
    }
}

/// An anonymous user has nothing that could change.
pub(super) fn anonymous() -> async_graphql::Error {
    async_graphql::Error::new(
        "An anonymous user has no connections to subscribe to. Sign in with a provider or an email \
         address first.",
    )
    .extend_with(|_, extensions| extensions.set("code", "FORBIDDEN"))
}

/// A client has more operations under way than it may have.
pub fn too_many_operations(limit: usize) -> ServerError {
    let message =
        format!("This WebSocket already has {limit} subscriptions. End one of them first.");
    let mut error = ServerError::new(message, None);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", "RATE_LIMITED");
    extensions.set("retryAfter", 60);
    error
}

/// The code of an error that has none: the library's own, which it raises while it executes.
pub fn code_of_library_error(error: &ServerError) -> &'static str {
    // An argument that could not be read has a path: its field was reached.
    if error.path.is_empty() { "GRAPHQL_VALIDATION_FAILED" } else { "BAD_USER_INPUT" }
}
