//! Where Nhost Auth is.

use url::Url;

use super::mistakes::Mistakes;

impl Mistakes {
    /// `NHOST_AUTH_URL`, or what `NHOST_SUBDOMAIN` and `NHOST_REGION` make of it.
    pub(super) fn nhost_auth_url(
        &mut self,
        url: Option<String>,
        subdomain: Option<String>,
        region: Option<String>,
    ) -> Option<Url> {
        let given = |text: Option<String>| {
            text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let (url, subdomain, region) = (given(url), given(subdomain), given(region));
        let Some(url) = url else {
            let (Some(subdomain), Some(region)) = (subdomain, region) else {
                self.add(
                    "NHOST_AUTH_URL is missing: set it to the URL of your project's Nhost Auth, or \
                     set NHOST_SUBDOMAIN and NHOST_REGION",
                );
                return None;
            };
            return self
                .http_url("NHOST_SUBDOMAIN with NHOST_REGION", &of_project(&subdomain, &region));
        };
        let url = self.http_url("NHOST_AUTH_URL", &url)?;
        self.contradiction(&url, subdomain.as_deref(), region.as_deref());
        let likely = project_of(&url).map(|(subdomain, region)| of_project(subdomain, region));
        if let Some(likely) = likely
            && url.as_str().trim_end_matches('/') != likely
        {
            self.add(format!(
                "NHOST_AUTH_URL is {:?}, but Nhost serves Nhost Auth at another path: set it to \
                 {likely}",
                shown(&url)
            ));
            return None;
        }
        Some(url)
    }

    fn contradiction(&mut self, url: &Url, subdomain: Option<&str>, region: Option<&str>) {
        let project = project_of(url);
        let differs = match (subdomain, region) {
            (Some(subdomain), Some(region)) => project != Some((subdomain, region)),
            // Half of a project can be compared only with a whole one.
            (Some(subdomain), None) => project.is_some_and(|(of_url, _)| of_url != subdomain),
            (None, Some(region)) => project.is_some_and(|(_, of_url)| of_url != region),
            (None, None) => false,
        };
        if differs {
            self.add(format!(
                "NHOST_AUTH_URL is {:?}, which contradicts NHOST_SUBDOMAIN and NHOST_REGION: unset \
                 the wrong ones (the URL for browsers is NHOST_AUTH_PUBLIC_URL)",
                shown(url)
            ));
        }
    }
}

/// Nhost's own address of a project's Nhost Auth.
fn of_project(subdomain: &str, region: &str) -> String {
    format!("https://{subdomain}.auth.{region}.nhost.run/v1")
}

/// The subdomain and the region, if it is an address of Nhost's.
fn project_of(url: &Url) -> Option<(&str, &str)> {
    url.host_str()?.strip_suffix(".nhost.run")?.split_once(".auth.")
}

/// Nhost's own address of the GraphQL API of the same project, if it is an address of Nhost's.
pub(super) fn graphql_of(nhost_auth: &Url) -> Option<Url> {
    let (subdomain, region) = project_of(nhost_auth)?;
    let mut url: Url = format!("https://{subdomain}.graphql.{region}.nhost.run/v1").parse().ok()?;
    url.set_port(nhost_auth.port()).ok()?;
    Some(url)
}

/// Without a user and a password, which must not be shown.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}

/// What is likely meant by an address without a path: Nhost serves Nhost Auth below /v1. One that
/// somebody hosts themselves may have no prefix (`AUTH_API_PREFIX`), so this stops no start.
pub(crate) fn lacks_prefix(url: &Url) -> Option<String> {
    let bare = url.path() == "/" && project_of(url).is_none();
    bare.then(|| format!("{}v1", shown(url)))
}
