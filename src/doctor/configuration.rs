use std::{net::SocketAddr, path::Path};

use url::Url;

use super::{
    Finding, Patient,
    http::{is_private, shown},
};
use crate::{
    auth::JwtSecrets,
    config::{CorsOrigins, Introspection, Readable, environment, lacks_prefix},
};

const CHECK: &str = "configuration";

/// The settings alone: every mistake, and what is allowed but seldom meant.
pub fn check(patient: &Patient) -> Vec<Finding> {
    let Patient { settings, mistakes, .. } = patient;
    let mut found: Vec<_> = mistakes.iter().map(|mistake| of_mistake(mistake)).collect();
    if mistakes.is_empty() {
        found.push(Finding::ok(CHECK, all_read(settings)));
    }
    for warning in environment::warnings() {
        let (wrong, advice) = warning.rsplit_once(": ").unwrap_or((warning, "check the file"));
        found.push(Finding::warning(CHECK, wrong, advice));
    }
    if settings.graphiql == Some(true) {
        found.push(Finding::warning(
            CHECK,
            "GRAPHIQL is on: everyone who can reach this server can open /graphiql",
            "unset GRAPHIQL if you don't need the page",
        ));
    }
    if settings.cors == CorsOrigins::All {
        found.push(Finding::warning(
            CHECK,
            "CORS_ALLOWED_ORIGINS is *: pages of every origin may call with a user's JWT",
            "list the origins of your app, such as https://app.example.com",
        ));
    }
    let unset = settings.service_secret.is_none();
    if unset && !mistakes.iter().any(|mistake| mistake.starts_with("SERVICE_SECRET")) {
        found.push(Finding::warning(
            CHECK,
            "SERVICE_SECRET is not set: Hasura and other services can't call",
            "create one with `openssl rand -hex 32`, and have Hasura send it in the header \
             x-service-secret. If only users call, no action is needed",
        ));
    }
    found.extend(settings.listen.and_then(unreachable));
    let secrets = settings.jwt_secrets.as_ref().map_or_else(Vec::new, JwtSecrets::describe);
    for url in secrets.into_iter().filter_map(|secret| secret.jwk_url) {
        found.extend(unencrypted(
            "jwk_url of the JWT secret",
            &url,
            "an attacker on the network can read and change the keys",
        ));
    }
    if let Some(url) = &settings.nhost_auth_url {
        found.extend(unencrypted(
            "NHOST_AUTH_URL",
            url,
            "an attacker on the network can read the tokens",
        ));
        found.extend(lacks_prefix(url).map(|likely| {
            Finding::warning(
                CHECK,
                "NHOST_AUTH_URL has no path, but Nhost serves Nhost Auth below /v1",
                format!("set it to {likely}, unless your Nhost Auth has no prefix"),
            )
        }));
    }
    found
}

fn all_read(settings: &Readable) -> String {
    let introspection = match settings.introspection {
        Some(Introspection::Service) => "services may read the schema",
        Some(Introspection::Off) => "no one may read the schema, so Hasura can't merge it",
        _ => "everyone may read the schema",
    };
    format!("all settings are valid; {introspection} (INTROSPECTION)")
}

/// A mistake says what is wrong, and behind the last colon what to do.
fn of_mistake(mistake: &str) -> Finding {
    let is_sentence = |(wrong, _): &(&str, &str)| wrong.contains(' ');
    let split = mistake.rsplit_once(": ").filter(is_sentence).or_else(|| mistake.split_once("; "));
    match split {
        Some((wrong, advice)) => Finding::error(CHECK, wrong, advice),
        None => Finding::error(CHECK, mistake, "see docs/settings.md and `serve --help`"),
    }
}

/// In a container only the container itself reaches its loopback address.
fn unreachable(listen: SocketAddr) -> Option<Finding> {
    let contained = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
        || ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists());
    (contained && listen.ip().is_loopback()).then(|| {
        Finding::warning(
            CHECK,
            format!("LISTEN is {listen}, which can't be reached from outside of this container"),
            format!("set LISTEN to 0.0.0.0:{}", listen.port()),
        )
    })
}

fn unencrypted(what: &str, url: &Url, so: &str) -> Option<Finding> {
    (url.scheme() == "http" && !is_private(url)).then(|| {
        Finding::warning(
            CHECK,
            format!("{what} ({}) is not encrypted: {so}", shown(url)),
            "use https://",
        )
    })
}
