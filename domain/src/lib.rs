//! What the rules of `provider-connections` speak of, and the rules that need nothing but their
//! inputs: no clock, no randomness, no database, no HTTP.

mod event;
mod failure;
mod grant;
mod key;
mod provider;
mod state;

pub use event::{Actor, Kind};
pub use failure::FailureCode;
pub use grant::{Grant, Sealed};
pub use key::ConnectionKey;
pub use provider::Provider;
pub use state::State;
