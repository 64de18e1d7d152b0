//! Finds objects in exported metadata.

use serde_json::{Value, json};

use crate::hasura::{
    Table,
    objects::{EventTrigger, MARK, is_for_every_role},
};

/// The path of the server's hook, by which a trigger with another URL is recognized.
const HOOK: &str = "/hooks/user-deleted";

/// The list under `key`, or an empty one.
pub fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object[key].as_array().map_or(&[], Vec::as_slice)
}

/// The list under `key`, which is created if necessary; `None` if something else is there.
pub fn list_mut<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Vec<Value>> {
    object.as_object_mut()?.entry(key).or_insert_with(|| json!([])).as_array_mut()
}

/// The index of the object whose `key` is `value`.
pub fn position(list: &[Value], key: &str, value: &str) -> Option<usize> {
    list.iter().position(|one| one[key] == value)
}

pub fn with_name<'a>(list: &'a [Value], name: &str) -> Option<&'a Value> {
    position(list, "name", name).map(|index| &list[index])
}

/// Removes the entry from the list under `key`, and the key with the last one, because Hasura has
/// no empty lists there.
pub fn take_out(object: &mut Value, key: &str, index: usize) {
    if let Some(list) = list_mut(object, key) {
        list.remove(index);
        if list.is_empty() {
            object.as_object_mut().map(|object| object.remove(key));
        }
    }
}

/// Whether this command has created it.
pub fn is_marked(object: &Value) -> bool {
    object["comment"] == MARK || is_for_every_role(object)
}

/// The indexes of the source and of the table in it.
///
/// # Errors
/// Hasura has no such source, or does not track the table.
pub fn table(metadata: &Value, source: &str, table: &Table) -> Result<(usize, usize), String> {
    let sources = list(metadata, "sources");
    let Some(at) = position(sources, "name", source) else {
        let names: Vec<_> = sources.iter().filter_map(|one| one["name"].as_str()).collect();
        return Err(format!(
            "Hasura has no source {source:?}, but {names:?}: name the one with {table} by --source"
        ));
    };
    let is_it = |one: &Value| {
        let found = &one["table"];
        found["schema"] == table.schema && found["name"] == table.name
    };
    let index = list(&sources[at], "tables").iter().position(is_it);
    index.map(|index| (at, index)).ok_or_else(|| {
        format!(
            "Hasura does not track the table {table} in the source {source:?}: track it, name the \
             table of the users with --table and --source, or leave out what needs it with \
             --no-relationship --no-event-trigger"
        )
    })
}

/// The tables of all sources, with the sources' names.
pub fn tables(metadata: &Value) -> impl Iterator<Item = (&str, &Value)> {
    list(metadata, "sources").iter().flat_map(|source| {
        let name = source["name"].as_str().unwrap_or_default();
        list(source, "tables").iter().map(move |table| (name, table))
    })
}

/// `schema.name` of a table in the metadata.
pub fn table_name(table: &Value) -> String {
    let part = |key| table["table"][key].as_str().unwrap_or("?");
    format!("{}.{}", part("schema"), part("name"))
}

/// The remote schema of a remote relationship, in the current format or that before 2.0.10.
pub fn leads_to(relationship: &Value) -> Option<&str> {
    let definition = &relationship["definition"];
    definition["to_remote_schema"]["remote_schema"]
        .as_str()
        .or_else(|| definition["remote_schema"].as_str())
}

/// Whether a trigger calls this server's hook, at this or at an earlier URL.
pub fn calls_this_server(there: &Value, wanted: &EventTrigger) -> bool {
    let webhook = there["webhook"].as_str();
    webhook.is_some_and(|url| url.ends_with(HOOK))
        || there["webhook_from_env"]
            .as_str()
            .is_some_and(|name| wanted.webhook_from_env.as_deref() == Some(name))
        || webhook.is_some() && webhook == wanted.webhook.as_deref()
}

/// The name of a permission, for a person.
pub fn permission_of(role: &str, remote_schema: &str) -> String {
    format!("permission of the role {role} on {remote_schema}")
}
