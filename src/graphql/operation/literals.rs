use apollo_compiler::{
    Node, Schema,
    ast::{Type, Value as Literal},
    schema::ExtendedType,
};
use async_graphql::{Name, Value, indexmap::IndexMap};

use super::{
    scalars,
    variables::{Coerced, Variable},
};

/// A literal that has no variables in it, as a value of its type; `None`: it is not one.
pub(super) fn constant(schema: &Schema, ty: &Type, literal: &Node<Literal>) -> Option<Value> {
    match value(schema, ty, literal, &Coerced::new()) {
        Filled::Value(value) => Some(value),
        Filled::Undefined | Filled::Wrong => None,
    }
}

/// What a literal is with its variables filled in.
pub(super) enum Filled {
    Value(Value),
    /// It is a variable that has no value.
    Undefined,
    /// It is not of its type: a custom scalar's value, which no rule of validation reads, or null
    /// among values that can't be.
    Wrong,
}

/// A literal of a validated document, as a value of its type.
pub(super) fn value(
    schema: &Schema,
    ty: &Type,
    literal: &Node<Literal>,
    variables: &Coerced<'_>,
) -> Filled {
    if let Literal::Variable(name) = &**literal {
        // Whoever resolves the field refuses null where it can't be.
        let value = variables.get(name.as_str()).and_then(|variable| variable.value.clone());
        return value.map_or(Filled::Undefined, Filled::Value);
    }
    match of(schema, ty, literal, variables) {
        Some(value) => Filled::Value(value),
        None => Filled::Wrong,
    }
}

fn of(
    schema: &Schema,
    ty: &Type,
    literal: &Node<Literal>,
    variables: &Coerced<'_>,
) -> Option<Value> {
    let within = |ty: &Type, literal: &Node<Literal>| {
        if let Literal::Variable(name) = &**literal
            && !variables.get(name.as_str()).is_some_and(|variable| may_stand(variable, ty))
        {
            return None;
        }
        let value = match value(schema, ty, literal, variables) {
            Filled::Value(value) => value,
            Filled::Undefined => Value::Null,
            Filled::Wrong => return None,
        };
        (value != Value::Null || !ty.is_non_null()).then_some(value)
    };
    match (ty, &**literal) {
        (ty, Literal::Null) => (!ty.is_non_null()).then_some(Value::Null),
        (Type::List(item) | Type::NonNullList(item), Literal::List(literals)) => {
            literals.iter().map(|one| within(item, one)).collect::<Option<_>>().map(Value::List)
        }
        // What is no list is a list of one (GraphQL, September 2025, section 3.11).
        (Type::List(item) | Type::NonNullList(item), _) => {
            within(item, literal).map(|one| Value::List(vec![one]))
        }
        (Type::Named(name) | Type::NonNullNamed(name), literal) => {
            named(schema, name, literal, variables)
        }
    }
}

/// Section 5.8.5, of which apollo-compiler leaves out what stands in lists.
fn may_stand(variable: &Variable<'_>, ty: &Type) -> bool {
    let has_default =
        variable.definition.default_value.as_ref().is_some_and(|default| !default.is_null());
    let given = &variable.definition.ty;
    given.is_assignable_to(ty) || (has_default && given.is_assignable_to(&ty.clone().nullable()))
}

fn named(schema: &Schema, name: &str, literal: &Literal, variables: &Coerced<'_>) -> Option<Value> {
    match (schema.types.get(name)?, literal) {
        (ExtendedType::Enum(of), Literal::Enum(value)) => {
            of.values.contains_key(value).then(|| Value::Enum(Name::new(value)))
        }
        (ExtendedType::InputObject(of), Literal::Object(literals)) => {
            let mut fields = IndexMap::new();
            for (name, field) in &of.fields {
                let literal =
                    literals.iter().find(|(of, _)| of == name).map(|(_, literal)| literal);
                let filled = literal.map(|literal| value(schema, &field.ty, literal, variables));
                let value = match filled {
                    Some(Filled::Value(value)) => value,
                    Some(Filled::Wrong) => return None,
                    Some(Filled::Undefined) | None => match &field.default_value {
                        Some(default) => constant(schema, &field.ty, default)?,
                        None if field.ty.is_non_null() => return None,
                        None => continue,
                    },
                };
                if value == Value::Null && field.ty.is_non_null() {
                    return None;
                }
                fields.insert(Name::new(name), value);
            }
            Some(Value::Object(fields))
        }
        (ExtendedType::Scalar(_), literal) => {
            let value = untyped(literal, variables)?;
            match (name, &value) {
                ("ID", Value::Number(number)) => Some(Value::String(number.to_string())),
                _ => scalars::accepts(name, &value).then_some(value),
            }
        }
        _ => None,
    }
}

/// What a scalar of its own kind gets to read.
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
