//! Nhost Auth's contract, sentence by sentence, over real HTTP.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod browser;
mod control;
mod errors;
mod faults;
mod graphql;
mod jwts;
mod limits;
mod linking;
mod pkce;
mod provider_session;
mod providers_own;
mod refresh;
mod rotation;
mod running;
mod sessions;
mod sign_in;
mod sign_in_errors;
mod sign_up;
mod world;
