//! A stand-in for Nhost Auth and for the OAuth providers behind it.
//!
//! It reproduces what a server that keeps provider tokens sees of Nhost Auth: sign-in by redirect,
//! the provider session that is handed out once, refresh, personal access tokens, JWTs and JWKS,
//! with the same error bodies and the same traps. Grants are scripted (rotation, reuse detection,
//! grace, tokens that never expire), faults are injected, races are built with gates, and every
//! call is counted. All state is in memory.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use nhost_auth_simulator::{GrantScript, Options, Provider, Simulator};
//!
//! let running = Simulator::start(Options::default(), ([127, 0, 0, 1], 0).into()).await?;
//! let ada = running.add_user("ada@example.com");
//! let grant = running.sign_in(ada, Provider::Google, GrantScript::rotating());
//! println!("{} {}", running.base_url(), running.jwt(ada));
//! running.revoke(grant);
//! # Ok(()) }
//! ```

mod account;
mod calls;
mod clock;
mod fault;
mod gate;
mod grant;
mod http;
mod jwt;
mod limits;
mod options;
mod provider;
mod random;
mod running;
mod script;
mod signals;
mod simulator;
mod state;

pub use calls::Call;
pub use clock::Clock;
pub use fault::{Endpoint, Fault};
pub use gate::Gate;
pub use grant::{GrantId, GrantView};
pub use jwt::{JwtOptions, SigningError, ThirdParty};
pub use limits::{RateLimit, RateLimits};
pub use options::{LinkEndpoint, Options, SignUp, Signing};
pub use provider::{Provider, UnknownProvider};
pub use running::Running;
pub use script::{GrantScript, Lifetime, RefreshAnswer, RefreshTokenScript, RefreshTokenWire};
pub use signals::{SignalMessage, SignalSecrets};
pub use simulator::Simulator;

/// The secret for `POST /graphql/v1`, the project's GraphQL API.
pub const ADMIN_SECRET: &str = "simulator-admin-secret";
