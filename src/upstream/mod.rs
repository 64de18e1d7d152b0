//! What is on the other side of HTTP: Nhost Auth, and the providers behind it.

mod account;
mod answer;
mod catalogue;
mod direct;
mod error;
mod minted_jwt;
mod nhost_auth;
mod reader;
mod retry_after;
mod service_jwt;
mod session;
mod sign_in;

pub use account::{Accounts, LONGEST_ACCOUNT_ID, NoProfile, NotNow, Profile, UserinfoUrls};
pub(crate) use catalogue::{ClientAuth, Facts, RevocationMethod, facts};
pub use catalogue::{
    assumed_lifetime, display_name, refresh_token_fixed_life, refresh_token_idle_limit,
};
pub use direct::{AppleKey, ClientSecret, Direct, ProviderClient, ProviderClients, Tokens};
pub use error::{Evidence, UpstreamError};
pub use minted_jwt::{MintedJwt, MintedJwtVerdict, MintedJwts};
pub use nhost_auth::{JwtCheck, NhostAuth};
pub use service_jwt::ServiceJwt;
pub use session::{Moment, ProviderSession};
pub use sign_in::{SignInParams, SignInParamsError};
