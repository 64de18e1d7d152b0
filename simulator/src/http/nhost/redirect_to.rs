//! The URLs that a sign-in may return to: `AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS`.

use url::Url;

use super::error::{Code, Error};
use crate::Simulator;

/// The URL to return to; `AUTH_CLIENT_URL` if none was requested.
pub(super) fn allowed(simulator: &Simulator, target: Option<&str>) -> Result<String, Error> {
    let Some(target) = target else { return Ok(simulator.client_url()) };
    let url = Url::parse(target).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or(Code::REDIRECT_TO)?;
    let list = simulator.redirect_urls();
    let client = simulator.client_url();
    // Without a list, Nhost Auth accepts every URL.
    if list.is_empty() || list.iter().chain([&client]).any(|entry| holds(entry, &url)) {
        return Ok(url.into());
    }
    Err(Code::REDIRECT_TO.into())
}

/// Whether an entry of the list matches a URL, as with Nhost Auth's globs: an entry includes
/// everything below it, `*` matches text without `.` and `/`, and `**` matches anything; query and
/// fragment are ignored, and a default port may be written out.
fn holds(entry: &str, url: &Url) -> bool {
    let entry = entry.split(['?', '#']).next().unwrap_or(entry);
    let entry = entry.trim_end_matches("**").trim_end_matches('*').trim_end_matches('/');
    let mut plain = url.clone();
    plain.set_query(None);
    plain.set_fragment(None);
    // `Url` leaves a default port out already.
    let entry = match url.scheme() {
        "https" => entry.replacen(":443", "", 1),
        _ => entry.replacen(":80/", "/", 1),
    };
    let target = plain.as_str();
    matches(&format!("{entry}/**"), target)
        || matches(&format!("{entry}/**"), &format!("{target}/"))
}

fn matches(pattern: &str, text: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return splits(text).any(|(_, tail)| matches(rest, tail));
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        return splits(text)
            .take_while(|(head, _)| !head.contains(['.', '/']))
            .any(|(_, tail)| matches(rest, tail));
    }
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some(wanted), Some(found)) if wanted == found => {
            matches(&pattern[wanted.len_utf8()..], &text[found.len_utf8()..])
        }
        _ => false,
    }
}

/// Every way to split a text in two.
fn splits(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.map(|at| text.split_at(at))
}
