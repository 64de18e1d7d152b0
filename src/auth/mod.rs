//! Who is calling: verifies Nhost's JWTs and the service secret, and gives out a [`Caller`].
//!
//! Nothing else makes a [`Caller`], so code that holds one need not ask again.

mod authenticator;
mod caller;
mod claims;
mod error;
mod header;
mod jwt_key;
mod jwt_mint;
mod jwt_secret;
mod jwt_verify;
#[cfg(test)]
mod tests;

pub use authenticator::Authenticator;
pub use caller::{Caller, Service, User};
pub use claims::Claims;
pub use error::{AuthError, Reason};
pub use jwt_secret::{JwtSecret, JwtSecretError};
