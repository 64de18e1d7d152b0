//! How large a request is with its fragments and variables written out. The library's own limits
//! walk the written-out query before they refuse it: a kilobyte of fragments that spread each
//! other twice would keep a thread busy for hours. So each fragment is measured once here, before
//! the library sees the request.

use std::{collections::HashMap, convert::Infallible};

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet},
};

/// The library refuses selections that nest deeper than 32.
const DEEPEST: usize = 64;
/// A text of this many bytes counts as much as a field.
const TEXT: usize = 64;

/// Of all operations and all fragments: validation looks at each of them.
pub(super) fn size(document: &ExecutableDocument, variables: &Variables) -> usize {
    let mut measure = Measure {
        document,
        variables: variables.iter().map(|(name, value)| (name, of_value(value))).collect(),
        fragments: HashMap::new(),
    };
    let operations = || document.operations.iter().map(|(_, operation)| &operation.node);
    for variable in operations().flat_map(|operation| &operation.variable_definitions) {
        if let Some(default) = &variable.node.default_value {
            let default = of_value(&default.node);
            let given = measure.variables.entry(&variable.node.name.node).or_default();
            *given = default.max(*given);
        }
    }
    let fragments = add(document.fragments.keys().map(|name| measure.fragment(name, 0)));
    let operations = operations().map(|operation| &operation.selection_set.node);
    add(operations.map(|selections| measure.selections(selections, 0))).saturating_add(fragments)
}

struct Measure<'a> {
    document: &'a ExecutableDocument,
    variables: HashMap<&'a Name, usize>,
    fragments: HashMap<&'a Name, usize>,
}

impl<'a> Measure<'a> {
    fn selections(&mut self, selections: &'a SelectionSet, depth: usize) -> usize {
        if depth > DEEPEST {
            return usize::MAX;
        }
        let mut size: usize = 0;
        for selection in &selections.items {
            let below = match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    self.arguments(field)
                        .saturating_add(self.directives(&field.directives))
                        .saturating_add(self.selections(&field.selection_set.node, depth + 1))
                }
                Selection::FragmentSpread(spread) => self
                    .directives(&spread.node.directives)
                    .saturating_add(self.fragment(&spread.node.fragment_name.node, depth + 1)),
                Selection::InlineFragment(fragment) => self
                    .directives(&fragment.node.directives)
                    .saturating_add(self.selections(&fragment.node.selection_set.node, depth + 1)),
            };
            size = size.saturating_add(below).saturating_add(1);
        }
        size
    }

    /// One that is spread within itself counts as nothing there: the library refuses it, and one
    /// that does not exist, before it goes round.
    fn fragment(&mut self, name: &Name, depth: usize) -> usize {
        let document = self.document;
        let Some((name, fragment)) = document.fragments.get_key_value(name) else {
            return 0;
        };
        if let Some(size) = self.fragments.get(name) {
            return *size;
        }
        self.fragments.insert(name, 0);
        let size = self.selections(&fragment.node.selection_set.node, depth);
        self.fragments.insert(name, size);
        size
    }

    fn arguments(&self, field: &Field) -> usize {
        let values = field.arguments.iter().map(|(_, value)| value.node.clone());
        add(values.map(|value| self.written_out(|variable| value.into_const_with(variable))))
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> usize {
        let directives = directives.iter().map(|directive| &directive.node);
        let values = directives.clone().flat_map(|directive| &directive.arguments);
        let values = values.map(|(_, value)| value.node.clone());
        add(values.map(|value| self.written_out(|variable| value.into_const_with(variable))))
            .saturating_add(directives.count())
    }

    /// `fill` is a value that wants its variables. (The library keeps its type to itself.)
    fn written_out(&self, fill: impl FnOnce(&mut dyn FnMut(Name) -> Filled) -> Filled) -> usize {
        let mut in_variables: usize = 0;
        let Ok(value) = fill(&mut |name| {
            let size = self.variables.get(&name).copied().unwrap_or_default();
            in_variables = in_variables.saturating_add(size);
            Ok(Value::Null)
        });
        of_value(&value).saturating_add(in_variables)
    }
}

type Filled = Result<Value, Infallible>;

fn of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / TEXT,
        Value::Enum(name) => 1 + name.len() / TEXT,
        Value::List(values) => add(values.iter().map(of_value)).saturating_add(1),
        Value::Object(fields) => add(fields.values().map(of_value)).saturating_add(1),
        _ => 1,
    }
}

fn add(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}
