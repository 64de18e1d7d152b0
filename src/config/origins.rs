use http::HeaderValue;
use url::Url;

use super::Mistakes;

/// Pages of which origins may call from a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    All,
    These(Vec<HeaderValue>),
}

/// Pages of which origins may show this server's pages in a frame. Nobody's by default: what a
/// user clicks there may be covered by something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameAncestors(pub Vec<HeaderValue>);

impl Mistakes {
    pub(super) fn cors(&mut self, origins: &str) -> CorsOrigins {
        if origins.trim() == "*" {
            return CorsOrigins::All;
        }
        CorsOrigins::These(self.origins("CORS_ALLOWED_ORIGINS", origins))
    }

    pub(super) fn frame_ancestors(&mut self, origins: &str) -> FrameAncestors {
        FrameAncestors(self.origins("FRAME_ALLOWED_ORIGINS", origins))
    }

    /// Origins as browsers and web views write them (RFC 6454, section 6.1), separated by commas.
    fn origins(&mut self, name: &str, origins: &str) -> Vec<HeaderValue> {
        let mut allowed = Vec::new();
        for origin in origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
            match checked(origin) {
                Ok(header) => allowed.push(header),
                Err(problem) => self.add(format!("{name} has {origin:?}: {problem}")),
            }
        }
        allowed
    }
}

/// The origin, if it is written as it comes in the header `Origin`: a request's is compared with it
/// letter by letter.
fn checked(origin: &str) -> Result<HeaderValue, String> {
    const SHAPE: &str = "an origin is only scheme, host and port, such as https://app.example.com";
    const NULL: &str = "files and sandboxed frames have the origin null, which any page can have: \
                        serve the page from a URL, such as http://localhost:3000";
    if origin == "null" || origin.starts_with("file:") {
        return Err(NULL.to_owned());
    }
    if origin.contains('*') {
        return Err(format!("* can't be part of an origin or a list: list every origin; {SHAPE}"));
    }
    let (scheme, host) = origin.split_once("://").ok_or(SHAPE)?;
    let as_written = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => of_the_web(origin).ok_or(SHAPE)?,
        "data" | "blob" | "about" | "javascript" | "ws" | "wss" | "ftp" => {
            return Err(SHAPE.to_owned());
        }
        scheme => of_an_app(scheme, host).ok_or(SHAPE)?,
    };
    if as_written != origin {
        return Err(format!("browsers send {as_written}: write that"));
    }
    HeaderValue::from_str(origin).map_err(|_| SHAPE.to_owned())
}

/// As a browser writes the origin of this address: in lower case, without a default port, and with
/// nothing after it. `None`: it has more than a slash there, or a user.
fn of_the_web(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_bare = is_bare && url.username().is_empty() && url.password().is_none();
    // A host may have these, but in a Content-Security-Policy they are more than letters.
    let is_plain = !url.host_str()?.contains([';', '\'']);
    (is_bare && is_plain).then(|| url.origin().ascii_serialization())
}

/// The same of an app: `capacitor://localhost`, `tauri://localhost`, `chrome-extension://…`. Their
/// hosts are compared as they are.
fn of_an_app(scheme: &str, host: &str) -> Option<String> {
    // RFC 3986, 3.1.
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.'));
    let host = host.strip_suffix('/').unwrap_or(host);
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_name = !name.is_empty()
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_'));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    (is_scheme && is_name && is_port).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn an_origin_is_taken_as_browsers_and_web_views_write_it() {
        for origin in [
            "https://app.example.com",
            "http://localhost:3000",
            "http://[::1]:3000",
            "https://xn--bcher-kva.example",
            "http://tauri.localhost",
            "capacitor://localhost",
            "ionic://localhost",
            "tauri://localhost",
            "app://obsidian.md",
            "app://-",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
            "safari-web-extension://5E3B6E6D-7C0E-4C4B-9A53-2B8F9E6B3A11",
            "vscode-webview://0a1b2c",
            "my.app+x://host:8080",
        ] {
            assert_eq!(checked(origin).unwrap(), origin);
        }
    }

    #[test]
    fn one_that_browsers_write_otherwise_is_told_how() {
        for (origin, written) in [
            ("https://app.example.com/", "https://app.example.com"),
            ("HTTPS://App.Example.com", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:80/", "http://app.example.com"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("Capacitor://localhost", "capacitor://localhost"),
            ("tauri://localhost/", "tauri://localhost"),
        ] {
            let problem = checked(origin).unwrap_err();
            assert!(problem.contains(&format!("browsers send {written}:")), "{origin}: {problem}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_a_word_why() {
        for (origin, word) in [
            ("null", "sandboxed frames"),
            ("file://", "sandboxed frames"),
            ("file:///index.html", "sandboxed frames"),
            ("*", "can't be part"),
            ("https://*.example.com", "can't be part"),
            ("chrome-extension://*", "can't be part"),
            ("app.example.com", "only scheme"),
            ("localhost:3000", "only scheme"),
            ("https://app.example.com/path", "only scheme"),
            ("https://app.example.com?a", "only scheme"),
            ("https://me@app.example.com", "only scheme"),
            ("https://a;sandbox", "only scheme"),
            ("capacitor://", "only scheme"),
            ("capacitor://localhost/path", "only scheme"),
            ("app://a b", "only scheme"),
            ("app://a;sandbox", "only scheme"),
            ("1app://localhost", "only scheme"),
            ("wss://app.example.com", "only scheme"),
            ("javascript://x", "only scheme"),
            ("data:text/html,x", "only scheme"),
            ("'self'", "only scheme"),
        ] {
            let problem = checked(origin).unwrap_err();
            assert!(problem.contains(word), "{origin}: {problem}");
        }
    }
}
