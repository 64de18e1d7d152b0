//! From the text of a request to the operation that is executed: the only place between HTTP and
//! async-graphql, whose own parser and validator never see a stranger's text.
//!
//! A text is scanned, parsed and validated as a whole. Then one operation is selected, its
//! variables are coerced, and it is written out without fragments, variables, directives, or two
//! fields with the same name. Its cost is known before it runs.

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
