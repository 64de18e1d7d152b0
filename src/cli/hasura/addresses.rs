//! Addresses: of this server as Hasura reaches it, and of Hasura as this machine does.

use url::Url;

use super::names::variable;
use crate::{config::Mistakes, hasura::Location};

pub const DEFAULT_URL: &str = "http://provider-connections:4000/graphql";

pub fn remote_schema_url(mistakes: &mut Mistakes, text: &str) -> Option<Url> {
    match http_url(text) {
        // It is printed and kept in the metadata.
        Some(url) if !url.username().is_empty() || url.password().is_some() => {
            mistakes.add(
                "--url has a user name or a password, which everyone who can read the metadata \
                 would see: put the URL into Hasura's environment, and use --url-from-env",
            );
            None
        }
        Some(url) => Some(url),
        None => {
            mistakes.add(format!(
                "--url (HASURA_REMOTE_SCHEMA_URL) is {text:?}: write the URL where Hasura reaches \
                 this server, such as {DEFAULT_URL}"
            ));
            None
        }
    }
}

/// Where the event trigger calls: next to `/graphql` by default.
pub fn webhook(
    mistakes: &mut Mistakes,
    url: Option<&Location>,
    from_env: Option<String>,
) -> Option<Location> {
    if let Some(name) = from_env {
        return variable(mistakes, "--webhook-from-env", name).map(Location::Env);
    }
    let url = match url? {
        Location::Url(url) => url,
        Location::Env(_) => {
            mistakes.add(
                "with --url-from-env the URL of /hooks/user-deleted is unknown: add \
                 --webhook-from-env with the variable that holds it, or --no-event-trigger",
            );
            return None;
        }
    };
    let Some(base) = url.path().strip_suffix("/graphql") else {
        mistakes.add(
            "--url does not end in /graphql, so the URL of /hooks/user-deleted is unknown: add \
             --webhook-from-env, or --no-event-trigger",
        );
        return None;
    };
    let mut webhook = url.clone();
    webhook.set_path(&format!("{base}/hooks/user-deleted"));
    Some(Location::Url(webhook))
}

/// The running Hasura's base URL, even if the URL of one of its endpoints was given.
pub fn endpoint(mistakes: &mut Mistakes, text: &str) -> Option<Url> {
    let base = text.trim().trim_end_matches('/');
    let base = ["/v1/graphql", "/v1/metadata", "/v2/query", "/v1", "/console"]
        .iter()
        .find_map(|path| base.strip_suffix(path))
        .unwrap_or(base);
    let url = http_url(base).filter(|url| url.username().is_empty() && url.password().is_none());
    if url.is_none() {
        // Not said again: it may have a password in it.
        mistakes.add(
            "--hasura-endpoint (HASURA_GRAPHQL_ENDPOINT) is missing or not a URL: write the URL of \
             the running Hasura, such as http://127.0.0.1:8080, without user name and password",
        );
    }
    url
}

fn http_url(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}
