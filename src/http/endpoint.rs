//! What is behind `/graphql`, over HTTP and over WebSocket.

use std::sync::Arc;

use async_graphql::{Request as GraphqlRequest, Response as GraphqlResponse, ServerError};
use futures_util::{Stream, StreamExt};
use tower_http::request_id::RequestId as HttpRequestId;

use super::{
    answer::with_codes,
    bounded::{AnswerLimit, bounded},
    heavy::Heavy,
    live::Origins,
    places::{Places, Shares},
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
    pub(super) places: Arc<Places>,
    pub(super) heavy: Heavy,
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
            places: Places::new(Shares::DEFAULT),
            heavy: Heavy::default(),
        }
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
        Ok(Prepared { schema, request, subscribes, limit: AnswerLimit::of(is_service) })
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
    pub schema: &'a ProviderConnectionsSchema,
    pub request: GraphqlRequest,
    pub subscribes: bool,
    pub limit: AnswerLimit,
}

impl Prepared<'_> {
    /// The responses, until the JWT has expired.
    pub fn stream(self, expiry: Expiry) -> impl Stream<Item = GraphqlResponse> + Send + use<> {
        let limit = self.limit;
        let responses = self.schema.execute_stream(self.request.data(expiry));
        responses.map(move |response| bounded(with_codes(response), limit))
    }
}
