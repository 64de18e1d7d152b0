//! Writes an operation out (GraphQL, September 2025, sections 6.3 and 6.4.1): the result has no
//! fragments, variables or directives, and no two fields with the same name side by side.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::{Directive, OperationType, Value as Literal},
    executable::{Field, Operation, Selection, SelectionSet},
    parser::SourceSpan,
};
use async_graphql::{
    Pos, Positioned, Value,
    parser::types::{self as plain, DocumentOperations},
};

use super::{
    Limits, Refused,
    cost::{self, Cost},
    introspection,
    literals::{self, Coerced},
    positions::Positions,
    size,
};

/// An operation that is written out.
#[derive(Clone, Debug)]
pub(super) struct WrittenOut {
    pub document: plain::ExecutableDocument,
    pub cost: Cost,
    /// Whether it selects introspection fields.
    pub introspects: bool,
}

/// Writes out an operation of a valid document with these variables.
///
/// # Errors
/// A value is not of its type, or the operation is larger than `limits` allow: then no more of it is
/// written than that.
pub(super) fn write_out(
    (document, schema, positions): (&ExecutableDocument, &Schema, &Positions),
    operation: &Node<Operation>,
    variables: &Coerced<'_>,
    limits: &Limits,
) -> Result<WrittenOut, Refused> {
    let mut writer = Writer {
        document,
        schema,
        positions,
        variables,
        limits,
        cost: Cost::default(),
        introspects: false,
    };
    let (selections, complexity) = writer.merged(&[&operation.selection_set], 1)?;
    writer.cost.complexity = complexity;
    writer.cost.within(limits)?;
    let at = writer.at(operation.location());
    let definition = plain::OperationDefinition {
        ty: match operation.operation_type {
            OperationType::Query => plain::OperationType::Query,
            OperationType::Mutation => plain::OperationType::Mutation,
            OperationType::Subscription => plain::OperationType::Subscription,
        },
        variable_definitions: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(plain::SelectionSet { items: selections }, at),
    };
    Ok(WrittenOut {
        document: plain::ExecutableDocument {
            operations: DocumentOperations::Single(Positioned::new(definition, at)),
            fragments: HashMap::new(),
        },
        cost: writer.cost,
        introspects: writer.introspects,
    })
}

struct Writer<'a> {
    document: &'a ExecutableDocument,
    schema: &'a Schema,
    positions: &'a Positions,
    variables: &'a Coerced<'a>,
    limits: &'a Limits,
    cost: Cost,
    introspects: bool,
}

/// The fields with one response name, in the order of their selection.
struct Group<'a> {
    first: &'a Node<Field>,
    more: Vec<&'a Node<Field>>,
}

type Selections = Vec<Positioned<plain::Selection>>;

