//! What Hasura checks of its metadata.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{stand_in::refusal, subset};

const INTROSPECTION: &str = include_str!("../fixtures/hasura-introspection.graphql");

/// The tables of the database, all of whose ids are uuids.
const TABLES: [&str; 2] = ["auth.users", "public.todos"];

type Env = [(String, String)];
type Refused = (StatusCode, Value);

fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object[key].as_array().map_or(&[], Vec::as_slice)
}

/// Names that may be there once.
pub fn names(metadata: &Value) -> Result<(), Refused> {
    let mut seen = Vec::new();
    for source in list(metadata, "sources") {
        for trigger in list(source, "tables").iter().flat_map(|one| list(one, "event_triggers")) {
            if seen.contains(&&trigger["name"]) {
                let error =
                    format!("Event trigger with duplicate names not allowed: {}", trigger["name"]);
                return Err(refusal("not-supported", &error));
            }
            seen.push(&trigger["name"]);
        }
    }
    Ok(())
}

/// One command of a `bulk`, as far as it looks at what is there.
pub fn command(
    metadata: &mut Value,
    kind: &str,
    args: &Value,
    permissions: bool,
) -> Result<(), Refused> {
    let exists = |what: &Value| refusal("already-exists", &format!("{what} already exists"));
    let missing = |what: &Value| refusal("not-exists", &format!("{what} does not exist"));
    let pick = |keys: &[&str]| {
        let picked =
            keys.iter().filter_map(|key| Some(((*key).to_owned(), args.get(*key)?.clone())));
        Value::Object(picked.collect())
    };
    match kind {
        "add_remote_schema" => {
            if list(metadata, "remote_schemas").iter().any(|one| one["name"] == args["name"]) {
                return Err(exists(&args["name"]));
            }
            push(metadata, "remote_schemas", pick(&["name", "definition", "comment"]));
        }
        "add_remote_schema_permissions" => {
            if !permissions {
                return Err(refusal(
                    "constraint-violation",
                    "remote schema permissions can only be added when remote schema permissions \
                     are enabled in the graphql-engine",
                ));
            }
            let schemas = metadata["remote_schemas"].as_array_mut();
            let schema = schemas
                .and_then(|all| all.iter_mut().find(|one| one["name"] == args["remote_schema"]));
            let schema = schema.ok_or_else(|| missing(&args["remote_schema"]))?;
            if list(schema, "permissions").iter().any(|one| one["role"] == args["role"]) {
                return Err(exists(&args["role"]));
            }
            push(schema, "permissions", pick(&["role", "definition", "comment"]));
        }
        "pg_create_remote_relationship" => {
            let table = table(metadata, args).ok_or_else(|| missing(&args["table"]))?;
            push(table, "remote_relationships", pick(&["name", "definition"]));
        }
        "pg_create_event_trigger" => {
            let table = table(metadata, args).ok_or_else(|| missing(&args["table"]))?;
            let mut trigger =
                pick(&["name", "retry_conf", "webhook", "webhook_from_env", "headers"]);
            trigger["definition"] = pick(&["enable_manual", "insert", "update", "delete"]);
            push(table, "event_triggers", trigger);
            names(metadata)?;
        }
        other => panic!("this stand-in does not know {other}"),
    }
    Ok(())
}

fn push(object: &mut Value, key: &str, entry: Value) {
    let list = object.as_object_mut().unwrap().entry(key).or_insert_with(|| json!([]));
    list.as_array_mut().unwrap().push(entry);
}

fn table<'a>(metadata: &'a mut Value, args: &Value) -> Option<&'a mut Value> {
    let sources = metadata["sources"].as_array_mut()?;
    let source = sources.iter_mut().find(|one| one["name"] == args["source"])?;
    source["tables"].as_array_mut()?.iter_mut().find(|one| one["table"] == args["table"])
}

