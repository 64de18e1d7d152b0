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

/// Proxies close what is idle for a minute.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// Browsers drop an event without a line of data, and `axum::response::sse` writes none where the
/// data is empty: so events are written here. Data of another kind would be taken for an answer.
const COMPLETE: &str = "event: complete\ndata:\n\n";

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
        let json = serde_json::to_string(&Answer::from(&response));
        format!("event: next\ndata: {}\n\n", json.expect("it has nothing that JSON can't hold"))
    });
    let events = next.chain(once(ready(COMPLETE.to_owned()))).map(move |event| {
        // The client is counted for as long as there are events.
        let _ = &session;
        event
    });
    let events = with_heartbeat(events.take_until(closing.cancelled_owned()).boxed());
    let body = Body::from_stream(events.map(Ok::<_, Infallible>));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy that compresses (Express, Next.js) would wait for more; no-transform tells it not to.
    let cache_control = HeaderValue::from_static("no-cache, no-store, no-transform");
    headers.insert(header::CACHE_CONTROL, cache_control);
    // nginx would hold them back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The events, and a comment where none has come for long.
fn with_heartbeat(events: BoxStream<'static, String>) -> impl Stream<Item = String> + Send {
    unfold(events, async |mut events| {
        let event = match tokio::time::timeout(HEARTBEAT, events.next()).await {
            Ok(event) => event?,
            Err(_) => ":\n\n".to_owned(),
        };
        Some((event, events))
    })
}