impl<'a> Writer<'a> {
    /// Everything that these select of one object, and its cost.
    fn merged(
        &mut self,
        sets: &[&'a SelectionSet],
        depth: usize,
    ) -> Result<(Selections, usize), Refused> {
        if depth > self.limits.depth {
            return Err(cost::TOO_DEEP);
        }
        self.cost.depth = self.cost.depth.max(depth);
        let mut groups = Groups::default();
        for set in sets {
            self.collect(set, &mut groups)?;
        }
        let mut selections = Vec::with_capacity(groups.ordered.len());
        let mut complexity: usize = 0;
        for group in groups.ordered {
            let (field, cost) = self.field(&group, depth)?;
            complexity = complexity.saturating_add(cost);
            let at = field.pos;
            selections.push(Positioned::new(plain::Selection::Field(field), at));
        }
        Ok((selections, complexity))
    }

    /// `CollectFields`: section 6.3.2. The schema has neither interfaces nor unions, so that a
    /// fragment that is valid applies.
    fn collect(&mut self, set: &'a SelectionSet, groups: &mut Groups<'a>) -> Result<(), Refused> {
        for selection in &set.selections {
            self.charge(1)?;
            if !self.is_included(selection.directives())? {
                continue;
            }
            match selection {
                Selection::Field(field) => groups.add(field),
                Selection::InlineFragment(fragment) => {
                    self.collect(&fragment.selection_set, groups)?;
                }
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    if let Some(fragment) = document.fragments.get(&spread.fragment_name)
                        && groups.spread.insert(&spread.fragment_name)
                    {
                        self.collect(&fragment.selection_set, groups)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        Group { first, more }: &Group<'a>,
        depth: usize,
    ) -> Result<(Positioned<plain::Field>, usize), Refused> {
        let at = self.at(first.location());
        if !more.iter().all(|other| same_arguments(first, other)) {
            return Err(Refused::invalid(
                format!(
                    "Fields \"{}\" conflict because they have differing arguments. Give one of \
                     them an alias.",
                    first.response_key()
                ),
                Some(at),
            ));
        }
        let arguments = self.arguments(first)?;
        let sets = std::iter::once(first).chain(more).map(|field| &field.selection_set);
        let sets: Vec<_> = sets.filter(|set| !set.selections.is_empty()).collect();
        let (selections, below) =
            if sets.is_empty() { (Vec::new(), 0) } else { self.merged(&sets, depth + 1)? };
        let values: Vec<_> =
            arguments.iter().map(|(name, value)| (name.node.as_str(), &value.node)).collect();
        let times = cost::times(first, &values);
        let complexity = cost::weight(first).saturating_add(times.saturating_mul(below));
        let name = |name: &Name| Positioned::new(async_graphql::Name::new(name), at);
        let field = plain::Field {
            alias: first.alias.as_ref().map(name),
            name: name(&first.name),
            arguments: arguments
                .into_iter()
                .map(|(name, value)| (name, value.map(Value::into_value)))
                .collect(),
            directives: Vec::new(),
            selection_set: Positioned::new(plain::SelectionSet { items: selections }, at),
        };
        if let "__schema" | "__type" = first.name.as_str() {
            self.introspects = true;
            let left = self.limits.introspection.saturating_sub(self.cost.introspection);
            self.cost.introspection += introspection::size(self.schema, &field, left);
            self.cost.within(self.limits)?;
        }
        Ok((Positioned::new(field, at), complexity))
    }

    /// `CoerceArgumentValues`: section 6.4.1. An argument whose variable has no value is left out,
    /// so that its default applies.
    #[expect(clippy::type_complexity, reason = "the library's own")]
    fn arguments(
        &mut self,
        field: &'a Node<Field>,
    ) -> Result<Vec<(Positioned<async_graphql::Name>, Positioned<Value>)>, Refused> {
        let mut arguments = Vec::with_capacity(field.arguments.len());
        for argument in &field.arguments {
            let at = self.at(argument.location());
            let Some(definition) = field.definition.argument_by_name(&argument.name) else {
                continue;
            };
            let null = || {
                let message =
                    format!("The value of \"{}\" is null. Give it a value.", argument.name);
                Refused::value(message, Some(at))
            };
            // Literals were checked already, so only a variable can be null here.
            let value =
                literals::value(self.schema, &definition.ty, &argument.value, self.variables)
                    .map_err(|_| null())?;
            if let Some(value) = value {
                // The library would null more than the field (section 6.4.1).
                if value == Value::Null && definition.ty.is_non_null() {
                    return Err(null());
                }
                self.charge(size::of_variable(&value))?;
                let name = async_graphql::Name::new(&argument.name);
                arguments.push((Positioned::new(name, at), Positioned::new(value, at)));
            }
        }
        Ok(arguments)
    }

    /// `@skip` and then `@include`, whatever their order: section 6.3.2.
    fn is_included(&self, directives: &'a [Node<Directive>]) -> Result<bool, Refused> {
        for (name, unless) in [("skip", true), ("include", false)] {
            let Some(directive) = directives.iter().find(|directive| directive.name == name) else {
                continue;
            };
            let condition = directive.specified_argument_by_name("if").map(|value| &**value);
            let condition = match condition {
                Some(Literal::Boolean(condition)) => Some(*condition),
                Some(Literal::Variable(name)) => {
                    let variable = self.variables.get(name.as_str());
                    match variable.and_then(|variable| variable.value.as_ref()) {
                        Some(Value::Boolean(condition)) => Some(*condition),
                        _ => None,
                    }
                }
                _ => None,
            };
            let at = self.at(directive.location());
            let null = || {
                let message = format!("The condition of @{name} is null. Give it a Boolean.");
                Refused::value(message, Some(at))
            };
            if condition.ok_or_else(null)? == unless {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn charge(&mut self, size: usize) -> Result<(), Refused> {
        self.cost.size = self.cost.size.saturating_add(size);
        if self.cost.size > self.limits.size { Err(size::TOO_LARGE) } else { Ok(()) }
    }

    fn at(&self, span: Option<SourceSpan>) -> Pos {
        span.map(|span| self.positions.at(span.offset())).unwrap_or_default()
    }
}

#[derive(Default)]
struct Groups<'a> {
    ordered: Vec<Group<'a>>,
    by_name: HashMap<&'a str, usize>,
    /// Fragments that were already spread: their fields are already selected.
    spread: HashSet<&'a Name>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, field: &'a Node<Field>) {
        let next = self.ordered.len();
        let index = *self.by_name.entry(field.response_key().as_str()).or_insert(next);
        match self.ordered.get_mut(index) {
            Some(group) => group.more.push(field),
            None => self.ordered.push(Group { first: field, more: Vec::new() }),
        }
    }
}

/// Whether two fields with the same name are identical. apollo-compiler treats lists of different
/// lengths as equal.
fn same_arguments(one: &Field, other: &Field) -> bool {
    one.name == other.name
        && one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|argument| {
            other
                .specified_argument_by_name(&argument.name)
                .is_some_and(|value| *value == argument.value)
        })
}
