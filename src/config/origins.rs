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

    /// Origins as browsers write them (RFC 6454, section 6.1), separated by commas.
    fn origins(&mut self, name: &str, origins: &str) -> Vec<HeaderValue> {
        let mut allowed = Vec::new();
        for origin in origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
            let url = Url::parse(origin).ok().filter(|url| url.origin().is_tuple());
            let same = url.is_some_and(|url| url.origin().ascii_serialization() == origin);
            // A host may have these, but in a Content-Security-Policy they are more than letters.
            let same = same && !origin.contains(['*', ';', '\'']);
            if let (true, Ok(header)) = (same, HeaderValue::from_str(origin)) {
                allowed.push(header);
            } else {
                self.add(format!(
                    "{name} has {origin:?}: an origin is scheme, host and port and nothing behind \
                     it, such as https://app.example.com"
                ));
            }
        }
        allowed
    }
}
