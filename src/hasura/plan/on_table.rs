//! The objects on the table of users: the remote relationship and the event trigger.

use serde_json::json;

use super::{
    Plan, Verb,
    differences::{merge, take_out_unless_wanted, verb},
    find::{self, calls_this_server, leads_to, list, list_mut, position, table_name, with_name},
};
use crate::hasura::{
    Wanted,
    objects::{EventTrigger, Relationship},
};

pub fn apply_relationship(
    plan: &mut Plan,
    (source, table): (usize, usize),
    wanted: &Relationship,
    all: &Wanted,
    replace: bool,
) {
    let what = format!("remote relationship {} of {}", wanted.name, all.table);
    let table = &mut plan.metadata["sources"][source]["tables"][table];
    for kind in ["object_relationships", "array_relationships", "computed_fields"] {
        if with_name(list(table, kind), &wanted.name).is_some() {
            plan.conflicts.push(format!(
                "The table {} already has {:?} among its {kind}: choose another name with \
                 --relationship",
                all.table, wanted.name
            ));
            return;
        }
    }
    let Some(index) = position(list(table, "remote_relationships"), "name", &wanted.name) else {
        if let Some(relationships) = list_mut(table, "remote_relationships") {
            relationships.push(json!(wanted));
        }
        plan.step(Verb::Add, what, "");
        return;
    };
    let there = &mut table["remote_relationships"][index];
    if leads_to(there) != Some(all.name.as_str()) && !replace {
        plan.conflicts.push(format!(
            "The {what} points to something else: choose another name with --relationship, leave \
             it out with --no-relationship, or overwrite it with --replace"
        ));
        return;
    }
    // A relationship is small and has one purpose: it is either as wanted, or written again.
    let changed = there["definition"] != wanted.definition;
    there["definition"] = wanted.definition.clone();
    let (verb, detail) = if changed { (Verb::Change, "definition") } else { (Verb::Keep, "") };
    plan.step(verb, what, detail);
}

pub fn apply_event_trigger(
    plan: &mut Plan,
    (source, table): (usize, usize),
    wanted: &EventTrigger,
    all: &Wanted,
    replace: bool,
) {
    let what = format!("event trigger {} on {}", wanted.name, all.table);
    let elsewhere = find::tables(&plan.metadata).find(|(source, table)| {
        let here = *source == all.source && table_name(table) == all.table.to_string();
        !here && with_name(list(table, "event_triggers"), &wanted.name).is_some()
    });
    if let Some((source, table)) = elsewhere {
        plan.conflicts.push(format!(
            "Hasura already has an event trigger {:?} on {} in the source {source:?}, and names \
             must be unique: choose another with --event-trigger",
            wanted.name,
            table_name(table)
        ));
        return;
    }
    let table = &mut plan.metadata["sources"][source]["tables"][table];
    let Some(index) = position(list(table, "event_triggers"), "name", &wanted.name) else {
        if let Some(triggers) = list_mut(table, "event_triggers") {
            triggers.push(json!(wanted));
        }
        plan.step(Verb::Add, what, "");
        return;
    };
    let there = &mut table["event_triggers"][index];
    if !calls_this_server(there, wanted) && !replace {
        plan.conflicts.push(format!(
            "The {what} calls another URL: choose another name with --event-trigger, leave it out \
             with --no-event-trigger, or overwrite it with --replace"
        ));
        return;
    }
    let json = json!(wanted);
    let mut changed = take_out_unless_wanted(there, &json, "", &["webhook", "webhook_from_env"]);
    let (definition, operations) = (&json["definition"], ["insert", "update"]);
    let other = &mut there["definition"];
    changed.extend(take_out_unless_wanted(other, definition, "definition.", &operations));
    changed.extend(merge(there, &json));
    plan.step(verb(&changed), what, changed.join(", "));
}
