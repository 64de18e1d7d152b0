use serde_json::Value;

use super::{
    Plan, Verb,
    find::{
        self, calls_this_server, is_marked, leads_to, list, permission_of, position, table_name,
        tables,
    },
};
use crate::hasura::{Objects, Wanted};

/// Plans to remove what [`super::apply`] has created, and nothing else. With `replace` it also
/// removes what others have added to the remote schema.
pub fn remove(metadata: &Value, wanted: &Wanted, replace: bool) -> Plan {
    let Objects { relationship, event_trigger, .. } = wanted.objects();
    let mut plan = Plan::of(metadata);
    // A table that is no longer tracked has none of our objects.
    if let Ok((source, table)) = find::table(metadata, &wanted.source, &wanted.table) {
        let table = &mut plan.metadata["sources"][source]["tables"][table];
        let mut steps = Vec::new();
        if let Some(trigger) = event_trigger {
            let what = format!("event trigger {} on {}", trigger.name, wanted.table);
            if let Some(index) = position(list(table, "event_triggers"), "name", &trigger.name) {
                if calls_this_server(&table["event_triggers"][index], &trigger) {
                    find::take_out(table, "event_triggers", index);
                    steps.push((Verb::Remove, what, ""));
                } else {
                    steps.push((Verb::Keep, what, "it calls another URL"));
                }
            }
        }
        if let Some(relationship) = relationship {
            let what = format!("remote relationship {} of {}", relationship.name, wanted.table);
            let found = position(list(table, "remote_relationships"), "name", &relationship.name);
            if let Some(index) = found {
                if leads_to(&table["remote_relationships"][index]) == Some(wanted.name.as_str()) {
                    find::take_out(table, "remote_relationships", index);
                    steps.push((Verb::Remove, what, ""));
                } else {
                    steps.push((Verb::Keep, what, "it points to something else"));
                }
            }
        }
        for (verb, what, detail) in steps {
            plan.step(verb, what, detail);
        }
    }
    remove_remote_schema(&mut plan, &wanted.name, replace);
    plan
}

fn remove_remote_schema(plan: &mut Plan, name: &str, replace: bool) {
    let schemas = list(&plan.metadata, "remote_schemas");
    let Some(index) = position(schemas, "name", name) else { return };
    let there = schemas[index].clone();
    if !is_marked(&there) && !replace {
        plan.step(
            Verb::Keep,
            format!("remote schema {name}"),
            "this command did not create it; --replace removes it anyway",
        );
        return;
    }
    for permission in list(&there, "permissions") {
        let role = permission["role"].as_str().unwrap_or_default();
        if !is_marked(permission) && !replace {
            plan.conflicts.push(format!(
                "This command did not create the {}: drop it yourself, or add --replace to drop it",
                permission_of(role, name)
            ));
        }
        plan.step(Verb::Remove, permission_of(role, name), "");
    }
    if !list(&there, "remote_relationships").is_empty() && !replace {
        plan.conflicts.push(format!(
            "The remote schema {name} has relationships on its types, which this command did not \
             create: drop them yourself, or add --replace to drop them"
        ));
    }
    let mut others: Vec<_> = tables(&plan.metadata)
        .flat_map(|(_, table)| {
            let relationships = list(table, "remote_relationships").iter();
            relationships.map(move |one| (table_name(table), one))
        })
        .filter(|(_, one)| leads_to(one) == Some(name))
        .map(|(table, one)| format!("{} of {table}", one["name"].as_str().unwrap_or("?")))
        .collect();
    others.extend(
        list(&plan.metadata, "remote_schemas")
            .iter()
            .filter(|schema| schema["name"] != name)
            .flat_map(|schema| {
                let types = list(schema, "remote_relationships").iter();
                types.flat_map(|one| list(one, "relationships")).map(move |one| (schema, one))
            })
            .filter(|(_, one)| leads_to(one) == Some(name))
            .map(|(schema, one)| {
                let part = |value: &Value| value["name"].as_str().unwrap_or("?").to_owned();
                format!("{} of the remote schema {}", part(one), part(schema))
            }),
    );
    for other in others {
        plan.conflicts.push(format!(
            "The relationship {other} points to the remote schema {name}, and this command did not \
             create it: drop it first"
        ));
    }
    plan.step(Verb::Remove, format!("remote schema {name}"), "");
    find::take_out(&mut plan.metadata, "remote_schemas", index);
}
