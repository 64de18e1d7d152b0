//! The object and enum types of the schema.

mod access_grant;
mod account;
mod change;
mod connection;
mod disconnection;
mod event;
mod failure;
mod provider;
mod status;

pub use access_grant::ProviderAccessGrant;
pub use account::{ProviderAccount, ProviderAccountUnavailable};
pub use change::ProviderConnectionChange;
pub use connection::ProviderConnection;
pub use disconnection::ProviderDisconnection;
pub use event::{ProviderConnectionEvent, ProviderConnectionEventKind};
pub use failure::ProviderConnectionFailure;
pub use provider::OAuthProvider;
pub use status::ProviderConnectionStatus;