/// What of the metadata Hasura can't build its schema from, and why.
pub async fn inconsistent_objects(metadata: &Value, env: &Env) -> Vec<Value> {
    let mut found = Vec::new();
    let mut say = |kind: &str, name: &Value, definition: &Value, reason: String| {
        // Hasura tells the definition as well, with all header values.
        let name = format!("{kind} {}", name.as_str().unwrap_or_default());
        let reason = format!("Inconsistent object: {reason}");
        found.push(
            json!({ "type": kind, "name": name, "definition": definition, "reason": reason }),
        );
    };
    let mut schemas: Vec<(String, Value)> = Vec::new();
    let mut root_fields: Vec<String> = Vec::new();
    for schema in list(metadata, "remote_schemas") {
        let name = &schema["name"];
        let introspected = match introspect(&schema["definition"], env).await {
            Ok(introspected) => introspected,
            Err(reason) => {
                say("remote_schema", name, schema, reason);
                continue;
            }
        };
        for permission in list(schema, "permissions") {
            let sdl = permission["definition"]["schema"].as_str().unwrap();
            let checked = if permission["role"] == "admin" {
                Err("cannot define permission for admin role".to_owned())
            } else {
                subset::check(sdl, &introspected)
            };
            if let Err(reason) = checked {
                say("remote_schema_permission", &permission["role"], permission, reason);
            }
        }
        if schema["definition"]["customization"]["root_fields_namespace"].is_null() {
            for field in subset::root_fields(&introspected) {
                if root_fields.contains(&field) {
                    say("remote_schema", name, schema, format!("Duplicate remote field '{field}'"));
                }
                root_fields.push(field);
            }
        }
        schemas.push((name.as_str().unwrap().to_owned(), introspected));
    }
    for source in list(metadata, "sources") {
        for table in list(source, "tables") {
            let part = |key: &str| table["table"][key].as_str().unwrap_or_default().to_owned();
            let table_name = format!("{}.{}", part("schema"), part("name"));
            if !TABLES.contains(&table_name.as_str()) {
                let reason = format!("no such table/view exists in source: {table_name:?}");
                say("table", &json!(table_name), &table["table"], reason);
            }
            for relationship in list(table, "remote_relationships") {
                if let Err(reason) = check_relationship(&relationship["definition"], &schemas) {
                    say("remote_relationship", &relationship["name"], relationship, reason);
                }
            }
            for trigger in list(table, "event_triggers") {
                let checked = location(trigger, "webhook", "webhook_from_env", env)
                    .and_then(|_| headers(trigger, env));
                if let Err(reason) = checked {
                    say("event_trigger", &trigger["name"], trigger, reason);
                }
            }
        }
    }
    found
}

fn check_relationship(definition: &Value, schemas: &[(String, Value)]) -> Result<(), String> {
    let definition = &definition["to_remote_schema"];
    let name = definition["remote_schema"].as_str().unwrap_or_default();
    let schema = schemas.iter().find(|(one, _)| one == name);
    let Some((_, schema)) = schema else {
        return Err(format!("remote schema with name {name:?} not found"));
    };
    if definition["lhs_fields"] != json!(["id"]) {
        return Err("field is not provided by the lhs entity".to_owned());
    }
    let (field, call) = definition["remote_field"].as_object().unwrap().iter().next().unwrap();
    for (argument, value) in call["arguments"].as_object().unwrap() {
        assert_eq!(value, "$id");
        let expected = subset::argument_of_query(schema, field, argument)
            .ok_or_else(|| format!("argument with name {argument:?} not found in {field:?}"))?;
        if expected != "uuid" {
            return Err(format!("expected type {expected:?} but got \"uuid\""));
        }
    }
    Ok(())
}

/// Asks the remote schema, as Hasura does when it builds its own.
async fn introspect(definition: &Value, env: &Env) -> Result<Value, String> {
    let url = location(definition, "url", "url_from_env", env)?;
    let body = json!({
        "query": INTROSPECTION, "operationName": "IntrospectionQuery", "variables": null,
    });
    let mut request =
        reqwest::Client::new().post(&url).json(&body).header("x-hasura-role", "admin");
    for (name, value) in headers(definition, env)? {
        request = request.header(name, value);
    }
    let failed = |_| format!("HTTP exception occurred while sending the request to {url:?}");
    let answer: Value = request.send().await.map_err(failed)?.json().await.map_err(failed)?;
    let schema = answer.pointer("/data/__schema").cloned();
    schema.ok_or_else(|| format!("Error parsing introspection response from {url:?}"))
}

fn location(object: &Value, key: &str, from_env: &str, env: &Env) -> Result<String, String> {
    match (object[key].as_str(), object[from_env].as_str()) {
        (Some(url), None) => Ok(url.to_owned()),
        (None, Some(name)) => variable(env, name),
        _ => Err(format!("one of {key} and {from_env} should be present")),
    }
}

fn headers(object: &Value, env: &Env) -> Result<Vec<(String, String)>, String> {
    let header = |one: &Value| {
        let value = match (one["value"].as_str(), one["value_from_env"].as_str()) {
            (Some(value), None) => value.to_owned(),
            (None, Some(name)) => variable(env, name)?,
            _ => return Err("expecting one of value or value_from_env".to_owned()),
        };
        Ok((one["name"].as_str().unwrap().to_owned(), value))
    };
    list(object, "headers").iter().map(header).collect()
}

fn variable(env: &Env, name: &str) -> Result<String, String> {
    let found = env.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone());
    found.ok_or_else(|| format!("environment variable '{name}' not set"))
}
