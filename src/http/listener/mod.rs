//! The listener: accepts connections, and limits what each may use of the server.
//!
//! One rule decides who goes when something is used up: whoever has kept the server waiting for the
//! longest. A client that is waited for (for a head, a body, or until it reads its answer) can be
//! let go; one for which the server is at work can't.

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
