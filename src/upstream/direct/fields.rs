//! The fields of an answer, whatever it is written in.

use serde_json::{Map, Value};
use url::form_urlencoded;

pub(super) type Fields = Map<String, Value>;

/// JSON, or a form, whatever the content type claims. `None`: neither.
pub(super) fn fields(body: &[u8]) -> Option<Fields> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body).trim_ascii();
    if let Ok(fields) = serde_json::from_slice(body) {
        return Some(fields);
    }
    let form: Fields = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect();
    // Any text can be read as a form.
    ["access_token", "error"].iter().any(|name| form.contains_key(*name)).then_some(form)
}

/// A text that is there and not empty.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A number, which may be written as a text or with a fraction. Fractions are dropped.
pub(super) fn whole_number(fields: &Fields, name: &str) -> Option<i64> {
    let value = fields.get(name)?;
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    // Exponents and fractions: a lifetime needs no more than the digits before them.
    text.parse().ok().or_else(|| {
        let float = text.parse::<f64>().ok().filter(|float| float.abs() < 1e15)?;
        format!("{:.0}", float.trunc()).parse().ok()
    })
}
