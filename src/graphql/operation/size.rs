//! Measures a document with its fragments written out, before it is validated: a kilobyte of
//! fragments that spread each other twice would take hours to walk. So each fragment is measured
//! only once here.

use std::collections::HashMap;

use apollo_compiler::{
    Node,
    ast::{Argument, Definition, Directive, Document, FragmentDefinition, Selection, Value},
};

use super::{Limits, Refused};

/// How deeply selections and fragments nest: twice the maximum depth of fields.
const DEEPEST: usize = 32;
/// A text of this many bytes counts as much as a field.
const TEXT: usize = 64;

/// What is known about the size of a document without its schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub tokens: usize,
    pub operations: usize,
    /// The largest number on one selection.
    pub directives: usize,
    /// Over all operations and all fragments, because validation looks at each of them.
    pub written_out: usize,
}

impl Size {
    pub fn of(document: &Document, tokens: usize) -> Self {
        let fragments = document.definitions.iter().filter_map(|definition| match definition {
            Definition::FragmentDefinition(fragment) => Some((fragment.name.as_str(), &**fragment)),
            _ => None,
        });
        let mut measure = Measure {
            fragments: fragments.collect(),
            measured: HashMap::new(),
            size: Self { tokens, ..Self::default() },
        };
        for definition in &document.definitions {
            let written_out = match definition {
                Definition::OperationDefinition(operation) => {
                    measure.size.operations += 1;
                    let defaults = operation.variables.iter().map(|variable| {
                        variable.default_value.as_ref().map_or(1, |value| of_value(value))
                    });
                    add(defaults)
                        .saturating_add(measure.directives(&operation.directives))
                        .saturating_add(measure.selections(&operation.selection_set, 0))
                }
                Definition::FragmentDefinition(fragment) => {
                    let directives = measure.directives(&fragment.directives);
                    measure.fragment(&fragment.name, 0).saturating_add(directives)
                }
                _ => 1,
            };
            measure.size.written_out = measure.size.written_out.saturating_add(written_out);
        }
        measure.size
    }

    /// # Errors
    /// It is larger than it may be.
    pub fn within(self, limits: &Limits) -> Result<(), Refused> {
        if self.tokens > limits.tokens {
            return Err(Refused::TooMuch("The query is too long. Split it into several requests."));
        }
        if self.operations > limits.operations {
            return Err(Refused::TooMuch(
                "The document has too many operations. Send only the one to run.",
            ));
        }
        if self.directives > limits.directives {
            return Err(Refused::TooMuch(
                "A selection has too many directives. Use at most one @skip and one @include.",
            ));
        }
        if self.written_out > limits.size {
            return Err(TOO_LARGE);
        }
        Ok(())
    }
}

pub(super) const TOO_LARGE: Refused = Refused::TooMuch(
    "The query selects too much at once. Select less, or split it into several requests.",
);

struct Measure<'a> {
    fragments: HashMap<&'a str, &'a FragmentDefinition>,
    measured: HashMap<&'a str, usize>,
    size: Size,
}

impl<'a> Measure<'a> {
    fn selections(&mut self, selections: &'a [Selection], depth: usize) -> usize {
        if depth > DEEPEST {
            return usize::MAX;
        }
        let mut size: usize = 0;
        for selection in selections {
            let below = match selection {
                Selection::Field(field) => of_arguments(&field.arguments)
                    .saturating_add(self.directives(&field.directives))
                    .saturating_add(self.selections(&field.selection_set, depth + 1)),
                Selection::FragmentSpread(spread) => self
                    .directives(&spread.directives)
                    .saturating_add(self.fragment(&spread.fragment_name, depth + 1)),
                Selection::InlineFragment(fragment) => self
                    .directives(&fragment.directives)
                    .saturating_add(self.selections(&fragment.selection_set, depth + 1)),
            };
            size = size.saturating_add(below).saturating_add(1);
        }
        size
    }

    /// A fragment that contains itself counts as nothing here, and so does one that doesn't exist:
    /// validation rejects both.
    fn fragment(&mut self, name: &str, depth: usize) -> usize {
        let Some((&name, &fragment)) = self.fragments.get_key_value(name) else {
            return 0;
        };
        if let Some(size) = self.measured.get(name) {
            return *size;
        }
        self.measured.insert(name, 0);
        let size = self.selections(&fragment.selection_set, depth);
        self.measured.insert(name, size);
        size
    }

    fn directives(&mut self, directives: &[Node<Directive>]) -> usize {
        self.size.directives = self.size.directives.max(directives.len());
        let values = directives.iter().map(|directive| of_arguments(&directive.arguments));
        add(values).saturating_add(directives.len())
    }
}

fn of_arguments(arguments: &[Node<Argument>]) -> usize {
    add(arguments.iter().map(|argument| of_value(&argument.value)))
}

fn of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / TEXT,
        Value::List(values) => add(values.iter().map(|value| of_value(value))).saturating_add(1),
        Value::Object(fields) => {
            add(fields.iter().map(|(_, value)| of_value(value))).saturating_add(1)
        }
        _ => 1,
    }
}

/// The same of a variable's value, which each use of the variable repeats.
pub(super) fn of_variable(value: &async_graphql::Value) -> usize {
    use async_graphql::Value;
    match value {
        Value::String(text) => 1 + text.len() / TEXT,
        Value::List(values) => add(values.iter().map(of_variable)).saturating_add(1),
        Value::Object(fields) => add(fields.values().map(of_variable)).saturating_add(1),
        _ => 1,
    }
}

fn add(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}
