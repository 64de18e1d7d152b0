use std::collections::HashMap;

use apollo_compiler::{
    Node, Schema,
    ast::{Type, Value as Literal, VariableDefinition},
    schema::ExtendedType,
};
use async_graphql::{Name, Value, indexmap::IndexMap};

use super::scalars;

/// The variables of an operation, by their names.
pub(super) type Coerced<'a> = HashMap<&'a str, Variable<'a>>;

/// A variable and its value, which has the right type. `None`: it has no value, which is not the
/// same as null.
pub(super) struct Variable<'a> {
    pub definition: &'a VariableDefinition,
    pub value: Option<Value>,
}

/// Why a literal does not have its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A scalar's own rules, which validation does not know, reject it; with what they expect.
    Unread(&'static str),
    /// A variable can't be used here: apollo-compiler does not look into lists.
    Misplaced,
}

const NULL: Wrong = Wrong::Unread("A value is required there.");

/// A literal without variables, as a value of its type.
pub(super) fn constant(
    schema: &Schema,
    ty: &Type,
    literal: &Node<Literal>,
) -> Result<Value, Wrong> {
    of(schema, ty, literal, &Coerced::new())
}

/// A literal with its variables filled in, as a value of its type; `None` if it is a variable
/// without a value. The resolver of the field rejects null where it is not allowed.
pub(super) fn value(
    schema: &Schema,
    ty: &Type,
    literal: &Node<Literal>,
    variables: &Coerced<'_>,
) -> Result<Option<Value>, Wrong> {
    match &**literal {
        Literal::Variable(name) => {
            Ok(variables.get(name.as_str()).and_then(|variable| variable.value.clone()))
        }
        _ => of(schema, ty, literal, variables).map(Some),
    }
}

fn of(
    schema: &Schema,
    ty: &Type,
    literal: &Node<Literal>,
    variables: &Coerced<'_>,
) -> Result<Value, Wrong> {
    match (ty, &**literal) {
        (_, Literal::Variable(name)) => {
            let variable =
                variables.get(name.as_str()).filter(|variable| may_stand(variable.definition, ty));
            let value = variable.ok_or(Wrong::Misplaced)?.value.clone().unwrap_or_default();
            if value == Value::Null && ty.is_non_null() { Err(NULL) } else { Ok(value) }
        }
        (ty, Literal::Null) if ty.is_non_null() => Err(NULL),
        (_, Literal::Null) => Ok(Value::Null),
        (Type::List(item) | Type::NonNullList(item), Literal::List(literals)) => {
            let values = literals.iter().map(|one| of(schema, item, one, variables));
            values.collect::<Result<_, _>>().map(Value::List)
        }
        // A value that is not a list is a list of one (GraphQL, September 2025, section 3.12).
        (Type::List(item) | Type::NonNullList(item), _) => {
            of(schema, item, literal, variables).map(|one| Value::List(vec![one]))
        }
        (Type::Named(name) | Type::NonNullNamed(name), literal) => {
            named(schema, name, literal, variables)
        }
    }
}

/// Section 5.8.5, of which apollo-compiler leaves out what stands in lists.
pub(super) fn may_stand(variable: &VariableDefinition, ty: &Type) -> bool {
    let has_default = variable.default_value.as_ref().is_some_and(|default| !default.is_null());
    let given = &variable.ty;
    given.is_assignable_to(ty) || (has_default && given.is_assignable_to(&ty.clone().nullable()))
}

fn named(
    schema: &Schema,
    name: &str,
    literal: &Literal,
    variables: &Coerced<'_>,
) -> Result<Value, Wrong> {
    match (schema.types.get(name), literal) {
        (Some(ExtendedType::Enum(of)), Literal::Enum(value)) if of.values.contains_key(value) => {
            Ok(Value::Enum(Name::new(value)))
        }
        (Some(ExtendedType::InputObject(of)), Literal::Object(literals)) => {
            let mut fields = IndexMap::new();
            for (name, field) in &of.fields {
                let literal =
                    literals.iter().find(|(of, _)| of == name).map(|(_, literal)| literal);
                let given = literal.map(|literal| value(schema, &field.ty, literal, variables));
                let value = match (given.transpose()?.flatten(), &field.default_value) {
                    (Some(value), _) => value,
                    (None, Some(default)) => constant(schema, &field.ty, default)?,
                    (None, None) if field.ty.is_non_null() => return Err(NULL),
                    (None, None) => continue,
                };
                if value == Value::Null && field.ty.is_non_null() {
                    return Err(NULL);
                }
                fields.insert(Name::new(name), value);
            }
            Ok(Value::Object(fields))
        }
        (Some(ExtendedType::Scalar(_)), literal) => {
            let value = untyped(literal, variables).ok_or(NULL)?;
            match (name, value) {
                ("ID", Value::Number(number)) => Ok(Value::String(number.to_string())),
                (_, value) => match scalars::expected(name, &value) {
                    Some(expected) if value != Value::Null => Err(Wrong::Unread(expected)),
                    _ => Ok(value),
                },
            }
        }
        _ => Err(NULL),
    }
}

/// What a scalar expects that can't read this literal. Variables in it are read with their values.
pub(super) fn unread(scalar: &str, literal: &Literal) -> Option<&'static str> {
    let value = untyped(literal, &Coerced::new()).filter(|value| *value != Value::Null)?;
    scalars::expected(scalar, &value)
}

/// The value that a custom scalar reads.
fn untyped(literal: &Literal, variables: &Coerced<'_>) -> Option<Value> {
    Some(match literal {
        Literal::Null => Value::Null,
        Literal::Enum(name) => Value::Enum(Name::new(name)),
        Literal::Variable(name) => {
            let variable = variables.get(name.as_str());
            variable.and_then(|variable| variable.value.clone()).unwrap_or_default()
        }
        Literal::String(text) => Value::String(text.clone()),
        Literal::Boolean(value) => Value::Boolean(*value),
        Literal::Int(number) => Value::Number(number.as_str().parse().ok()?),
        Literal::Float(number) => Value::Number(number.as_str().parse().ok()?),
        Literal::List(literals) => {
            let values = literals.iter().map(|one| untyped(one, variables));
            Value::List(values.collect::<Option<_>>()?)
        }
        Literal::Object(fields) => {
            let fields =
                fields.iter().map(|(name, one)| Some((Name::new(name), untyped(one, variables)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
    })
}
