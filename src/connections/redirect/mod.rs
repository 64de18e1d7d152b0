//! Where a browser may come back to after a sign-in. Nhost Auth appends its refresh token to that
//! address: whoever has it there is signed in as the user.

use std::str::FromStr;

use domain::Provider;
use url::{Host, Url};

use super::{Connections, Error};

/// The addresses that a sign-in may come back to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedirectTargets(Vec<RedirectTarget>);

/// An address and all below it; or, with a host that begins with `*.`, those of its subdomains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget {
    /// Without the `*.`.
    url: Url,
    subdomains: bool,
}

/// Why an entry is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an entry is scheme and host, or the beginning of an address, without user, query and \
     fragment, such as https://app.example.com, https://*.example.com or myapp://signed-in"
)]
pub struct NoRedirectTarget;

impl FromStr for RedirectTarget {
    type Err = NoRedirectTarget;

    fn from_str(entry: &str) -> Result<Self, NoRedirectTarget> {
        let single = entry.replacen("://*.", "://", 1);
        let url = safe(&single).ok_or(NoRedirectTarget)?;
        let subdomains = single != entry;
        let plain = url.query().is_none() && url.fragment().is_none() && !single.contains('*');
        let named = !subdomains || matches!(url.host(), Some(Host::Domain(_)));
        if plain && named { Ok(Self { url, subdomains }) } else { Err(NoRedirectTarget) }
    }
}

impl RedirectTarget {
    /// Compares what a browser makes of both addresses, part by part: a comparison of text would
    /// take `https://app.example.com.evil.example` for the app.
    fn holds(&self, target: &Url) -> bool {
        self.url.scheme() == target.scheme()
            && self.url.port_or_known_default() == target.port_or_known_default()
            && self.holds_host(target)
            && self.holds_path(target.path())
    }

    fn holds_host(&self, target: &Url) -> bool {
        let (Some(own), Some(host)) = (self.url.host_str(), target.host_str()) else {
            return self.url.host_str() == target.host_str();
        };
        if self.subdomains {
            host.strip_suffix(own).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.'))
        } else {
            own == host
        }
    }

    /// Whole segments: `/app` holds `/app/back`, and not `/application`.
    fn holds_path(&self, path: &str) -> bool {
        let own = self.url.path().trim_end_matches('/');
        path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromIterator<RedirectTarget> for RedirectTargets {
    fn from_iter<I: IntoIterator<Item = RedirectTarget>>(targets: I) -> Self {
        Self(targets.into_iter().collect())
    }
}

impl RedirectTargets {
    /// Without entries Nhost Auth's own list decides alone.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The address as a browser understands it, if it may be gone to.
    fn allowed(&self, target: &str) -> Option<Url> {
        safe(target)
            .filter(|url| self.0.is_empty() || self.0.iter().any(|allowed| allowed.holds(url)))
    }
}

/// An absolute address that a browser opens without running or reading anything of its own, and
/// that does not look like another one (RFC 3986 §7.6: `https://app.example.com@evil.example`).
fn safe(target: &str) -> Option<Url> {
    Url::parse(target).ok().filter(|url| {
        !matches!(
            url.scheme(),
            "javascript" | "data" | "vbscript" | "file" | "blob" | "filesystem" | "view-source"
        ) && url.username().is_empty()
            && url.password().is_none()
    })
}

impl Connections {
    /// Where the user signs in with the provider; `redirect_to` is where they come back to.
    pub fn sign_in_url(&self, provider: Provider, redirect_to: Option<&str>) -> Result<Url, Error> {
        let redirect_to = redirect_to
            .map(|target| {
                self.parts.redirect_targets.allowed(target).ok_or_else(|| {
                    Error::BadInput(
                        "redirectTo must be an absolute URL that your app can be opened by, such \
                         as https://app.example.com/connected, and one that REDIRECT_ALLOWED_URLS \
                         allows."
                            .to_owned(),
                    )
                })
            })
            .transpose()?;
        Ok(self.parts.nhost_auth.sign_in_url(provider, redirect_to.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(entries: &[&str]) -> RedirectTargets {
        entries.iter().map(|entry| entry.parse::<RedirectTarget>().unwrap()).collect()
    }

    #[test]
    fn an_entry_allows_its_address_and_what_is_below_it() {
        let allowed =
            targets(&["https://app.example.com", "https://example.com/app/", "myapp://back"]);
        for target in [
            "https://app.example.com",
            "HTTPS://APP.example.com:443/any/page?with=query#and-fragment",
            "https://example.com/app",
            "https://example.com/app/back?x=1",
            "myapp://back",
            "myapp://back/there",
        ] {
            assert!(allowed.allowed(target).is_some(), "{target}");
        }
    }

    #[test]
    fn whatever_only_looks_like_an_entry_is_refused() {
        let allowed = targets(&["https://app.example.com", "https://example.com/app"]);
        for target in [
            "http://app.example.com/",
            "https://app.example.com:8443/",
            "https://app.example.com.evil.example/",
            "https://app.example.com./",
            "https://evil.example/https://app.example.com",
            "https://evil.example/?https://app.example.com",
            "https://evil.example#https://app.example.com",
            "https://app.example.com@evil.example/",
            "https://user@app.example.com/",
            "https://app.example.com\\@evil.example/",
            "https:evil.example",
            "https:\\\\evil.example/app.example.com",
            "https://xapp.example.com/",
            "https://sub.app.example.com/",
            "https://аpp.example.com/",
            "https://example.com/application",
            "https://example.com/app/../other",
            "https://example.com/app/%2e%2e/other",
            "//evil.example",
            "/connected",
            "javascript:alert(1)//https://app.example.com",
            "data:text/html,https://app.example.com",
            "https://app.example.com%2eevil.example/",
            "https://",
            "",
        ] {
            let taken = allowed.allowed(target);
            // A browser ends the host at a backslash: then it is the app's own.
            let own = taken.as_ref().is_some_and(|url| url.host_str() == Some("app.example.com"));
            assert!(taken.is_none() || own && target.contains('\\'), "{target}: {taken:?}");
        }
    }

    #[test]
    fn a_star_stands_for_subdomains_and_for_nothing_else() {
        let allowed = targets(&["https://*.preview.example.com"]);
        for target in ["https://a.preview.example.com/x", "https://a.b.preview.example.com"] {
            assert!(allowed.allowed(target).is_some(), "{target}");
        }
        for target in [
            "https://preview.example.com",
            "https://.preview.example.com",
            "https://apreview.example.com",
            "https://a.preview.example.com.evil.example",
        ] {
            assert!(allowed.allowed(target).is_none(), "{target}");
        }
    }

    #[test]
    fn what_is_no_entry_is_told() {
        for entry in [
            "*",
            "app.example.com",
            "https://*",
            "https://*.*.example.com",
            "https://app.*.com",
            "https://*.10.0.0.1",
            "https://user@app.example.com",
            "https://app.example.com/?x",
            "https://app.example.com/#x",
            "https://app.example.com/*",
            "javascript:alert(1)",
            "/connected",
        ] {
            assert_eq!(entry.parse::<RedirectTarget>(), Err(NoRedirectTarget), "{entry}");
        }
    }
}
