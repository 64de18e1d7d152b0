use std::{sync::Arc, time::Duration};

use async_graphql::{Response as GraphqlResponse, ServerError};
use axum::{
    extract::{Request as HttpRequest, State},
    http::{Method, StatusCode},
    response::Response,
};
use tokio::sync::Semaphore;
use tower_http::request_id::RequestId as HttpRequestId;

use super::{
    answer::{MediaType, executed},
    refusal::Refusal,
    request,
};
use crate::{
    auth::{Authenticator, Caller},
    config::Introspection,
    connections::Connections,
    graphql::{
        ConnectionLoader, Documents, EventLoader, Limits, ProviderConnectionsSchema, RequestId,
        asks_for_schema, schema,
    },
    metrics,
};

/// Requests at once; more are turned away rather than queued without end.
const CONCURRENCY: usize = 1024;
/// Under the 60 seconds after which Hasura gives up. What was started goes on.
const TIMEOUT: Duration = Duration::from_secs(55);

/// Everything behind `/graphql`.
pub struct GraphqlEndpoint {
    authenticator: Authenticator,
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
        authenticator: Authenticator,
        introspection: Introspection,
    ) -> Self {
        Self {
            authenticator,
            introspection,
            for_users: schema(connections.clone(), Limits::USER),
            for_services: schema(connections.clone(), Limits::SERVICE),
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
        let _place = self.places.try_acquire().map_err(|_| {
            Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                "This server has more requests than it can take. Try again in a second.",
            )
        })?;
        let request = request::read(&parts, body).await?;
        let caller = self.authenticator.authenticate(headers).await;
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
        if let Some(id) = parts.extensions.get::<HttpRequestId>() {
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
        if let Err(error) = self.documents.parse_within(&mut request, limits) {
            return Ok(executed(media_type, GraphqlResponse::from_errors(vec![error])));
        }
        if parts.method == Method::GET {
            request::only_reads(&mut request)?;
        }
        // Without this, the library's answer would be null, and no word why.
        if !may_introspect && request.parsed_query().is_ok_and(asks_for_schema) {
            let error = ServerError::new(self.introspection_refused(), None);
            return Ok(executed(media_type, GraphqlResponse::from_errors(vec![error])));
        }
        let response =
            tokio::time::timeout(TIMEOUT, schema.execute(request)).await.map_err(|_| {
                Refusal::new(
                    StatusCode::GATEWAY_TIMEOUT,
                    "UPSTREAM_UNAVAILABLE",
                    "This took too long. Nothing is lost; try again in a few seconds.",
                )
            })?;
        Ok(executed(media_type, response))
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

/// `GET` and `POST /graphql`.
pub async fn graphql(
    State(endpoint): State<Arc<GraphqlEndpoint>>,
    request: HttpRequest,
) -> Response {
    let media_type = MediaType::accepted(request.headers());
    let answer = endpoint.answer(media_type, request).await;
    answer.unwrap_or_else(|refusal| refusal.into_response(media_type))
}
