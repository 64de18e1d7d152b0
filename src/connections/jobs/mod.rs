//! What is done while nobody asks for anything.

mod refresh_ahead;
mod revoke;

pub use refresh_ahead::Busy;
pub use revoke::Revocation;
