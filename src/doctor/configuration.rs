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

/// The settings by themselves: every mistake, and what is allowed but seldom meant.
pub fn check(patient: &Patient) -> Vec<Finding> {
    let Patient { settings, mistakes, .. } = patient;
    let mut found: Vec<_> = mistakes.iter().map(|mistake| of_mistake(mistake)).collect();
    if mistakes.is_empty() {
        found.push(Finding::ok(CHECK, all_read(settings)));
    }
    for warning in environment::warnings() {
        let (wrong, advice) = warning.rsplit_once(": ").unwrap_or((warning, "look at the file"));
        found.push(Finding::warning(CHECK, wrong, advice));
    }
    if settings.graphiql == Some(true) {
        found.push(Finding::warning(
            CHECK,
            "GRAPHIQL is on: /graphiql is there for everyone who reaches this server",
            "unset GRAPHIQL where the page is not needed",
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
            "make one by `openssl rand -hex 32`, and give it to Hasura for the header \
             x-service-secret; or leave it so, if only users call",
        ));
    }
    found.extend(settings.listen.and_then(unreachable));
    let secrets = settings.jwt_secrets.as_ref().map_or_else(Vec::new, JwtSecrets::describe);
    for url in secrets.into_iter().filter_map(|secret| secret.jwk_url) {
        found.extend(unencrypted(
            "jwk_url of the JWT secret",
            &url,
            "a stranger can read and change what comes",
        ));
    }
    if let Some(url) = &settings.nhost_auth_url {
        found.extend(unencrypted("NHOST_AUTH_URL", url, "a stranger can read the tokens"));
        found.extend(lacks_prefix(url).map(|likely| {
            Finding::warning(
                CHECK,
                format!("NHOST_AUTH_URL has no path, and at Nhost it would be {likely}"),
                "set it so, unless your Nhost Auth is served without a prefix",
            )
        }));
    }
    found
}

fn all_read(settings: &Readable) -> String {
    let introspection = match settings.introspection {
        Some(Introspection::Service) => "services may read the schema",
        Some(Introspection::Off) => "nobody may read the schema, and Hasura can't merge it",
        _ => "everyone may read the schema",
    };
    format!("all settings can be read; {introspection} (INTROSPECTION)")
}

/// A mistake says what is wrong, and behind the last colon what to do.
fn of_mistake(mistake: &str) -> Finding {
    let is_sentence = |(wrong, _): &(&str, &str)| wrong.contains(' ');
    let split = mistake.rsplit_once(": ").filter(is_sentence).or_else(|| mistake.split_once("; "));
    match split {
        Some((wrong, advice)) => Finding::error(CHECK, wrong, advice),
        None => Finding::error(CHECK, mistake, "docs/operations.md and `serve --help` tell of it"),
    }
}

/// In a container only the container itself reaches its loopback address.
fn unreachable(listen: SocketAddr) -> Option<Finding> {
    let contained = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
        || ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists());
    (contained && listen.ip().is_loopback()).then(|| {
        Finding::warning(
            CHECK,
            format!("LISTEN is {listen}, and this is a container: nobody outside reaches it"),
            format!("set LISTEN to 0.0.0.0:{}", listen.port()),
        )
    })
}

fn unencrypted(what: &str, url: &Url, so: &str) -> Option<Finding> {
    (url.scheme() == "http" && !is_private(url)).then(|| {
        Finding::warning(
            CHECK,
            format!("{what} ({}) is not encrypted: {so}", shown(url)),
            "begin it with https://",
        )
    })
}
