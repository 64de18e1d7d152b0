use serde_json::{Value, json};

use super::{
    Plan, Verb,
    differences::{merge, take_out_unless_wanted, verb},
    find::{self, is_marked, list, list_mut, permission_of, position},
    on_table::{apply_event_trigger, apply_relationship},
};
use crate::hasura::{
    Objects, Roles, Wanted,
    objects::{MARK_EVERY_ROLE, Permission, RemoteSchema, is_for_every_role},
    roles::roles_in,
};

/// Plans the changes that add the wanted objects to Hasura's metadata. With `replace` it may
/// overwrite what someone else created under the same names.
pub fn apply(metadata: &Value, wanted: &Wanted, replace: bool) -> Plan {
    let Objects { remote_schema, mut permissions, relationship, event_trigger } = wanted.objects();
    if let Roles::Every { schema } = &wanted.roles {
        let mut roles = roles_in(metadata);
        for permission in &permissions {
            roles.remove(&permission.role);
        }
        let permission = |role: &String| Permission::new(role, schema, MARK_EVERY_ROLE);
        permissions.extend(roles.iter().map(permission));
    }
    let mut plan = Plan::of(metadata);
    apply_remote_schema(&mut plan, &remote_schema, &permissions, replace);
    if relationship.is_none() && event_trigger.is_none() {
        return plan;
    }
    let at = match find::table(&plan.metadata, &wanted.source, &wanted.table) {
        Ok(at) => at,
        Err(conflict) => {
            plan.conflicts.push(conflict);
            return plan;
        }
    };
    if let Some(relationship) = relationship {
        apply_relationship(&mut plan, at, &relationship, wanted, replace);
    }
    if let Some(trigger) = event_trigger {
        apply_event_trigger(&mut plan, at, &trigger, wanted, replace);
    }
    plan
}

fn apply_remote_schema(
    plan: &mut Plan,
    wanted: &RemoteSchema,
    permissions: &[Permission],
    replace: bool,
) {
    let what = format!("remote schema {}", wanted.name);
    let found = position(list(&plan.metadata, "remote_schemas"), "name", &wanted.name);
    let Some(index) = found else {
        plan.step(Verb::Add, what, "");
        let mut object = json!(wanted);
        for permission in permissions {
            plan.step(Verb::Add, permission_of(&permission.role, &wanted.name), "");
        }
        if !permissions.is_empty() {
            object["permissions"] = json!(permissions);
        }
        if let Some(schemas) = list_mut(&mut plan.metadata, "remote_schemas") {
            schemas.push(object);
        }
        return;
    };
    let mut there = plan.metadata["remote_schemas"][index].take();
    let definition = json!(wanted.definition);
    let ours = is_marked(&there)
        || ["url", "url_from_env"]
            .iter()
            .all(|key| there["definition"].get(key) == definition.get(key));
    if !ours && !replace {
        plan.conflicts.push(format!(
            "Hasura has a remote schema {:?} at another URL, which this command did not create: \
             choose another name with --name, or overwrite it with --replace",
            wanted.name
        ));
    }
    if ours {
        let keys = ["url", "url_from_env"];
        let mut changed =
            take_out_unless_wanted(&mut there["definition"], &definition, "definition.", &keys);
        changed.extend(merge(&mut there, &json!({ "definition": definition })));
        plan.step(verb(&changed), what, changed.join(", "));
    } else {
        plan.step(Verb::Change, what, "overwritten, with its permissions");
        there = json!(wanted);
    }
    let for_every_role = permissions.iter().any(|one| one.comment == MARK_EVERY_ROLE);
    let before = list(&there, "permissions");
    if for_every_role && !before.is_empty() && !before.iter().any(is_for_every_role) {
        // The other roles were left out on purpose.
        let what = format!("permissions on {}", wanted.name);
        plan.step(Verb::Keep, what, "they were written for chosen roles; --role changes them");
    } else {
        for permission in permissions {
            apply_permission(plan, &mut there, permission, &wanted.name, replace);
        }
        drop_roles_not_wanted(plan, &mut there, permissions, &wanted.name);
    }
    plan.metadata["remote_schemas"][index] = there;
}

fn apply_permission(
    plan: &mut Plan,
    remote_schema: &mut Value,
    wanted: &Permission,
    name: &str,
    replace: bool,
) {
    let what = permission_of(&wanted.role, name);
    let Some(index) = position(list(remote_schema, "permissions"), "role", &wanted.role) else {
        plan.step(Verb::Add, what, "");
        if let Some(permissions) = list_mut(remote_schema, "permissions") {
            permissions.push(json!(wanted));
        }
        return;
    };
    let there = &mut remote_schema["permissions"][index];
    if wanted.comment == MARK_EVERY_ROLE && !is_for_every_role(there) {
        plan.step(Verb::Keep, what, "it was written for this role; --role changes it");
        return;
    }
    let marked = is_marked(there);
    let mut changed = merge(there, &json!({ "definition": wanted.definition }));
    if marked {
        changed.extend(merge(there, &json!({ "comment": wanted.comment })));
    }
    if !changed.is_empty() && !marked {
        if replace {
            there["comment"] = json!(wanted.comment);
        } else {
            plan.conflicts.push(format!(
                "The {what} differs and was not created by this command: leave out --role {} to \
                 keep it, or overwrite it with --replace",
                wanted.role
            ));
        }
    }
    plan.step(verb(&changed), what, changed.join(", "));
}

/// Roles that this command gave a permission earlier, and that no one names any more: `--role`, or
/// the rest of the metadata.
fn drop_roles_not_wanted(
    plan: &mut Plan,
    remote_schema: &mut Value,
    wanted: &[Permission],
    name: &str,
) {
    let goes = |one: &Value| {
        is_marked(one) && !wanted.iter().any(|permission| one["role"] == permission.role)
    };
    while let Some(index) = list(remote_schema, "permissions").iter().position(goes) {
        let role = remote_schema["permissions"][index]["role"].as_str().unwrap_or_default();
        plan.step(Verb::Remove, permission_of(role, name), "no one names the role any more");
        find::take_out(remote_schema, "permissions", index);
    }
}
