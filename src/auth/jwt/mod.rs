//! Verifies JWTs by Hasura's JWT secret: what the secret says, where its keys come from, and what a
//! token must contain.

mod bare_key;
mod certificate;
mod claims;
mod described;
mod document;
mod fields;
mod freshness;
mod issuer;
mod jwks;
mod key;
mod key_set;
mod known;
mod location;
mod mint;
mod namespace;
mod parse;
mod path;
mod published;
mod secret;
mod secrets;
mod security_event;
mod third_party;
mod token;
mod validity;
mod verified_tokens;
mod verifier;
mod verify;

pub use claims::Claims;
pub use described::Described;
pub use issuer::Issuer;
pub use jwks::JwksState;
pub use published::Agreement;
pub use secret::{JwtSecret, JwtSecretError};
pub use secrets::JwtSecrets;
pub use security_event::{SecurityEventError, SecurityEvents};
pub use third_party::ClientOfUser;
pub use verifier::JwtVerifier;

/// In a secret as in its tokens, where the field `claims_namespace` does not say otherwise.
const DEFAULT_NAMESPACE: &str = "https://hasura.io/jwt/claims";
