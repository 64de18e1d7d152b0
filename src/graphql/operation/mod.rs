//! From the text of a request to the operation that is executed: the one place between HTTP and
//! async-graphql, whose own parser and validator see nothing that a stranger wrote.
//!
//! A text is scanned, parsed and validated as a whole; one operation is selected, variables are
//! coerced for it, and it is written out: without fragments, variables, directives, or two fields
//! of one name. What that costs is known before it runs.

mod cost;
mod documents;
mod fitting;
mod introspection;
mod limits;
mod literals;
mod lossless;
mod nesting;
mod parsed;
mod positions;
mod refusal;
mod scalars;
mod schema;
mod size;
mod variables;
mod write_out;

#[cfg(test)]
mod tests;

pub use documents::{Documents, Outline, Terms};
pub use limits::Limits;
pub use refusal::Refused;
