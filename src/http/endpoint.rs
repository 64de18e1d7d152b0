//! The GraphQL endpoint behind `/graphql`, shared by HTTP and WebSocket.

use std::sync::Arc;

use async_graphql::{
    Request as GraphqlRequest, Response as GraphqlResponse, ServerError,
    parser::types::OperationType,
};
use futures_util::{Stream, StreamExt};
use tower_http::request_id::RequestId as HttpRequestId;
use tracing::Instrument;

use super::{
    answer::with_codes,
    bounded::{AnswerLimit, bounded},
    heavy::Heavy,
    live::Origins,
    operation::{Operation, code},
    persisted::{not_trusted, only_introspects},
    places::{Places, Shares},
};
use crate::{
    auth::{AuthError, Authenticator, Caller},
    config::{Introspection, TrustedDocuments},
    connections::Connections,
    graphql::{
        AccessOfCaller, ConnectionLoader, Documents, EventLoader, Expiry, Limits, Outline,
        ProviderConnectionsSchema, RequestId, Terms, schema, sdl,
    },
    live::Live,
    metrics,
};

/// Everything behind `/graphql`.
pub struct GraphqlEndpoint {
    pub(super) authenticator: Authenticator,
    pub(super) live: Live,
    pub(super) origins: Origins,
    /// The documents that users may run. `None`: any.
    pub(super) trusted: Option<Arc<TrustedDocuments>>,
    introspection: Introspection,
    schema: ProviderConnectionsSchema,
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
            schema: schema(connections.clone(), live.clone()),
            live,
            connections,
            documents: Documents::new(&sdl()),
            trusted: None,
            places: Places::new(Shares::DEFAULT),
            heavy: Heavy::default(),
        }
    }

    /// Users may run only these documents.
    #[must_use]
    pub fn with_trusted(self, trusted: Option<TrustedDocuments>) -> Self {
        Self { trusted: trusted.map(Arc::new), ..self }
    }

    /// Whether a user may not run this text, unless it only selects introspection fields.
    fn is_untrusted(&self, text: &str, is_service: bool) -> bool {
        !is_service && self.trusted.as_ref().is_some_and(|trusted| !trusted.has(text))
    }

    /// What to execute for this caller, with its limits.
    ///
    /// # Errors
    /// It is not GraphQL, or asks for more than the caller may.
    pub(super) fn prepare(
        &self,
        request: GraphqlRequest,
        caller: Result<Caller, AuthError>,
        request_id: Option<&HttpRequestId>,
    ) -> Result<Prepared<'_>, Box<GraphqlResponse>> {
        let prepared = self.prepare_for(request, caller, request_id);
        prepared.inspect_err(|response| metrics::operation_refused(&code(response)))
    }

    fn prepare_for(
        &self,
        mut request: GraphqlRequest,
        caller: Result<Caller, AuthError>,
        request_id: Option<&HttpRequestId>,
    ) -> Result<Prepared<'_>, Box<GraphqlResponse>> {
        let is_service = matches!(caller, Ok(Caller::Service(_)));
        metrics::graphql_asked(match &caller {
            Ok(Caller::User(_)) => "user",
            Ok(Caller::Client(_)) => "client",
            Ok(Caller::Service(_)) => "service",
            Err(_) => "none",
        });
        request.data.insert(caller);
        request.data.insert(AccessOfCaller::default());
        request.data.insert(EventLoader::new(self.connections.clone()));
        if let Some(id) = request_id {
            let id = id.header_value().to_str().unwrap_or_default().to_owned();
            request.data.insert(RequestId(id));
        }
        let may_introspect = match self.introspection {
            Introspection::Public => true,
            Introspection::Service => is_service,
            Introspection::Off => false,
        };
        if !may_introspect {
            request = request.disable_introspection();
        }
        let limits = if is_service { Limits::SERVICE } else { Limits::USER };
        let terms = Terms { limits, shows_schema: may_introspect };
        let refused = |errors| Box::new(with_codes(GraphqlResponse::from_errors(errors)));
        let untrusted = self.is_untrusted(&request.query, is_service);
        if untrusted && !may_introspect {
            return Err(refused(vec![not_trusted()]));
        }
        let name = request.operation_name.clone();
        let outline = self.documents.prepare(&mut request, &terms);
        let outline = outline.map_err(|why| refused(why.into()))?;
        if untrusted && !request.parsed_query().is_ok_and(only_introspects) {
            return Err(refused(vec![not_trusted()]));
        }
        // Without this, the library would return null without an error.
        if !may_introspect && outline.introspects {
            return Err(refused(vec![ServerError::new(self.introspection_refused(), None)]));
        }
        let connections = ConnectionLoader::new(self.connections.clone(), outline.has_one_field);
        request.data.insert(connections);
        let limit = AnswerLimit::of(is_service);
        Ok(Prepared { schema: &self.schema, request, name, outline, limit })
    }

    fn introspection_refused(&self) -> &'static str {
        match self.introspection {
            Introspection::Off => {
                "Introspection is off. To introspect or merge this schema, set \
                 INTROSPECTION=service and send the service secret."
            }
            Introspection::Service | Introspection::Public => {
                "Only services can introspect the schema. Send the header x-service-secret (in \
                 Hasura: configure it for the remote schema), or set INTROSPECTION=public."
            }
        }
    }
}

/// A request that may be executed.
pub(super) struct Prepared<'a> {
    schema: &'a ProviderConnectionsSchema,
    request: GraphqlRequest,
    /// The name of the operation, if the client selected one of several.
    name: Option<String>,
    outline: Outline,
    pub limit: AnswerLimit,
}

impl Prepared<'_> {
    pub fn subscribes(&self) -> bool {
        self.outline.operation == OperationType::Subscription
    }

    pub fn only_reads(&self) -> bool {
        self.outline.operation == OperationType::Query
    }

    /// The response of a query or mutation.
    pub async fn execute(mut self) -> GraphqlResponse {
        let operation = self.operation();
        let span = operation.span.clone();
        let response = self.schema.execute(self.request).instrument(span).await;
        operation.ended(&response);
        response
    }

    fn operation(&mut self) -> Operation {
        let kind = self.outline.operation;
        // It was parsed before, so this can't fail.
        let document = self.request.parsed_query().ok();
        Operation::of(document, kind, self.name.as_deref())
    }

    /// The responses, until the JWT expires.
    pub fn stream(mut self, expiry: Expiry) -> impl Stream<Item = GraphqlResponse> + Send + use<> {
        self.operation().begun();
        let limit = self.limit;
        let responses = self.schema.execute_stream(self.request.data(expiry));
        responses.map(move |response| bounded(with_codes(response), limit))
    }
}
