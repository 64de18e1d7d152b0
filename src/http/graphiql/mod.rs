//! The GraphiQL page: bundled into the binary (feature `graphiql-bundled`) or from a pinned CDN.

#[cfg(feature = "graphiql-bundled")]
mod bundled;
#[cfg(not(feature = "graphiql-bundled"))]
mod cdn;

use axum::{Router, routing::get};
#[cfg(feature = "graphiql-bundled")]
use bundled as source;
#[cfg(not(feature = "graphiql-bundled"))]
use cdn as source;
use serde_json::{Value, json};

use crate::{config::FrameAncestors, random::Random};

/// What the page begins with, a tab each, in the order of their use.
const EXAMPLES: [&str; 9] = [
    include_str!("examples/connect.graphql"),
    include_str!("examples/connections.graphql"),
    include_str!("examples/refresh.graphql"),
    include_str!("examples/history.graphql"),
    include_str!("examples/scopes.graphql"),
    include_str!("examples/changes.graphql"),
    include_str!("examples/access.graphql"),
    include_str!("examples/import.graphql"),
    include_str!("examples/disconnect.graphql"),
];

/// `GET /graphiql`, and what it loads from here. `headers` is asked at each visit which request
/// headers the page fills in; whoever passes any must not let other origins read the page.
pub fn graphiql<H>(random: Random, frame_ancestors: FrameAncestors, headers: H) -> Router
where
    H: Fn() -> Value + Clone + Send + Sync + 'static,
{
    let page = move || async move {
        let config = json!({ "headers": headers(), "examples": EXAMPLES });
        source::page(&random, &frame_ancestors, &config)
    };
    source::files().route("/graphiql", get(page))
}
