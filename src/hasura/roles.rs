use std::collections::BTreeSet;

use serde_json::Value;

use super::objects::is_for_every_role;

/// Hasura's admin takes no permission. The others are of callers who aren't signed in: the user id
/// that is preset would be missing, and Hasura would refuse what they ask.
const WITHOUT_USER: [&str; 3] = ["admin", "public", "anonymous"];

/// The roles of signed-in users that Hasura's metadata names: in permissions of tables, functions,
/// actions and remote schemas, and as inherited roles.
pub fn roles_in(metadata: &Value) -> BTreeSet<String> {
    let mut roles = BTreeSet::new();
    collect(metadata, &mut roles);
    roles.retain(|role| !WITHOUT_USER.contains(&role.as_str()));
    roles
}

fn collect(value: &Value, roles: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match key.as_str() {
                    "inherited_roles" => add(value, "role_name", roles),
                    key if key == "permissions" || key.ends_with("_permissions") => {
                        add(value, "role", roles);
                    }
                    _ => collect(value, roles),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|one| collect(one, roles)),
        _ => {}
    }
}

fn add(list: &Value, key: &str, roles: &mut BTreeSet<String>) {
    // A permission that a role got from this command doesn't keep the role alive.
    let others = list.as_array().into_iter().flatten().filter(|one| !is_for_every_role(one));
    let names = others.filter_map(|one| one[key].as_str());
    roles.extend(names.map(str::to_owned));
}
