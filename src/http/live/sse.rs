use std::{convert::Infallible, time::Duration};

use async_graphql::Response as GraphqlResponse;
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt, future::ready, stream::once};

use crate::{
    http::answer::{Body, MediaType, quality},
    live::Session,
};

/// Proxies close what is idle for a minute.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// Whether the client reads server-sent events.
pub fn is_accepted(headers: &HeaderMap) -> bool {
    quality(headers, "text/event-stream") > 0.0
}

/// Whether it reads them alone. Some clients take whatever comes, such as urql: queries are answered
/// to these in JSON.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    is_accepted(headers) && !MediaType::is_named(headers)
}

/// The responses, an event each, and in the end an event that says so; a server that goes away
/// says nothing, so that the client connects again.
pub fn events(
    responses: impl Stream<Item = GraphqlResponse> + Send + 'static,
    session: Option<Session>,
) -> Response {
    let closing = session.as_ref().map(Session::closing).unwrap_or_default();
    let next = responses.map(|response| {
        let event = Event::default().event("next");
        event.json_data(Body::from(&response)).unwrap_or_else(|_| Event::default().comment("lost"))
    });
    // Apollo's and graphql-sse's parsers want a line of data in each event.
    let complete = once(ready(Event::default().event("complete").data("")));
    let events = next.chain(complete).map(move |event| {
        // The client is counted for as long as there are events.
        let _ = &session;
        Ok::<_, Infallible>(event)
    });
    let events = events.take_until(closing.cancelled_owned());
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    let mut response = events.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Nginx would hold them back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
