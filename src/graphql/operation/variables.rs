use apollo_compiler::{Schema, ast::Type, executable::Operation, schema::ExtendedType};
use async_graphql::{Name, Number, Pos, Value, Variables};

use super::{
    Refused,
    literals::{Coerced, Variable, constant},
    positions::Positions,
    scalars,
};

/// Coerces variables for an operation (GraphQL, September 2025, section 6.1.2).
///
/// # Errors
/// One is missing, or is not of its type.
pub(super) fn coerce<'a>(
    schema: &Schema,
    operation: &'a Operation,
    mut given: Variables,
    positions: &Positions,
) -> Result<Coerced<'a>, Refused> {
    let mut coerced = Coerced::new();
    for variable in &operation.variables {
        let name = variable.name.as_str();
        let at = variable.location().map(|at| positions.at(at.offset()));
        let value = if let Some(value) = given.remove(name) {
            let mut path = Vec::new();
            self::value(schema, &variable.ty, value, &mut path)
                .map(Some)
                .map_err(|wrong| refused(name, &variable.ty, wrong, &path, at))?
        } else if let Some(default) = &variable.default_value {
            let wrong = |_| {
                Refused::value(
                    format!("The default value of variable \"${name}\" is not valid."),
                    at,
                )
            };
            Some(constant(schema, &variable.ty, default).map_err(wrong)?)
        } else if variable.ty.is_non_null() {
            return Err(Refused::value(
                format!(
                    "Variable \"${name}\" of required type \"{}\" was not provided.",
                    variable.ty
                ),
                at,
            ));
        } else {
            None
        };
        coerced.insert(name, Variable { definition: variable, value });
    }
    Ok(coerced)
}

fn refused(name: &str, ty: &Type, wrong: Wrong, path: &[String], at: Option<Pos>) -> Refused {
    let path: String = path.iter().rev().map(String::as_str).collect();
    let why = match wrong {
        Wrong::Null => "is null where a value is required",
        Wrong::Type => "has the wrong type",
        Wrong::Unknown => "has a field that its type does not have",
        Wrong::Missing => "is missing a required field",
    };
    Refused::value(
        format!("Variable \"${name}\" of type \"{ty}\" got a value that {why}{}.", at_path(&path)),
        at,
    )
}

fn at_path(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(", at {path}") }
}

#[derive(Clone, Copy)]
enum Wrong {
    Null,
    Type,
    Unknown,
    Missing,
}

/// One value, coerced to a type. `path` is where it went wrong, innermost first.
fn value(schema: &Schema, ty: &Type, value: Value, path: &mut Vec<String>) -> Result<Value, Wrong> {
    match (ty, value) {
        (Type::NonNullNamed(_) | Type::NonNullList(_), Value::Null) => Err(Wrong::Null),
        (_, Value::Null) => Ok(Value::Null),
        (Type::List(item) | Type::NonNullList(item), Value::List(values)) => {
            let one = |(index, one)| {
                self::value(schema, item, one, path)
                    .inspect_err(|_| path.push(format!("[{index}]")))
            };
            values.into_iter().enumerate().map(one).collect::<Result<_, _>>().map(Value::List)
        }
        // A value that is not a list is a list of one (section 3.11).
        (Type::List(item) | Type::NonNullList(item), one) => {
            self::value(schema, item, one, path).map(|one| Value::List(vec![one]))
        }
        (Type::Named(name) | Type::NonNullNamed(name), value) => named(schema, name, value, path),
    }
}

fn named(
    schema: &Schema,
    name: &str,
    value: Value,
    path: &mut Vec<String>,
) -> Result<Value, Wrong> {
    let coerced = match (schema.types.get(name), value) {
        (Some(ExtendedType::Enum(of)), Value::String(value))
            if of.values.contains_key(value.as_str()) =>
        {
            Some(Value::Enum(Name::new(value)))
        }
        (Some(ExtendedType::Scalar(_)), value) => scalar(name, value),
        (Some(ExtendedType::InputObject(of)), Value::Object(mut given)) => {
            let mut coerced = async_graphql::indexmap::IndexMap::new();
            for (name, field) in &of.fields {
                if let Some(value) = given.swap_remove(name.as_str()) {
                    let value = self::value(schema, &field.ty, value, path)
                        .inspect_err(|_| path.push(format!(".{name}")))?;
                    coerced.insert(Name::new(name), value);
                } else if let Some(default) = &field.default_value {
                    let default = constant(schema, &field.ty, default).map_err(|_| Wrong::Type)?;
                    coerced.insert(Name::new(name), default);
                } else if field.ty.is_non_null() {
                    return Err(Wrong::Missing);
                }
            }
            if !given.is_empty() {
                return Err(Wrong::Unknown);
            }
            Some(Value::Object(coerced))
        }
        _ => None,
    };
    coerced.ok_or(Wrong::Type)
}

/// Section 3.5. A number without a fraction is an Int however it is written: JSON has one kind.
fn scalar(name: &str, value: Value) -> Option<Value> {
    let whole = |number: &Number| {
        #[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and fits")]
        let of_float = || {
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
        };
        number.as_i64().or_else(of_float)
    };
    match (name, value) {
        ("Int", Value::Number(number)) => {
            let int = i32::try_from(whole(&number)?).ok()?;
            Some(Value::Number(int.into()))
        }
        ("Float", Value::Number(number)) => Some(Value::Number(number)),
        ("ID", Value::Number(number)) => Some(Value::String(whole(&number)?.to_string())),
        ("String" | "ID", value @ Value::String(_)) | ("Boolean", value @ Value::Boolean(_)) => {
            Some(value)
        }
        ("Int" | "Float" | "String" | "Boolean" | "ID", _) => None,
        (name, value) => scalars::expected(name, &value).is_none().then_some(value),
    }
}
