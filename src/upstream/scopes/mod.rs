//! Scopes: what a sign-in requests, what responses say was granted, and what providers answer when
//! asked.
//!
//! - `facts.rs`: the one table of the providers.
//! - `read.rs`: scopes out of an answer, whatever it is.
//! - `lookup.rs`: asks a provider which scopes an access token has.

mod facts;
mod lookup;
mod read;

pub(super) use facts::asks_again;
pub(crate) use facts::is_asked_at_an_address;
pub use facts::nhost_auth_asks_for;
pub use lookup::{ScopeLookups, TokeninfoUrls};
pub(super) use read::{named, said_beside};
