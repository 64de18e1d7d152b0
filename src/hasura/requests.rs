use serde::Serialize;
use serde_json::{Value, json};

use super::{Objects, Roles, Table, Wanted};

/// One request for `POST /v1/metadata` that creates everything: Hasura stores a `bulk` once, at its
/// end, so that a rejected part leaves nothing behind.
#[derive(Debug, Serialize)]
pub struct Bulk {
    r#type: &'static str,
    args: Vec<Command>,
}

#[derive(Debug, Serialize)]
struct Command {
    r#type: &'static str,
    args: Value,
}

/// The request for a Hasura that has none of the objects yet.
pub fn requests(wanted: &Wanted) -> Bulk {
    let Objects { remote_schema, permissions, relationship, event_trigger } = wanted.objects();
    let mut args = vec![Command { r#type: "add_remote_schema", args: json!(remote_schema) }];
    // Hasura refuses this command, and the whole request with it, while remote schema permissions
    // are off there. With `--role` they are on.
    let named = matches!(wanted.roles, Roles::Named(_));
    for permission in permissions.into_iter().filter(|_| named) {
        let mut arguments = json!(permission);
        arguments["remote_schema"] = json!(wanted.name);
        args.push(Command { r#type: "add_remote_schema_permissions", args: arguments });
    }
    if let Some(relationship) = relationship {
        args.push(Command {
            r#type: "pg_create_remote_relationship",
            args: on_table(json!(relationship), &wanted.source, &wanted.table),
        });
    }
    if let Some(trigger) = event_trigger {
        let mut arguments = on_table(json!(trigger), &wanted.source, &wanted.table);
        // Metadata has the operations in a separate definition; this request has not.
        if let Some(Value::Object(definition)) =
            arguments.as_object_mut().and_then(|all| all.remove("definition"))
        {
            for (name, value) in definition {
                arguments[name] = value;
            }
        }
        args.push(Command { r#type: "pg_create_event_trigger", args: arguments });
    }
    Bulk { r#type: "bulk", args }
}

fn on_table(mut arguments: Value, source: &str, table: &Table) -> Value {
    arguments["source"] = json!(source);
    arguments["table"] = json!(table);
    arguments
}
