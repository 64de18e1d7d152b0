//! `/graphql` over HTTP.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request as HttpRequest, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{future::ready, stream::once};
use tower_http::request_id::RequestId as HttpRequestId;

use super::{
    answer::{MediaType, executed, with_codes},
    body::Sender,
    endpoint::GraphqlEndpoint,
    live::{asks_to_upgrade, sse, upgrade},
    refusal::Refusal,
    request,
};
use crate::{auth::Caller, client_address::ClientAddress, graphql::Expiry};

/// Under the 60 seconds after which Hasura gives up. What was started goes on.
const TIMEOUT: Duration = Duration::from_secs(55);

impl GraphqlEndpoint {
    async fn answer(
        &self,
        media_type: MediaType,
        request: HttpRequest,
    ) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let client = ClientAddress::of_request(&parts.extensions);
        let place = self.places.try_acquire().map_err(|_| {
            Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                "This server has more requests than it can take. Try again in a second.",
            )
        })?;
        // First of all who: how much a body may be depends on it.
        let caller = self.authenticator.authenticate_from(client, headers).await;
        let sender = Sender { caller: &caller, page: self.origins.of(headers) };
        let asked = request::read(&parts, body, &sender).await?;
        let request = asked.resolve(self.trusted.as_deref())?.data(client);
        let expires_at = caller.as_ref().ok().and_then(Caller::expires_at);
        let streams = sse::is_wanted(headers);
        let request_id = parts.extensions.get::<HttpRequestId>();
        let prepared = match self.prepare(request, caller, request_id) {
            Ok(prepared) => prepared,
            Err(response) if streams => return Ok(sse::events(once(ready(*response)), None)),
            Err(response) => return Ok(executed(media_type, *response)),
        };
        if prepared.subscribes() {
            if !sse::is_accepted(headers) {
                return Err(Refusal::bad_request(
                    "A subscription is answered over WebSocket (graphql-transport-ws), or as \
                     server-sent events: send 'Accept: text/event-stream'.",
                ));
            }
            let mut session = self.live.open().map_err(Refusal::no_subscription)?;
            if let Some(moment) = expires_at {
                session.end_at(moment);
            }
            // It lasts: its place is one of the subscribers', of which there are more.
            drop(place);
            let responses = prepared.stream(Expiry(session.expired()));
            return Ok(sse::events(responses, Some(session)));
        }
        // A link, an image or a prefetch must change nothing.
        if request::reads(&parts.method) && !prepared.only_reads() {
            return Err(Refusal::method(
                "POST",
                "Only a query can be sent by GET. Send a mutation by POST.",
            ));
        }
        let response = tokio::time::timeout(TIMEOUT, prepared.schema.execute(prepared.request))
            .await
            .map_err(|_| {
                Refusal::new(
                    StatusCode::GATEWAY_TIMEOUT,
                    "UPSTREAM_UNAVAILABLE",
                    "This took too long. What was begun goes on: ask again in a few seconds.",
                )
            })?;
        if streams {
            return Ok(sse::events(once(ready(with_codes(response))), None));
        }
        Ok(executed(media_type, response))
    }
}

/// `GET` and `POST /graphql`.
pub async fn graphql(
    State(endpoint): State<Arc<GraphqlEndpoint>>,
    request: HttpRequest,
) -> Response {
    let media_type = MediaType::accepted(request.headers());
    // A preflight never comes this far: see the router.
    if request.method() == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(header::ALLOW, request::METHODS)]).into_response();
    }
    let answer = if asks_to_upgrade(request.headers()) {
        upgrade(endpoint, request).await
    } else {
        endpoint.answer(media_type, request).await
    };
    answer.unwrap_or_else(|refusal| refusal.into_response(media_type))
}
