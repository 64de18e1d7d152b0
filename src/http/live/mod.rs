//! Subscriptions: over WebSocket by the protocol `graphql-transport-ws`, and as server-sent events
//! by the GraphQL-over-SSE protocol, in distinct connections mode.

mod headers;
mod message;
mod operations;
mod origin;
mod socket;
pub mod sse;
mod upgrade;

pub use origin::{Origins, Page};
pub use upgrade::{asks_to_upgrade, upgrade};
