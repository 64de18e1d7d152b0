//! The fields of a response, whatever its format.

use std::collections::HashMap;

use serde_json::Value;

use super::{form::form, scan::Scanner, text::text};

/// The maximum number of objects that are tried: text around a response may contain braces, too.
const OBJECTS: usize = 8;

/// Texts that mean "there is none" in the sender's programming language.
const NOTHING: [&str; 10] =
    ["undefined", "null", "none", "nil", "nan", "true", "false", "(null)", "[object object]", "{}"];

/// Fields by name. `accessToken` and `access_token` are the same name. There is no `Debug`, so that
/// they are never printed.
#[derive(Default)]
pub struct Fields {
    members: HashMap<String, Value>,
    /// The response was malformed.
    pub repaired: bool,
    /// The response was complete.
    pub whole: bool,
}

impl Fields {
    /// Reads a body, which may be `cut` off at the end: one JSON object (only its own members,
    /// never those of nested objects) with any text around it, or a form. Of several members with
    /// one name the last counts, unless it is empty.
    pub fn read(body: &[u8], cut: bool) -> Self {
        let bytes = text(body);
        let found = match form(&bytes, cut) {
            Some(fields) => {
                let mut found = Self { whole: !cut, ..Self::default() };
                found.extend(fields);
                found
            }
            None => Self::of_json(&bytes),
        };
        Self { whole: found.whole && !cut, ..found }
    }

    fn of_json(bytes: &[u8]) -> Self {
        let trimmed = bytes.trim_ascii();
        // JSON inside a JSON string.
        match serde_json::from_slice::<String>(trimmed) {
            Ok(inner) => Self { repaired: true, ..Self::of_objects(inner.trim().as_bytes()) },
            Err(_) => Self::of_objects(trimmed),
        }
    }

    fn of_objects(bytes: &[u8]) -> Self {
        let mut best = Self::default();
        let mut scanner = Scanner::new(bytes);
        let mut from = 0;
        for _ in 0..OBJECTS {
            let Some(start) = bytes[from..].iter().position(|byte| *byte == b'{') else { break };
            let start = from + start;
            if is_page(&bytes[from..start]) {
                break;
            }
            let object = scanner.object(start, is_token);
            // A brace in the surrounding text.
            from = if object.members.is_empty() { start + 1 } else { object.end };
            let mut found = Self {
                repaired: !object.sound || start > 0 || object.end < bytes.len(),
                whole: object.closed,
                ..Self::default()
            };
            found.extend(object.members);
            let strays = object.strays.into_iter();
            let missing: Vec<_> =
                strays.filter(|(name, _)| !found.members.contains_key(&normal(name))).collect();
            found.extend(missing);
            let has_token = found.token("access_token").is_some();
            if has_token || best.members.is_empty() {
                best = found;
            }
            if has_token {
                break;
            }
        }
        best
    }

    fn extend(&mut self, members: impl IntoIterator<Item = (String, Value)>) {
        for (name, value) in members {
            let name = normal(&name);
            if !says_nothing(&value) || !self.members.contains_key(&name) {
                self.members.insert(name, value);
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(&normal(name))
    }

    /// The members of a nested object.
    pub fn nested(&self, name: &str) -> Option<Self> {
        let members = self.get(name)?.as_object()?.clone();
        let mut nested = Self { whole: self.whole, repaired: self.repaired, ..Self::default() };
        nested.extend(members);
        Some(nested)
    }

    /// A string that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A string that can be a token.
    pub fn token(&self, name: &str) -> Option<&str> {
        let value = self.get(name).filter(|value| !says_nothing(value))?;
        // If a character was lost or changed on the way, it is missing: no token contains a control
        // character (RFC 6749, A.12), and none could be sent in a header. A line break around it is
        // harmless.
        let is_damage = |letter: char| letter == '\u{fffd}' || letter.is_control();
        value.as_str().map(str::trim).filter(|text| !text.contains(is_damage))
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => {
            let text = text.trim();
            text.is_empty() || NOTHING.iter().any(|word| word.eq_ignore_ascii_case(text))
        }
        _ => false,
    }
}

/// `refresh_token`, `refreshToken` and `RefreshToken` are the same name.
fn normal(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase()).collect()
}

fn is_token(name: &str) -> bool {
    let name = normal(name);
    ["accesstoken", "refreshtoken", "expiresin", "expiresat"].contains(&name.as_str())
}

/// An HTML page isn't a response, whatever its scripts contain. Notices before a response have
/// markup, too, but don't begin a page.
fn is_page(before: &[u8]) -> bool {
    let before = String::from_utf8_lossy(before).to_ascii_lowercase();
    ["<html", "<!doctype", "<head", "<body", "<script", "<?xml"]
        .iter()
        .any(|start| before.contains(start))
}
