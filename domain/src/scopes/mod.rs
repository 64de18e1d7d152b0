//! The scopes of a grant, where they are known from, and how a sign-in or a refresh changes them.
//!
//! - `set.rs`: a set of scopes, read leniently and bounded.
//! - `known.rs`: what is known about a connection's scopes, and how a response changes it.
//! - `compare.rs`: which scope includes which, provider by provider.

mod compare;
mod known;
mod set;

pub use compare::missing;
pub use known::{BroughtScopes, KnownScopes, SaidScopes, ScopesChange, ScopesSource};
pub use set::Scopes;
