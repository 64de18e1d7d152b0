//! URLs as they are written, before a parser changes them: a browser, Nhost Auth and this server
//! must all read the same one (RFC 3986, section 7.6; WHATWG URL).

use url::Url;

/// Schemes for which a browser, or the operating system, runs or reads something of its own.
const SCHEMES: [&str; 22] = [
    "about",
    "blob",
    "chrome",
    "cid",
    "content",
    "data",
    "feed",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "mailto",
    "mid",
    "resource",
    "sms",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// An absolute URL that every parser reads the same way, and that opens an app or a page.
pub(super) fn unambiguous(written: &str) -> Option<Url> {
    // Parsers drop tabs and line breaks, and read a backslash as a slash.
    let is_dropped_or_changed = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if written.chars().any(is_dropped_or_changed) {
        return None;
    }
    let url = Url::parse(written).ok()?;
    let (_, rest) = written.split_once(':')?;
    // `myapp:back` has no parts that an entry could be compared with.
    let is_opened = !url.cannot_be_a_base() && !SCHEMES.contains(&url.scheme());
    (is_opened && has_plain_authority(&url, rest) && has_plain_path(rest)).then_some(url)
}

/// No user, no encoded host, and no slashes that a parser adds or removes.
fn has_plain_authority(url: &Url, rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix("//") else {
        // `https:evil.example` is a URL of that host; `com.example.app:/back` has none.
        return !url.has_host();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let names_a_host = !authority.is_empty() || !url.has_host();
    names_a_host && !authority.contains(['@', '%'])
}

/// Whoever decodes the path once more than others must not find another one: no encoded dot, slash,
/// backslash, control or percent sign. The query and the fragment are the app's own.
fn has_plain_path(rest: &str) -> bool {
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    path.match_indices('%').all(|(at, _)| {
        let code = path.get(at + 1..at + 3).and_then(|code| u8::from_str_radix(code, 16).ok());
        code.is_some_and(|byte| !byte.is_ascii_control() && !b"./\\%".contains(&byte))
    })
}
