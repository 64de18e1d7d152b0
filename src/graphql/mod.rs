//! The words of the schema, and no rules: a resolver finds out who is meant, calls
//! [`crate::connections`], and names what comes back.

mod context;
mod documents;
mod error;
mod introspection;
mod loader;
mod model;
mod mutation;
mod nesting;
mod query;
mod scalars;
mod selection;
mod size;
mod subject;
mod subscription;

use async_graphql::{SDLExportOptions, Schema, SchemaBuilder};
pub use context::RequestId;
pub use documents::Documents;
pub use error::{QUERY_TOO_COMPLEX, code_of_library_error, too_many_operations};
pub use introspection::asks_for_schema;
pub use loader::{ConnectionLoader, EventLoader};
pub use mutation::Mutation;
pub use query::Query;
pub use subject::AccessOfCaller;
pub use subscription::{Expiry, Subscription};

use crate::{connections::Connections, live::Live};

/// The executable schema.
pub type ProviderConnectionsSchema = Schema<Query, Mutation, Subscription>;

/// How much one request may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub depth: usize,
    /// Fields in all.
    pub complexity: usize,
    /// Fields, fragments, directives and values in all, fragments and variables written out.
    pub size: usize,
}

impl Limits {
    /// A user's: room for the introspection query of every common tool, and for all connections
    /// several times over.
    pub const USER: Self = Self { depth: 16, complexity: 1_000, size: 10_000 };
    /// The service's: Hasura sends one alias per row of a table that is joined to.
    pub const SERVICE: Self = Self { depth: 16, complexity: 100_000, size: 1_000_000 };
}

/// The schema over these connections.
pub fn schema(connections: Connections, live: Live, limits: Limits) -> ProviderConnectionsSchema {
    builder()
        .data(connections)
        .data(live)
        .limit_depth(limits.depth)
        .limit_complexity(limits.complexity)
        .limit_directives(8)
        .finish()
}

/// The schema in the schema definition language, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions().use_space_ident();
    let mut sdl = builder().finish().sdl_with_options(options);
    sdl.truncate(sdl.trim_end().len());
    sdl.push('\n');
    sdl
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query, Mutation, Subscription)
}
