//! An app's metadata, and the form in which Hasura exports it.

use serde_json::{Value, json};

use super::stand_in::OTHER_SECRET;

/// An app's metadata, in which nothing is ours.
pub fn metadata() -> Value {
    json!({
        "version": 3,
        "sources": [{
            "name": "default",
            "kind": "postgres",
            "tables": [
                {
                    "table": { "schema": "auth", "name": "users" },
                    "configuration": { "custom_column_names": { "avatar_url": "avatarUrl" } },
                    "select_permissions": [{
                        "role": "user",
                        "permission": { "columns": ["id"], "filter": {} },
                    }],
                },
                {
                    "table": { "schema": "public", "name": "todos" },
                    "event_triggers": [{
                        "name": "todo_made",
                        "definition": { "enable_manual": false, "insert": { "columns": "*" } },
                        "retry_conf": { "num_retries": 0, "interval_sec": 10, "timeout_sec": 60 },
                        "webhook": "https://example.com/todo",
                        "headers": [{ "name": "x-key", "value": OTHER_SECRET }],
                    }],
                },
            ],
            "configuration": { "connection_info": { "database_url": {
                "from_env": "HASURA_GRAPHQL_DATABASE_URL"
            } } },
        }],
        "actions": [{ "name": "greet", "definition": {
            "handler": "https://example.com/greet",
            "headers": [{ "name": "x-key", "value": OTHER_SECRET }],
        } }],
    })
}

/// Metadata as Hasura writes it: lists in alphabetical order, no empty lists, no `false` where that
/// is the default, and schema documents in its own layout.
pub fn exported(metadata: &Value) -> Value {
    let mut metadata = metadata.clone();
    for source in metadata["sources"].as_array_mut().unwrap() {
        for table in source["tables"].as_array_mut().unwrap() {
            for key in ["remote_relationships", "event_triggers"] {
                sort(table, key);
            }
        }
    }
    sort(&mut metadata, "remote_schemas");
    let schemas = metadata.get_mut("remote_schemas").and_then(Value::as_array_mut);
    for schema in schemas.into_iter().flatten() {
        let permissions = schema.get_mut("permissions").and_then(Value::as_array_mut);
        for permission in permissions.into_iter().flatten() {
            let text = &mut permission["definition"]["schema"];
            let words: Vec<_> = text.as_str().unwrap().split_whitespace().collect();
            *text = json!(words.join(" "));
        }
    }
    metadata
}

fn sort(object: &mut Value, key: &str) {
    let Some(list) = object.get_mut(key).and_then(Value::as_array_mut) else { return };
    list.sort_by_key(|one| one["name"].as_str().unwrap().to_owned());
    if list.is_empty() {
        object.as_object_mut().unwrap().remove(key);
    }
}
