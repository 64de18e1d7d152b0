//! What is kept of a provider's user info: personal data, limited in size, and without anything
//! that could deceive.

use std::fmt;

use domain::Scopes;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::facts::{Link, UserInfo};
use crate::upstream::reader::Fields;

/// In bytes. Ids are much shorter; anything longer is not one.
pub const LONGEST_ID: usize = 256;
/// RFC 5321 §4.5.3.1: 64 for the mailbox, 255 for its host, and the `@`.
const LONGEST_EMAIL: usize = 320;
/// In characters. Longer ones are cut.
const LONGEST_NAME: usize = 200;
const LONGEST_URL: usize = 2_048;

/// An account at a provider. Personal data: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_url: Option<String>,
    /// The token's scopes from the same response. They are stored elsewhere.
    #[serde(skip)]
    pub scopes: Option<Scopes>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile")
    }
}

impl Profile {
    /// `None`: the response names no account.
    pub(super) fn of(facts: &UserInfo, answer: &Fields) -> Option<Self> {
        let text = |path: &&str| at(answer, path).and_then(Value::as_str).and_then(name);
        let names: Vec<_> = facts.name.iter().filter_map(text).collect();
        let email = facts.email.iter().find_map(|path| at(answer, path)?.as_str());
        Some(Self {
            id: id(at(answer, facts.id)?)?,
            email: email.and_then(self::email),
            login: facts.login.iter().find_map(text),
            name: (!names.is_empty()).then(|| names.join(" ")),
            avatar_url: link(facts.avatar, answer),
            profile_url: link(facts.page, answer),
            scopes: None,
        })
    }

    /// The provider's id of the account.
    pub fn id(&self) -> SecretString {
        self.id.clone().into()
    }

    /// What gets sealed.
    ///
    /// # Panics
    /// Never: all of it is text.
    pub fn to_json(&self) -> SecretString {
        serde_json::to_string(self).expect("a profile is text").into()
    }

    /// Parses what was sealed. `None`: it is not a profile.
    pub fn of_json(json: &SecretString) -> Option<Self> {
        serde_json::from_str(json.expose_secret()).ok()
    }
}

/// The value at a path of names and indexes: `picture/data/url`.
fn at<'a>(answer: &'a Fields, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let value = answer.get(first)?;
    if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) }
}

/// An id is text or a whole number.
pub(super) fn id(field: &Value) -> Option<String> {
    let id = match field {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return None,
    };
    (1..=LONGEST_ID).contains(&id.len()).then_some(id)
}

fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let is_one = text.contains('@') && text.len() <= LONGEST_EMAIL && !text.chars().any(deceives);
    is_one.then(|| text.to_owned())
}

fn name(text: &str) -> Option<String> {
    let shown = text.chars().filter(|char| !deceives(*char)).take(LONGEST_NAME);
    let shown = shown.collect::<String>().trim().to_owned();
    (!shown.is_empty()).then_some(shown)
}

/// A name is shown next to others: it must not end a line, change the direction of the following
/// text, or look like another name.
fn deceives(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn link(link: Link, answer: &Fields) -> Option<String> {
    let text = match link {
        Link::None => return None,
        Link::At(path) => at(answer, path)?.as_str()?.to_owned(),
        Link::Of(template) => filled(template, answer)?,
    };
    let url = text.trim().parse::<Url>().ok()?;
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    let url = String::from(url);
    (is_plain && url.len() <= LONGEST_URL).then_some(url)
}

/// `None`: a field is missing, or could lead to another place than the template.
fn filled(template: &str, answer: &Fields) -> Option<String> {
    let mut url = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (path, after) = after.split_once('}')?;
        let part = id(at(answer, path)?)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        // Not `..`, which would go up.
        if !part.bytes().all(is_plain) || part.starts_with('.') {
            return None;
        }
        url.push_str(before);
        url.push_str(&part);
        rest = after;
    }
    Some(url + rest)
}
