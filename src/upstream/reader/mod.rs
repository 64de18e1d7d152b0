//! One lenient reader for all upstream responses.
//!
//! A token in a response may exist nowhere else, so a response is never dropped as a whole because
//! part of it is wrong: its encoding is undone ([`decode`]), its bytes become text ([`text`]), and
//! its members are extracted one by one ([`scan`]) into [`Fields`]. All of this is pure, bounded in
//! time and memory, and never panics.

mod decode;
mod fields;
mod form;
mod number;
mod scan;
mod string;
mod text;
mod walk;

pub(super) use decode::decode;
pub(super) use fields::Fields;
pub(super) use number::{ahead, date, instant, number, point, seconds, since_1970};

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

/// A response has a few kilobytes, a provider session with large tokens some hundred. More than
/// this is neither received nor decoded; only the first part counts.
pub(super) const LIMIT: usize = 1024 * 1024;
