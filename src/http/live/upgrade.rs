use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use tower_http::request_id::RequestId;

use super::{message::PROTOCOL, origin::Page, socket};
use crate::{
    client_address::ClientAddress,
    http::{endpoint::GraphqlEndpoint, refusal::Refusal},
};

/// Clients' messages are small: a query and its variables.
const LARGEST: usize = 64 * 1024;
/// Each socket has a read buffer of this size, whether it is used or not.
const READ_BUFFER: usize = 4 * 1024;

/// Whether the client wants a WebSocket.
pub fn asks_to_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Accepts the WebSocket, and serves it.
///
/// # Errors
/// It must not, or can't.
pub async fn upgrade(
    endpoint: Arc<GraphqlEndpoint>,
    request: Request,
) -> Result<Response, Refusal> {
    let page = endpoint.origins.of(request.headers());
    if page == Page::Foreign {
        endpoint.origins.log_refused(request.headers());
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "Pages of this origin can't connect. Add it to CORS_ALLOWED_ORIGINS; if it is this \
             server's own origin, make the proxy forward the Host header with its port.",
        ));
    }
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.map_err(|_| {
        Refusal::bad_request("This is not a WebSocket handshake. Connect by GET over HTTP/1.1.")
    })?;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0);
    if upgrade.selected_protocol().is_none() {
        return Err(Refusal::bad_request(
            "This server supports only the WebSocket protocol graphql-transport-ws. Send it as \
             Sec-WebSocket-Protocol.",
        ));
    }
    let address = ClientAddress::of_request(&parts.extensions);
    let waiting = endpoint.live.wait(address.network()).map_err(Refusal::no_subscription)?;
    let request_id = parts.extensions.get::<RequestId>().cloned();
    let headers = parts.headers;
    let mut response = upgrade.on_upgrade(move |socket| {
        let client = socket::Client { endpoint, headers, page, address, request_id };
        async move { socket::serve(socket, client, waiting).await }
    });
    // The extensions include the client's spelling of its headers, if the listener keeps it: gql
    // 4.0 for Python finds Sec-WebSocket-Protocol in the response only in the spelling that it used
    // itself.
    response.extensions_mut().extend(parts.extensions);
    Ok(response)
}
