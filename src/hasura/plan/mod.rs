//! Plans the changes to a running Hasura's metadata. They are worked out on a copy before anything
//! is sent, so that they can be sent as a whole.

mod apply;
mod differences;
mod find;
mod on_table;
mod remove;

use std::fmt;

pub use apply::apply;
pub use remove::remove;
use serde_json::Value;

/// The planned steps, and the metadata after them.
#[derive(Debug)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// What prevents the plan, and what to do about each.
    pub conflicts: Vec<String>,
    pub metadata: Value,
}

/// The change of one object of the metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub verb: Verb,
    /// The object, for a person.
    pub what: String,
    /// Which parts change, or why nothing does; never a value, which may be a secret.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Add,
    Change,
    Remove,
    Keep,
}

impl Plan {
    fn of(metadata: &Value) -> Self {
        Self { steps: Vec::new(), conflicts: Vec::new(), metadata: metadata.clone() }
    }

    fn step(&mut self, verb: Verb, what: impl Into<String>, detail: impl Into<String>) {
        self.steps.push(Step { verb, what: what.into(), detail: detail.into() });
    }

    /// Whether Hasura already has everything.
    pub fn is_done(&self) -> bool {
        self.steps.iter().all(|step| step.verb == Verb::Keep)
    }

    /// How many objects are added, changed and removed.
    pub fn count(&self) -> String {
        let count = |verb| self.steps.iter().filter(|step| step.verb == verb).count();
        format!(
            "{} added, {} changed, {} removed",
            count(Verb::Add),
            count(Verb::Change),
            count(Verb::Remove)
        )
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.verb {
            Verb::Add => '+',
            Verb::Change => '~',
            Verb::Remove => '-',
            Verb::Keep => '=',
        };
        write!(f, "  {sign} {}", self.what)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}
