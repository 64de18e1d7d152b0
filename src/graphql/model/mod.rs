//! The object and enum types of the schema.

mod connection;
mod disconnection;
mod event;
mod failure;
mod provider;
mod status;

pub use connection::ProviderConnection;
pub use disconnection::ProviderDisconnection;
pub use event::{ProviderConnectionEvent, ProviderConnectionEventKind};
pub use failure::ProviderConnectionFailure;
pub use provider::OAuthProvider;
pub use status::ProviderConnectionStatus;
