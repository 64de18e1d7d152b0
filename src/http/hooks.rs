use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{Extensions, HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::answer::{MediaType, refused};
use crate::{
    auth::{Authenticator, Caller, Reason},
    client_address::ClientAddress,
    connections::Connections,
};

/// Hasura gives an event trigger a minute by default.
pub const TIMEOUT: Duration = Duration::from_secs(50);

/// What the hooks need.
#[derive(Debug)]
pub struct Hooks {
    pub connections: Connections,
    pub authenticator: Authenticator,
}

/// The relevant part of Hasura's payload for an event trigger.
#[derive(Deserialize)]
struct Delivery {
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    op: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    old: Option<User>,
}

#[derive(Deserialize)]
struct User {
    id: Uuid,
}

/// `POST /hooks/user-deleted`: receives a Hasura event trigger on `auth.users` for deletions.
/// Deletes the user's connections and events, and revokes their grants. Safe to repeat.
pub async fn user_deleted(
    State(hooks): State<Arc<Hooks>>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let no =
        |status, code, message: &str| refused(MediaType::Json, status, code, message, &json!({}));
    let client = ClientAddress::of_request(&extensions);
    match hooks.authenticator.authenticate_from(client, &headers).await {
        // The hook itself names the user, which requires more than acting for one user.
        Ok(Caller::Service(service)) if service.any_user() => {}
        Ok(_) => {
            return no(
                StatusCode::FORBIDDEN,
                "FORBIDDEN",
                "Only a service can call this. Send the header x-service-secret, and the \
                 x-hasura-role admin or none.",
            );
        }
        Err(error) => {
            if let Reason::TooManyWrongSecrets { retry_after } = error.reason {
                let (status, more) =
                    (StatusCode::TOO_MANY_REQUESTS, json!({ "retryAfter": retry_after }));
                return refused(MediaType::Json, status, error.code(), error.message, &more);
            }
            return no(StatusCode::UNAUTHORIZED, error.code(), error.message);
        }
    }
    let user_id = match serde_json::from_slice::<Delivery>(&body) {
        Ok(Delivery { event: Event { op, data: Data { old: Some(user) } } }) if op == "DELETE" => {
            user.id
        }
        _ => {
            return no(
                StatusCode::BAD_REQUEST,
                "BAD_USER_INPUT",
                "The payload is not the deletion of a user. Create a Hasura event trigger on \
                 auth.users for DELETE only, without a payload transformation.",
            );
        }
    };
    match hooks.connections.forget(user_id).await {
        Ok(disconnected) => {
            tracing::info!(%user_id, disconnected, "a user was deleted");
            Json(json!({ "disconnected": disconnected })).into_response()
        }
        // Hasura tries again.
        Err(error) => no(StatusCode::SERVICE_UNAVAILABLE, error.code(), &error.to_string()),
    }
}
