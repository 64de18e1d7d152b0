//! The messages of `graphql-transport-ws`, as its protocol document describes them.

use async_graphql::{Response, ServerError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The subprotocol that clients offer in `Sec-WebSocket-Protocol`.
pub const PROTOCOL: &str = "graphql-transport-ws";

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    ConnectionInit { payload: Option<Map<String, Value>> },
    Subscribe { id: String, payload: Map<String, Value> },
    Complete { id: String },
    Ping,
    Pong,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToClient<'a> {
    ConnectionAck,
    Next { id: &'a str, payload: &'a Response },
    Error { id: &'a str, payload: &'a [ServerError] },
    Complete { id: &'a str },
    Pong,
}

/// Why a socket is closed: the code and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close(pub u16, pub &'static str);

impl Close {
    pub const GOING_AWAY: Self = Self(1001, "The server is shutting down: connect again");
    pub const NOT_A_MESSAGE: Self =
        Self(4400, "Not a graphql-transport-ws message, or larger than 64 KiB");
    pub const NOT_A_HEADER: Self =
        Self(4400, "The payload of connection_init has a value that a header can't have");
    pub const NO_INIT_YET: Self =
        Self(4401, "Send connection_init first and wait for connection_ack");
    pub const UNAUTHORIZED: Self =
        Self(4401, "No valid JWT: send one in the payload of connection_init");
    pub const EXPIRED: Self = Self(4403, "The JWT has expired: connect again with a new one");
    pub const INIT_TIMEOUT: Self = Self(4408, "No connection_init within 10 seconds");
    pub const TURNED_OUT: Self = Self(
        4408,
        "Too many clients are waiting: send connection_init as soon as you are connected",
    );
    pub const FULL: Self = Self(4503, "The limit of clients is reached: connect again later");
    pub const REPEATED_ID: Self = Self(4409, "An operation with this id is already running");
    pub const REPEATED_INIT: Self = Self(4429, "connection_init came twice");
    pub const WRONG_SECRETS: Self =
        Self(4429, "Too many wrong service secrets came from this address: wait a minute");
    pub const KEYS_UNAVAILABLE: Self =
        Self(4503, "The JWT can't be verified right now: connect again in a few seconds");
}
