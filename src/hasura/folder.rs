use serde::Serialize;

use super::{
    Objects, Table, Wanted,
    objects::{EventTrigger, Permission, Relationship, RemoteSchema},
};

/// An entry of `remote_schemas.yaml`.
#[derive(Serialize)]
struct RemoteSchemaEntry {
    #[serde(flatten)]
    remote_schema: RemoteSchema,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    permissions: Vec<Permission>,
}

/// What to add to the file of a table.
#[derive(Serialize)]
struct TableEntry {
    table: Table,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remote_relationships: Vec<Relationship>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    event_triggers: Vec<EventTrigger>,
}

/// The entries for the Hasura CLI's metadata folder, as YAML documents, each below the name of its
/// file.
///
/// # Errors
/// Only where YAML can't be written.
pub fn folder(wanted: &Wanted) -> Result<String, Box<dyn std::error::Error>> {
    let Objects { remote_schema, permissions, relationship, event_trigger } = wanted.objects();
    let mut text = document(
        "metadata/remote_schemas.yaml: add this entry to the list (and remove `[]`)",
        &[RemoteSchemaEntry { remote_schema, permissions }],
    )?;
    if relationship.is_some() || event_trigger.is_some() {
        let Table { schema, name } = &wanted.table;
        let file = format!("metadata/databases/{}/tables/{schema}_{name}.yaml", wanted.source);
        text.push_str("---\n");
        text.push_str(&document(
            &format!("{file}: add these keys, or add the entries to the existing lists"),
            &TableEntry {
                table: wanted.table.clone(),
                remote_relationships: relationship.into_iter().collect(),
                event_triggers: event_trigger.into_iter().collect(),
            },
        )?);
    }
    Ok(text)
}

fn document(title: &str, value: &impl Serialize) -> Result<String, Box<dyn std::error::Error>> {
    Ok(format!("# {title}\n{}", serde_saphyr::to_string(value)?))
}
