//! What is on the other side of HTTP: Nhost Auth, and the providers behind it.

mod answer;
mod catalogue;
mod error;
mod nhost_auth;
mod session;

pub use catalogue::display_name;
pub use error::UpstreamError;
pub use nhost_auth::NhostAuth;
pub use session::{Moment, ProviderSession};
