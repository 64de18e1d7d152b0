//! Encrypts ("seals") the provider tokens that are stored, and decrypts ("opens") them.
//!
//! A [`domain::Sealed`] value opens only for the user, provider and column that it was sealed for.
//! [`mod@format`] describes the bytes, so that another language can read them.

mod account_digest;
mod binding;
mod check_value;
mod error;
pub mod format;
mod key_ring;
mod opaque_id;
mod sealed;
mod sealing;
#[cfg(test)]
mod tests;
mod token_digest;
mod wrapped_key;

pub use binding::{Binding, Field};
pub use check_value::CheckValue;
pub use error::{KeyRingError, OpenError};
pub use key_ring::KeyRing;
pub use sealed::{key_id, key_id_in_front};
pub use sealing::Vault;
pub use wrapped_key::{WrappedKey, Wrapper};
