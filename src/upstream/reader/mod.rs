//! One lenient reader for all upstream responses.
//!
//! A token in an answer may exist nowhere else, so an answer is never dropped as a whole because a
//! part of it is wrong: its encoding is undone ([`decode`]), its bytes become text ([`text`]), and its
//! members are lifted one by one ([`scan`]) into [`Fields`]. All of it is pure, bounded in time and
//! memory, and never panics.

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

/// An answer is a few kilobytes, a provider session with large tokens some hundred. More than this is
/// neither received nor decoded; what is in the first part counts.
pub(super) const LIMIT: usize = 1024 * 1024;
