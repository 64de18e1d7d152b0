//! Everything behind HTTP: Nhost Auth, and the providers behind it.

mod account;
mod answer;
mod catalogue;
mod direct;
mod error;
mod minted_jwt;
mod nhost_auth;
mod nhost_users;
mod reader;
mod retry_after;
mod scopes;
mod service_jwt;
mod session;
mod sign_in;
mod webhook;

pub(crate) use account::userinfo_of_tenant;
pub use account::{Accounts, LONGEST_ACCOUNT_ID, NoProfile, NotNow, Profile, UserinfoUrls};
pub(crate) use catalogue::{ClientAuth, Facts, RevocationMethod, facts};
pub use catalogue::{
    assumed_lifetime, display_name, grant_limits, life_in_testing, refresh_token_idle_limit,
};
pub use direct::{AppleKey, ClientSecret, Direct, ProviderClient, ProviderClients, Tokens};
pub use error::{Evidence, UpstreamError};
pub use minted_jwt::{MintedJwt, MintedJwtVerdict, MintedJwts};
pub use nhost_auth::{JwtCheck, NhostAuth};
pub use nhost_users::{NhostUsers, UsersError};
pub(crate) use scopes::is_asked_at_an_address;
pub use scopes::{ScopeLookups, TokeninfoUrls, nhost_auth_asks_for};
pub use service_jwt::ServiceJwt;
pub use session::{Moment, ProviderSession};
pub use sign_in::{SignInParams, SignInParamsError};
pub use webhook::{
    WebhookAnswer, WebhookSecretError, WebhookSecrets, WebhookSender, WebhookTarget, WebhookUrl,
    WebhookUrlError,
};
