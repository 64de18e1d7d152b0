//! The terms of the schema, without rules: a resolver determines the user, calls
//! [`crate::connections`], and maps the result to the schema.

mod context;
mod error;
mod loader;
mod model;
mod mutation;
mod operation;
mod query;
mod scalars;
mod selection;
mod subject;
mod subscription;
mod validation;

use async_graphql::{SDLExportOptions, Schema, SchemaBuilder, ValidationMode};
pub use context::RequestId;
pub use error::{code_of_library_error, restore_path, too_many_operations};
pub use loader::{ConnectionLoader, EventLoader};
pub use mutation::Mutation;
pub use operation::{Documents, Limits, Outline, Refused, Terms};
pub use query::Query;
pub use subject::AccessOfCaller;
pub use subscription::{Expiry, Subscription};
pub use validation::mistakes_in_documents;

use crate::{connections::Connections, live::Live};

/// The executable schema.
pub type ProviderConnectionsSchema = Schema<Query, Mutation, Subscription>;

/// The schema over these connections. What it executes has been prepared by [`Documents`]: it is
/// valid, and small enough.
pub fn schema(connections: Connections, live: Live) -> ProviderConnectionsSchema {
    builder().data(connections).data(live).validation_mode(ValidationMode::Fast).finish()
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
