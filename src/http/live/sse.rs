use std::{convert::Infallible, time::Duration};

use async_graphql::Response as GraphqlResponse;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::{
    Stream, StreamExt,
    future::ready,
    stream::{BoxStream, once, unfold},
};

use crate::{
    http::answer::{Body as Answer, MediaType, quality},
    live::Session,
};

/// Proxies close connections that are idle for a minute.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// Browsers drop an event without a data line, and `axum::response::sse` writes none if the data is
/// empty: so events are written here. Any other data would be taken for a result.
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// Whether the client reads server-sent events.
pub fn is_accepted(headers: &HeaderMap) -> bool {
    quality(headers, "text/event-stream") > 0.0
}

/// Whether it reads only these. Some clients, such as urql, accept both: they get the results of
/// queries as JSON.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    is_accepted(headers) && !MediaType::is_named(headers)
}

/// The responses, one event each, followed by a final event; if the server shuts down there is no
/// final event, so that the client reconnects.
pub fn events(
    responses: impl Stream<Item = GraphqlResponse> + Send + 'static,
    session: Option<Session>,
) -> Response {
    let closing = session.as_ref().map(Session::closing).unwrap_or_default();
    let next = responses.map(|response| {
        let json = serde_json::to_string(&Answer::from(&response));
        format!("event: next\ndata: {}\n\n", json.expect("it has nothing that JSON can't hold"))
    });
    let events = next.chain(once(ready(COMPLETE.to_owned()))).map(move |event| {
        // The client counts for as long as there are events.
        let _ = &session;
        event
    });
    let events = with_heartbeat(events.take_until(closing.cancelled_owned()).boxed());
    let body = Body::from_stream(events.map(Ok::<_, Infallible>));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A compressing proxy (Express, Next.js) would wait for more; no-transform prevents that.
    let cache_control = HeaderValue::from_static("no-cache, no-store, no-transform");
    headers.insert(header::CACHE_CONTROL, cache_control);
    // nginx would hold them back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The events, and a comment after a longer silence.
fn with_heartbeat(events: BoxStream<'static, String>) -> impl Stream<Item = String> + Send {
    unfold(events, async |mut events| {
        let event = match tokio::time::timeout(HEARTBEAT, events.next()).await {
            Ok(event) => event?,
            Err(_) => ":\n\n".to_owned(),
        };
        Some((event, events))
    })
}
