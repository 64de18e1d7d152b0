//! HTTP: the router, who is calling, limits, health and pages.

mod answer;
mod graphql;
mod health;
mod hooks;
mod pages;
mod refusal;
mod request;
mod router;

pub use graphql::GraphqlEndpoint;
pub use health::Readiness;
pub use hooks::Hooks;
pub use pages::{for_script, nonce_page};
pub use router::{HttpOptions, router};
