//! `/graphql` over HTTP.

use std::{sync::Arc, time::Duration};

use async_graphql::Request as GraphqlRequest;
use axum::{
    extract::{Request as HttpRequest, State},
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::{future::ready, stream::once};
use tokio_util::sync::CancellationToken;
use tower_http::request_id::RequestId as HttpRequestId;

use super::{
    answer::{MediaType, executed, with_codes},
    body::Sender,
    bounded::{AnswerLimit, bounded},
    endpoint::GraphqlEndpoint,
    heavy::is_heavy,
    live::{asks_to_upgrade, sse, upgrade},
    places::{Place, Who},
    refusal::Refusal,
    request,
};
use crate::{
    auth::{AuthError, Caller},
    client_address::ClientAddress,
    graphql::Expiry,
};

/// Less than the 60 seconds after which Hasura gives up. Work that was started continues.
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
        // The caller comes first, because it determines the maximum size of the body.
        let caller = self.authenticator.authenticate_from(client, headers).await;
        let sender = Sender { caller: &caller, page: self.origins.of(headers) };
        let (asked, bytes) = request::read(&parts, body, &sender).await?;
        let request = asked.resolve(self.trusted.as_deref())?.data(client);
        let who = Who::of(&caller, client);
        let place = self.places.take(who)?;
        // A trusted document is longer than its id.
        let bytes = request.query.len().max(bytes);
        let heavy = who != Who::Service && is_heavy(bytes, &request.query);
        let response = self.respond(media_type, &parts, request, caller, place);
        if heavy { self.heavy.run(who, bytes, response)?.await } else { response.await }
    }

    async fn respond(
        &self,
        media_type: MediaType,
        parts: &Parts,
        request: GraphqlRequest,
        caller: Result<Caller, AuthError>,
        place: Place,
    ) -> Result<Response, Refusal> {
        let headers = &parts.headers;
        let is_known = caller.is_ok();
        let user_id = caller.as_ref().ok().and_then(Caller::user_id);
        let expires_at = caller.as_ref().ok().and_then(Caller::expires_at);
        let streams = sse::is_wanted(headers);
        let request_id = parts.extensions.get::<HttpRequestId>();
        let prepared = match self.prepare(request, caller, request_id) {
            Ok(prepared) => prepared,
            Err(response) if streams => {
                return Ok(held(place, sse::events(once(ready(*response)), None)));
            }
            Err(response) => {
                return Ok(held(place, executed(media_type, *response, AnswerLimit::USER)));
            }
        };
        if prepared.subscribes() {
            if !sse::is_accepted(headers) {
                return Err(Refusal::bad_request(
                    "Subscriptions need a WebSocket (graphql-transport-ws) or server-sent events. \
                     For server-sent events, send 'Accept: text/event-stream'.",
                ));
            }
            if !is_known {
                // The only response is this error, so it takes no subscriber's place.
                let responses = prepared.stream(Expiry(CancellationToken::new()));
                return Ok(held(place, sse::events(responses, None)));
            }
            let mut session = self.live.open(user_id).map_err(Refusal::no_subscription)?;
            if let Some(moment) = expires_at {
                session.end_at(moment);
            }
            // It is long-lived, so it uses one of the subscribers' places, of which there are more.
            drop(place);
            let responses = prepared.stream(Expiry(session.expired()));
            return Ok(sse::events(responses, Some(session)));
        }
        // A link, an image or a prefetch must change nothing.
        if request::reads(&parts.method) && !prepared.only_reads() {
            return Err(Refusal::method(
                "POST",
                "Only queries can be sent by GET. Send mutations by POST.",
            ));
        }
        let limit = prepared.limit;
        let response = tokio::time::timeout(TIMEOUT, prepared.execute()).await.map_err(|_| {
            Refusal::new(
                StatusCode::GATEWAY_TIMEOUT,
                "UPSTREAM_UNAVAILABLE",
                "The request took too long, but the work that it started continues. Try again in a \
                 few seconds.",
            )
        })?;
        let response = if streams {
            sse::events(once(ready(bounded(with_codes(response), limit))), None)
        } else {
            executed(media_type, response, limit)
        };
        Ok(held(place, response))
    }
}

/// The place is freed when the client has the response, or is gone.
fn held(place: Place, response: Response) -> Response {
    response.map(|body| place.held_by(body))
}

/// `GET` and `POST /graphql`.
pub async fn graphql(
    State(endpoint): State<Arc<GraphqlEndpoint>>,
    request: HttpRequest,
) -> Response {
    let media_type = MediaType::accepted(request.headers());
    // Preflights never reach this handler: see the router.
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
