//! Whether a role's schema document is a subset of the remote schema, by Hasura's rules
//! (`Hasura.RemoteSchema.SchemaCache.Permission`).

use async_graphql::parser::{
    parse_schema,
    types::{FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition},
};
use serde_json::Value;

fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object[key].as_array().map_or(&[], Vec::as_slice)
}

fn named<'a>(list: &'a [Value], name: &str) -> Option<&'a Value> {
    list.iter().find(|one| one["name"] == name)
}

/// A type of an introspection as schema documents write it.
fn written(ty: &Value) -> String {
    match ty["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&ty["ofType"])),
        "LIST" => format!("[{}]", written(&ty["ofType"])),
        _ => ty["name"].as_str().unwrap().to_owned(),
    }
}

/// The names of all root fields.
pub fn root_fields(schema: &Value) -> Vec<String> {
    let roots = ["queryType", "mutationType"].map(|key| schema[key]["name"].as_str());
    let types = roots.into_iter().flatten().filter_map(|name| named(list(schema, "types"), name));
    types
        .flat_map(|one| list(one, "fields"))
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The type of an argument of a query.
pub fn argument_of_query(schema: &Value, field: &str, argument: &str) -> Option<String> {
    let query = named(list(schema, "types"), schema["queryType"]["name"].as_str()?)?;
    let field = named(list(query, "fields"), field)?;
    named(list(field, "args"), argument).map(|argument| written(&argument["type"]))
}

/// Checks the document.
pub fn check(sdl: &str, upstream: &Value) -> Result<(), String> {
    let document = parse_schema(sdl).map_err(|error| error.to_string())?;
    let mut defined: Vec<_> =
        ["ID", "Int", "Float", "Boolean", "String"].map(str::to_owned).to_vec();
    let mut used = Vec::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.as_str();
        if defined.iter().any(|one| one == name) {
            return Err(format!("duplicate type names found: {name:?}"));
        }
        defined.push(name.to_owned());
        let theirs = named(list(upstream, "types"), name)
            .ok_or_else(|| format!("{name:?} does not exist in the upstream remote schema"))?;
        match &definition.node.kind {
            TypeKind::Object(object) => {
                for field in &object.fields {
                    check_field(name, &field.node, theirs, &mut used)?;
                }
            }
            TypeKind::Enum(kind) => {
                for value in &kind.values {
                    let value = value.node.value.node.as_str();
                    if named(list(theirs, "enumValues"), value).is_none() {
                        return Err(format!("enum {name:?} has no {value:?} upstream"));
                    }
                }
            }
            TypeKind::Scalar => {}
            _ => return Err(format!("{name:?} is of another kind upstream")),
        }
    }
    match used.iter().find(|name| !defined.contains(name)) {
        Some(name) => Err(format!("could not find type with name {name:?}")),
        None if !defined.iter().any(|name| name == "Query") => {
            Err("query root does not exist in the schema definition".to_owned())
        }
        None => Ok(()),
    }
}

fn check_field(
    parent: &str,
    field: &FieldDefinition,
    theirs: &Value,
    used: &mut Vec<String>,
) -> Result<(), String> {
    let name = field.name.node.as_str();
    let theirs = named(list(theirs, "fields"), name)
        .ok_or_else(|| format!("field {name:?} does not exist in the Object: {parent:?}"))?;
    same_type(name, &field.ty.node.to_string(), &theirs["type"], used)?;
    for argument in list(theirs, "args") {
        let given = field.arguments.iter().any(|one| argument["name"] == *one.node.name.node);
        if argument["type"]["kind"] == "NON_NULL" && !given {
            return Err(format!("field: {name:?} expects {} to be present", argument["name"]));
        }
    }
    for argument in &field.arguments {
        check_argument(name, &argument.node, theirs, used)?;
    }
    Ok(())
}

fn check_argument(
    field: &str,
    argument: &InputValueDefinition,
    theirs: &Value,
    used: &mut Vec<String>,
) -> Result<(), String> {
    let name = argument.name.node.as_str();
    let theirs = named(list(theirs, "args"), name)
        .ok_or_else(|| format!("input argument {name:?} does not exist in {field:?}"))?;
    let ty = argument.ty.node.to_string();
    same_type(name, &ty, &theirs["type"], used)?;
    let default = argument.default_value.as_ref().map(|value| value.node.to_string());
    if default.as_deref() != theirs["defaultValue"].as_str() {
        return Err(format!("expected default value of {name:?} to be {}", theirs["defaultValue"]));
    }
    for directive in &argument.directives {
        let value = directive.node.get_argument("value").map(|value| value.node.to_string());
        let preset = directive.node.name.node == "preset";
        let value = value.filter(|_| preset).ok_or("Preset directives have a value")?;
        if ty.starts_with('[') && value.starts_with("\"x-hasura") {
            return Err("Session arguments can only be set for singleton values".to_owned());
        }
    }
    Ok(())
}

fn same_type(name: &str, ours: &str, theirs: &Value, used: &mut Vec<String>) -> Result<(), String> {
    used.push(ours.replace(['[', ']', '!'], ""));
    let theirs = written(theirs);
    if ours == theirs {
        return Ok(());
    }
    Err(format!("expected type of {name:?} to be {theirs} but received {ours}"))
}
