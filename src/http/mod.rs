//! HTTP: the router, who is calling, limits, health and pages.

mod answer;
mod body;
mod bounded;
mod cors;
mod elements;
mod encoding;
mod endpoint;
mod graphiql;
mod graphql;
mod health;
mod heavy;
mod hooks;
mod hosts;
mod layers;
pub mod listener;
mod live;
mod metrics;
mod operation;
mod pages;
mod persisted;
mod places;
mod refusal;
mod request;
mod router;
mod signals;
mod traced;

pub use endpoint::GraphqlEndpoint;
pub use graphiql::graphiql;
pub use health::{Readiness, RecentLook};
pub use hooks::Hooks;
pub use hosts::AllowedHosts;
pub use live::Origins;
pub use metrics::serve_metrics;
pub use pages::page_headers;
pub use router::{HttpOptions, router};
pub use signals::Signals;
