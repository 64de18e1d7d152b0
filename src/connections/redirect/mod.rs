//! The URLs that a browser may return to after a sign-in. Nhost Auth appends its refresh token to
//! that URL, so anyone who receives it there is signed in as the user.

mod spelling;

use std::str::FromStr;

use domain::Provider;
use spelling::unambiguous;
use url::{Host, Url};

use super::{Connections, Error};

/// The URLs that a sign-in may return to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedirectTargets(Vec<RedirectTarget>);

/// A URL and everything below it; if its host begins with `*.`, those of its subdomains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget {
    /// Without the `*.`.
    url: Url,
    subdomains: bool,
}

/// Why an entry is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRedirectTarget {
    #[error(
        "an entry is scheme and host, or the beginning of an address, without user, query and \
         fragment, such as https://app.example.com, https://*.example.com or myapp://signed-in"
    )]
    Form,
    #[error(
        "anybody can have a subdomain there, and would be sent your users' sessions: list each \
         address of yours, or use a domain of your own"
    )]
    PublicSuffix,
}

impl FromStr for RedirectTarget {
    type Err = NoRedirectTarget;

    fn from_str(entry: &str) -> Result<Self, NoRedirectTarget> {
        let single = entry.replacen("://*.", "://", 1);
        let url = unambiguous(&single).ok_or(NoRedirectTarget::Form)?;
        let subdomains = single != entry;
        let plain = url.query().is_none() && url.fragment().is_none() && !single.contains('*');
        let named = !subdomains || matches!(url.host(), Some(Host::Domain(_)));
        if !plain || !named {
            Err(NoRedirectTarget::Form)
        } else if subdomains && url.host_str().is_some_and(strangers_can_have_subdomains) {
            Err(NoRedirectTarget::PublicSuffix)
        } else {
            Ok(Self { url, subdomains })
        }
    }
}

impl RedirectTarget {
    /// Compares both URLs part by part, as a browser understands them: comparing text would accept
    /// `https://app.example.com.evil.example`.
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

    /// Whole segments: `/app` includes `/app/back`, but not `/application`.
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
    /// Without entries, only Nhost Auth's own list decides.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The URL as a browser understands it, if it is allowed.
    fn allowed(&self, target: &str) -> Option<Url> {
        unambiguous(target)
            .filter(|url| self.0.is_empty() || self.0.iter().any(|allowed| allowed.holds(url)))
    }
}

/// Names that nobody can register (RFC 6761, RFC 6762, and ICANN's `internal`).
const NOBODYS: [&str; 6] = ["example", "internal", "invalid", "local", "localhost", "test"];

/// The Public Suffix List also matches names that nobody can register.
fn strangers_can_have_subdomains(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    !NOBODYS.contains(&host) && public_suffix::is_public_suffix(host)
}

impl Connections {
    /// The URL for signing in with the provider; the browser returns to `redirect_to`. With
    /// `scopes`, the user is asked for them again, even if they granted less before.
    pub fn sign_in_url(
        &self,
        provider: Provider,
        redirect_to: Option<&str>,
        scopes: &[String],
    ) -> Result<Url, Error> {
        let redirect_to = redirect_to
            .map(|target| {
                self.parts.redirect_targets.allowed(target).ok_or_else(|| {
                    Error::BadInput(
                        "redirectTo must be an absolute URL that opens your app, such as \
                         https://app.example.com/connected, and REDIRECT_ALLOWED_URLS must allow \
                         it."
                        .to_owned(),
                    )
                })
            })
            .transpose()?;
        let again = self.asked_again(provider, scopes)?;
        Ok(self.parts.nhost_auth.sign_in_url(provider, redirect_to.as_ref(), again))
    }
}

#[cfg(test)]
mod tests;
