use std::{fmt, net::IpAddr};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::{Host, Url};

use super::public_address::is_public;

/// The target of webhooks: `WEBHOOK_URL`, checked. Its path may contain a secret, as with chat
/// services, so it is never printed completely.
#[derive(Clone)]
pub struct WebhookUrl {
    url: Url,
    allows_private: bool,
}

/// Why it is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlError {
    #[error("is not a URL: write one such as https://api.example.com/webhooks")]
    Malformed,
    #[error(
        "is not https, so others could read the webhooks on the way. Use https, or, for a receiver in your own network, set WEBHOOK_ALLOW_PRIVATE_ADDRESSES=true"
    )]
    NotHttps,
    #[error(
        "is a private address: use a public one, or set WEBHOOK_ALLOW_PRIVATE_ADDRESSES=true if \
         the receiver is in your own network"
    )]
    Private,
    #[error("contains a user or a password: remove them. The signature proves who the sender is")]
    Credentials,
}

impl WebhookUrl {
    /// # Errors
    /// It isn't a URL, or webhooks can't be sent to it.
    pub fn parse(text: &str, allows_private: bool) -> Result<Self, WebhookUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| WebhookUrlError::Malformed)?;
        let host = url.host().ok_or(WebhookUrlError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(WebhookUrlError::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookUrlError::Credentials);
        }
        if !allows_private {
            if url.scheme() != "https" {
                return Err(WebhookUrlError::NotHttps);
            }
            if is_private(&host) {
                return Err(WebhookUrlError::Private);
            }
        }
        Ok(Self { url, allows_private })
    }

    /// The same with or without the check of addresses.
    #[cfg(test)]
    pub(super) fn allowing(self, allows_private: bool) -> Self {
        Self { allows_private, ..self }
    }

    pub(super) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub(super) fn allows_private(&self) -> bool {
        self.allows_private
    }

    pub(super) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// SHA-256 in base64url.
    pub(super) fn digest(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.url.as_str().as_bytes()))
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebhookUrl").field(&self.origin()).finish()
    }
}

/// Whether it is private even without DNS. Names are resolved and checked when they are connected
/// to.
fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => !is_public(IpAddr::V4(*address)),
        Host::Ipv6(address) => !is_public(IpAddr::V6(*address)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str, allows_private: bool) -> Option<WebhookUrlError> {
        WebhookUrl::parse(text, allows_private).err()
    }

    #[test]
    fn https_to_the_internet_is_what_is_sent_to() {
        for url in
            ["https://api.example.com/webhooks", " https://1.1.1.1/hook?key=1 ", "https://a.b:8443"]
        {
            assert_eq!(problem(url, false), None, "{url}");
        }
    }

    #[test]
    fn private_addresses_are_refused_however_they_are_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.0.0.1",
            "017700000001",
            "0",
            "10.1.2.3",
            "169.254.169.254",
            "100.100.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::a00:1]",
            "[fd00::1]",
            "localhost",
            "LOCALHOST.",
            "app.localhost",
            "①②⑦.0.0.1",
        ] {
            let url = format!("https://{host}/hook");
            assert_eq!(problem(&url, false), Some(WebhookUrlError::Private), "{url}");
            assert_eq!(problem(&url, true), None, "{url}");
        }
    }

    #[test]
    fn http_is_for_ones_own_network_alone() {
        let url = "http://receiver.internal:3000/hook";
        assert_eq!(problem(url, false), Some(WebhookUrlError::NotHttps));
        assert_eq!(problem(url, true), None);
    }

    #[test]
    fn what_is_no_address_to_post_to_is_refused() {
        for (url, expected) in [
            ("", WebhookUrlError::Malformed),
            ("api.example.com/webhooks", WebhookUrlError::Malformed),
            ("ftp://example.com", WebhookUrlError::Malformed),
            ("file:///etc/passwd", WebhookUrlError::Malformed),
            ("https://user:secret@example.com", WebhookUrlError::Credentials),
        ] {
            assert_eq!(problem(url, true), Some(expected), "{url}");
        }
    }

    #[test]
    fn a_secret_in_the_path_is_not_printed() {
        let url = WebhookUrl::parse("https://chat.example.com/services/s3cret", false).unwrap();
        assert_eq!(format!("{url:?}"), "WebhookUrl(\"https://chat.example.com\")");
        assert!(!url.digest().contains("s3cret"));
        assert_eq!(url.digest().len(), 43);
    }
}
