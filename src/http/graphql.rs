use std::{sync::Arc, time::Duration};

use async_graphql::{Request as GraphqlRequest, Response as GraphqlResponse, ServerError};
use axum::{
    extract::{Request as HttpRequest, State},
    http::{Method, StatusCode},
    response::Response,
};
use futures_util::{Stream, StreamExt, future::ready, stream::once};
use tokio::sync::Semaphore;
use tower_http::request_id::RequestId as HttpRequestId;

use super::{
    answer::{MediaType, executed, with_codes},
    live::{Origins, asks_to_upgrade, sse, upgrade},
    refusal::Refusal,
    request,
};
use crate::{
    auth::{AuthError, Authenticator, Caller},
    config::Introspection,
    connections::Connections,
    graphql::{
        ConnectionLoader, Documents, EventLoader, Expiry, Limits, ProviderConnectionsSchema,
        RequestId, asks_for_schema, schema,
    },
    live::Live,
    metrics,
};

/// Requests at once; more are turned away rather than queued without end.
const CONCURRENCY: usize = 1024;
/// Under the 60 seconds after which Hasura gives up. What was started goes on.
const TIMEOUT: Duration = Duration::from_secs(55);

/// Everything behind `/graphql`.
pub struct GraphqlEndpoint {
    pub(super) authenticator: Authenticator,
    pub(super) live: Live,
    pub(super) origins: Origins,
    introspection: Introspection,
    for_users: ProviderConnectionsSchema,
    for_services: ProviderConnectionsSchema,
    connections: Connections,
    documents: Documents,
    places: Semaphore,
}

impl GraphqlEndpoint {
    pub fn new(
        connections: Connections,
        live: Live,
        authenticator: Authenticator,
        (introspection, origins): (Introspection, Origins),
    ) -> Self {
        Self {
            authenticator,
            introspection,
            origins,
            for_users: schema(connections.clone(), live.clone(), Limits::USER),
            for_services: schema(connections.clone(), live.clone(), Limits::SERVICE),
            live,
            connections,
            documents: Documents::default(),
            places: Semaphore::new(CONCURRENCY),
        }
    }

    async fn answer(
        &self,
        media_type: MediaType,
        request: HttpRequest,
    ) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let place = self.places.try_acquire().map_err(|_| {
            Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                "This server has more requests than it can take. Try again in a second.",
            )
        })?;
        let request = request::read(&parts, body).await?;
        let caller = self.authenticator.authenticate(headers).await;
        let expires_at = match &caller {
            Ok(Caller::User(user)) => Some(user.expires_at()),
            _ => None,
        };
        let streams = sse::is_wanted(headers);
        let request_id = parts.extensions.get::<HttpRequestId>();
        let mut prepared = match self.prepare(request, caller, request_id) {
            Ok(prepared) => prepared,
            Err(response) if streams => return Ok(sse::events(once(ready(*response)), None)),
            Err(response) => return Ok(executed(media_type, *response)),
        };
        if prepared.subscribes {
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
        if parts.method == Method::GET {
            request::only_reads(&mut prepared.request)?;
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

    /// What is to be executed for this caller, by which limits.
    ///
    /// # Errors
    /// It is not GraphQL, or asks for more than the caller may.
    pub(super) fn prepare(
        &self,
        request: GraphqlRequest,
        caller: Result<Caller, AuthError>,
        request_id: Option<&HttpRequestId>,
    ) -> Result<Prepared<'_>, Box<GraphqlResponse>> {
        let is_service = matches!(caller, Ok(Caller::Service(_)));
        metrics::graphql_asked(match &caller {
            Ok(Caller::User(_)) => "user",
            Ok(Caller::Service(_)) => "service",
            Err(_) => "none",
        });
        let mut request = request
            .data(caller)
            .data(ConnectionLoader::new(self.connections.clone()))
            .data(EventLoader::new(self.connections.clone()));
        if let Some(id) = request_id {
            let id = id.header_value().to_str().unwrap_or_default().to_owned();
            request = request.data(RequestId(id));
        }
        let may_introspect = match self.introspection {
            Introspection::Public => true,
            Introspection::Service => is_service,
            Introspection::Off => false,
        };
        if !may_introspect {
            request = request.disable_introspection();
        }
        let (schema, limits) = if is_service {
            (&self.for_services, Limits::SERVICE)
        } else {
            (&self.for_users, Limits::USER)
        };
        let refused = |error| Box::new(with_codes(GraphqlResponse::from_errors(vec![error])));
        self.documents.parse_within(&mut request, limits).map_err(refused)?;
        // Without this, the library's answer would be null, and no word why.
        if !may_introspect && request.parsed_query().is_ok_and(asks_for_schema) {
            return Err(refused(ServerError::new(self.introspection_refused(), None)));
        }
        let subscribes = request::is_subscription(&mut request);
        Ok(Prepared { schema, request, subscribes })
    }

    fn introspection_refused(&self) -> &'static str {
        match self.introspection {
            Introspection::Off => {
                "Introspection is off. Set INTROSPECTION=service, and send the service secret, to \
                 introspect or merge this schema."
            }
            Introspection::Service | Introspection::Public => {
                "Introspection is for services alone. Send the header x-service-secret (in Hasura: \
                 configure it for the remote schema), or set INTROSPECTION=public."
            }
        }
    }
}

/// A request that may be executed.
pub(super) struct Prepared<'a> {
    schema: &'a ProviderConnectionsSchema,
    request: GraphqlRequest,
    pub subscribes: bool,
}

impl Prepared<'_> {
    /// The responses, until the JWT has expired.
    pub fn stream(self, expiry: Expiry) -> impl Stream<Item = GraphqlResponse> + Send + use<> {
        self.schema.execute_stream(self.request.data(expiry)).map(with_codes)
    }
}

/// `GET` and `POST /graphql`.
pub async fn graphql(
    State(endpoint): State<Arc<GraphqlEndpoint>>,
    request: HttpRequest,
) -> Response {
    let media_type = MediaType::accepted(request.headers());
    let answer = if asks_to_upgrade(request.headers()) {
        upgrade(endpoint, request).await
    } else {
        endpoint.answer(media_type, request).await
    };
    answer.unwrap_or_else(|refusal| refusal.into_response(media_type))
}
