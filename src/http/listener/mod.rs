//! The listener: accepts connections, and limits what each may use of the server.
//!
//! One rule decides who is cut off when something is used up: the client that has kept the server
//! waiting the longest. A client that the server waits for (for a head, a body, or until it reads
//! its response) can be cut off; one that waits for the server can't.

mod accept;
mod answer;
mod body;
mod capacity;
mod connection;
pub mod descriptors;
mod exchange;
mod limits;
mod relief;
mod service;
mod stream;
mod sweep;
mod table;
mod throttle;

pub use accept::{Ended, Listener};
pub use capacity::Capacity;
pub use limits::Limits;
