//! Authenticates callers: verifies Nhost's JWTs and the service secret, and returns a [`Caller`].
//!
//! Nothing else makes a [`Caller`], so code that holds one need not ask again.

mod authenticator;
mod caller;
mod error;
mod header;
mod jwt;
#[cfg(test)]
mod tests;

pub use authenticator::Authenticator;
pub use caller::{Caller, Client, Service, User};
pub use error::{AuthError, Reason};
pub use jwt::{
    Agreement, Claims, ClientOfUser, Described, Issuer, JwksState, JwtSecret, JwtSecretError,
    JwtSecrets, JwtVerifier, SecurityEventError, SecurityEvents,
};
