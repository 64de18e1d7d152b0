//! Which parts of an object would change. What Hasura adds on its own, and what people have set
//! that this command doesn't manage, is not a difference and stays.

use serde_json::Value;

use super::Verb;
use crate::hasura::sdl;

/// Writes what is wanted into the existing object, and returns the paths that changed.
pub fn merge(there: &mut Value, wanted: &Value) -> Vec<String> {
    let mut changed = Vec::new();
    merge_at("", there, wanted, &mut changed);
    changed
}

fn merge_at(path: &str, there: &mut Value, wanted: &Value, changed: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            for (key, wanted) in wanted {
                match there.get_mut(key) {
                    Some(there) => merge_at(&below(key), there, wanted, changed),
                    // Hasura omits default values.
                    None if *wanted == Value::Bool(false) => {}
                    None => {
                        there.insert(key.clone(), wanted.clone());
                        changed.push(below(key));
                    }
                }
            }
        }
        (Value::Array(there), Value::Array(wanted)) if path.ends_with("headers") => {
            merge_headers(path, there, wanted, changed);
        }
        (Value::String(there), Value::String(wanted)) if path.ends_with("schema") => {
            if !sdl::same(there, wanted) {
                there.clone_from(wanted);
                changed.push(path.to_owned());
            }
        }
        (there, wanted) => {
            if there != wanted {
                *there = wanted.clone();
                changed.push(path.to_owned());
            }
        }
    }
}

/// Headers are matched by name; those that people have added stay.
fn merge_headers(path: &str, there: &mut Vec<Value>, wanted: &[Value], changed: &mut Vec<String>) {
    let name = |header: &Value| header["name"].as_str().unwrap_or_default().to_lowercase();
    for wanted in wanted {
        let found = there.iter_mut().find(|header| name(header) == name(wanted));
        match found {
            Some(header) if header == wanted => continue,
            Some(header) => *header = wanted.clone(),
            None => there.push(wanted.clone()),
        }
        changed.push(format!("{path}.{}", name(wanted)));
    }
}

/// Removes those of the keys that exist but are not wanted.
pub fn take_out_unless_wanted(
    there: &mut Value,
    wanted: &Value,
    path: &str,
    keys: &[&str],
) -> Vec<String> {
    let unwanted = keys.iter().filter(|key| wanted.get(**key).is_none());
    unwanted
        .filter(|key| there.as_object_mut().and_then(|there| there.remove(**key)).is_some())
        .map(|key| format!("{path}{key}"))
        .collect()
}

/// The kind of change for an object with these changed paths.
pub fn verb(changed: &[String]) -> Verb {
    if changed.is_empty() { Verb::Keep } else { Verb::Change }
}
