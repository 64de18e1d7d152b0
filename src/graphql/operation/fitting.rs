//! Checks that apollo-compiler's validation leaves out: literals of a custom scalar (GraphQL,
//! September 2025, section 5.6.1), and variables within lists and objects (section 5.8.5).

use std::collections::HashSet;

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::{Type, Value as Literal, VariableDefinition},
    executable::{Field, Operation, Selection, SelectionSet},
    schema::ExtendedType,
};

use super::{
    Refused,
    literals::{Wrong, constant, may_stand, unread},
    positions::Positions,
};

/// Checks each literal of a document, even if it is skipped or not selected.
///
/// # Errors
/// One does not fit where it stands.
pub(super) fn check(
    document: &ExecutableDocument,
    schema: &Schema,
    positions: &Positions,
    shows_schema: bool,
) -> Result<(), Refused> {
    document.operations.iter().try_for_each(|operation| {
        let fitting = Fitting { document, schema, positions, operation, shows_schema };
        fitting.defaults()?;
        fitting.selections(&operation.selection_set, &mut HashSet::new())
    })
}

struct Fitting<'a> {
    document: &'a ExecutableDocument,
    schema: &'a Schema,
    positions: &'a Positions,
    operation: &'a Node<Operation>,
    shows_schema: bool,
}

impl<'a> Fitting<'a> {
    fn defaults(&self) -> Result<(), Refused> {
        for variable in &self.operation.variables {
            let Some(default) = &variable.default_value else { continue };
            if let Err(wrong) = constant(self.schema, &variable.ty, default) {
                return Err(self.unfit(&variable.name, wrong, default));
            }
        }
        Ok(())
    }

    /// `spread`: the fragments that were already visited for this operation.
    fn selections(
        &self,
        set: &'a SelectionSet,
        spread: &mut HashSet<&'a Name>,
    ) -> Result<(), Refused> {
        set.selections.iter().try_for_each(|selection| match selection {
            Selection::Field(field) => {
                self.arguments(field)?;
                self.selections(&field.selection_set, spread)
            }
            Selection::InlineFragment(fragment) => self.selections(&fragment.selection_set, spread),
            Selection::FragmentSpread(name) => {
                match self.document.fragments.get(&name.fragment_name) {
                    Some(fragment) if spread.insert(&name.fragment_name) => {
                        self.selections(&fragment.selection_set, spread)
                    }
                    _ => Ok(()),
                }
            }
        })
    }

    fn arguments(&self, field: &Field) -> Result<(), Refused> {
        for argument in &field.arguments {
            let Some(definition) = field.definition.argument_by_name(&argument.name) else {
                continue;
            };
            // A variable on its own is already validated: there, the argument's own default counts.
            if argument.value.as_variable().is_none()
                && let Err(wrong) = self.literal(&definition.ty, &argument.value)
            {
                return Err(self.unfit(&argument.name, wrong, &argument.value));
            }
        }
        Ok(())
    }

    fn literal(&self, ty: &Type, literal: &Node<Literal>) -> Result<(), Wrong> {
        match (ty, &**literal) {
            (_, Literal::Null) => Ok(()),
            (_, Literal::Variable(name)) => match self.defined(name) {
                Some(variable) if may_stand(variable, ty) => Ok(()),
                _ => Err(Wrong::Misplaced),
            },
            (Type::List(item) | Type::NonNullList(item), Literal::List(literals)) => {
                literals.iter().try_for_each(|one| self.literal(item, one))
            }
            (Type::List(item) | Type::NonNullList(item), _) => self.literal(item, literal),
            (Type::Named(name) | Type::NonNullNamed(name), value) => {
                match (self.schema.types.get(name), value) {
                    (Some(ExtendedType::InputObject(of)), Literal::Object(fields)) => {
                        let known = fields.iter().filter_map(|(name, value)| {
                            of.fields.get(name).map(|field| (field, value))
                        });
                        known.into_iter().try_for_each(|(field, value)| {
                            // If the field has a default, a variable without a value uses it.
                            let has_default = field.default_value.is_some();
                            if value.as_variable().is_some() && has_default {
                                self.literal(&Type::clone(&field.ty).nullable(), value)
                            } else {
                                self.literal(&field.ty, value)
                            }
                        })
                    }
                    (Some(ExtendedType::Scalar(_)), value) => {
                        unread(name, value).map_or(Ok(()), |expected| Err(Wrong::Unread(expected)))
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    fn defined(&self, name: &Name) -> Option<&'a VariableDefinition> {
        self.operation.variables.iter().find(|one| one.name == *name).map(|one| &**one)
    }

    /// What is wrong with the value of an argument or the default of a variable.
    fn unfit(&self, name: &Name, wrong: Wrong, literal: &Node<Literal>) -> Refused {
        let at = literal.location().map(|span| self.positions.at(span.offset()));
        let message = match wrong {
            _ if !self.shows_schema => "This value has the wrong type.".to_owned(),
            Wrong::Unread(expected) => {
                format!("The value of \"{name}\" is not valid. {expected}")
            }
            Wrong::Misplaced => {
                format!("A variable in \"{name}\" has the wrong type.")
            }
        };
        Refused::invalid(message, at)
    }
}
