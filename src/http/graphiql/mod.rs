//! The GraphiQL page, out of the binary: the one that packages/graphiql builds with npm (feature
//! `graphiql-bundled`), or an older one that lies in this repository, for builds without npm.

#[cfg(feature = "graphiql-bundled")]
mod bundled;
mod gzipped;
#[cfg(not(feature = "graphiql-bundled"))]
mod vendored;

use axum::{Router, routing::get};
#[cfg(feature = "graphiql-bundled")]
use bundled as source;
use serde_json::{Value, json};
#[cfg(not(feature = "graphiql-bundled"))]
use vendored as source;

use crate::config::FrameAncestors;

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
pub fn graphiql<H>(frame_ancestors: FrameAncestors, headers: H) -> Router
where
    H: Fn() -> Value + Clone + Send + Sync + 'static,
{
    let page = move || async move {
        let config = json!({ "headers": headers(), "examples": EXAMPLES });
        source::page(&frame_ancestors, &config)
    };
    source::files().route("/graphiql", get(page))
}
