//! What is measured, and what it is compared with: each is a separate program.

mod better_auth;
mod peer;
mod server;
mod simulator;

pub use better_auth::BetterAuth;
pub use peer::{HANDWRITTEN, PLAIN_GRAPHQL, Peer};
pub use server::{Server, Settings, binary, encryption_key};
pub use simulator::{Simulator, User};

/// The fields of the list, everywhere.
pub const LIST: &str =
    "{ providerConnections { id provider status expiresAt refreshable connectedAt } }";
/// The same with an access token for each row.
pub const LIST_WITH_TOKENS: &str =
    "{ providerConnections { id provider status expiresAt refreshable connectedAt accessToken } }";
/// A row of a list, in whichever format, and how many a measured user has.
pub const ROWS: (&str, usize) = ("\"provider\":", PROVIDERS.len());
/// The providers that a measured user has connected.
pub const PROVIDERS: [&str; 3] = ["github", "google", "spotify"];
