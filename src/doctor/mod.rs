//! Checks the settings and everything that they name, and says what to fix.
//!
//! Nothing is changed: no migration is applied, no file is made, no row is written. Each check runs
//! independently of the others, several at the same time, and has its own time limit.

mod clock_skew;
mod configuration;
mod database;
mod deleted_users;
mod direct;
mod finding;
mod folder;
mod hasura;
mod http;
mod jwks;
mod jwt;
mod jwt_secret;
mod keys;
mod nhost_auth;
mod service_jwt;
mod sign_in_limit;
mod spool;
mod sqlite_file;
mod token_facts;

use std::{future::Future, time::Duration};

pub use finding::{Finding, State};
pub use hasura::Hasura;
use http::Http;
use secrecy::SecretString;

use crate::{auth::JwtVerifier, clock::Clock, config::Readable, random::Random};

/// Each check ends by then. The slowest wait for a database or an upstream, 5 s a time.
const LIMIT: Duration = Duration::from_secs(20);
/// The same for reading all sealed tokens.
const READING_LIMIT: Duration = Duration::from_mins(1);
/// How long the database may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// What there is to look at.
pub struct Patient {
    pub settings: Readable,
    /// In the settings, a line each.
    pub mistakes: Vec<String>,
    /// A JWT to look at.
    pub jwt: Option<SecretString>,
    pub hasura: Option<Hasura>,
    pub clock: Clock,
    pub random: Random,
}

/// Everything that was found, in the order in which it is best fixed.
///
/// # Errors
/// The TLS roots of the machine can't be read.
pub async fn examine(patient: &Patient) -> Result<Vec<Finding>, reqwest::Error> {
    let Patient { settings, clock, .. } = patient;
    let http = Http::new(clock.clone())?;
    let verifier = settings.jwt_secrets.as_ref();
    let verifier = verifier.map(|secrets| JwtVerifier::new(secrets, clock.clone())).transpose()?;
    let stored = async {
        let mut open = None;
        let mut found =
            in_time("database", LIMIT, database::check(settings.database.as_ref(), &mut open))
                .await;
        let keys = keys::check(patient, open.as_ref());
        found.extend(in_time("encryption keys", READING_LIMIT, keys).await);
        if let Some(store) = open {
            // Otherwise SQLite's files next to the database may stay, if this process ends first.
            let _ = tokio::time::timeout(GOODBYE, store.close()).await;
        }
        found
    };
    let (stored, spool, secret, pasted, nhost_auth, jwks, service, limit, hasura, deleted) = tokio::join!(
        stored,
        in_time("spool", LIMIT, async { spool::check(patient) }),
        in_time("JWT secret", LIMIT, jwt_secret::check(patient, verifier.as_ref(), &http)),
        in_time("JWT", LIMIT, jwt::check(patient, verifier.as_ref())),
        in_time("Nhost Auth", LIMIT, nhost_auth::check(settings, &http)),
        in_time("JWKS", LIMIT, jwks::check(settings, &http)),
        in_time("service JWT", LIMIT, service_jwt::check(patient, verifier.as_ref())),
        in_time("sign-in limit", LIMIT, sign_in_limit::check(settings, &http)),
        in_time("Hasura", LIMIT, hasura::check(patient, &http)),
        in_time("deleted users", LIMIT, deleted_users::check(settings)),
    );
    let mut found = configuration::check(patient);
    for more in [stored, spool, secret, pasted, nhost_auth, jwks, service, limit] {
        found.extend(more);
    }
    found.push(direct::check(settings));
    found.extend(hasura);
    found.extend(deleted);
    Ok(found)
}

async fn in_time(
    check: &'static str,
    limit: Duration,
    work: impl Future<Output = Vec<Finding>>,
) -> Vec<Finding> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
        vec![Finding::error(
            check,
            format!("this check was stopped after {} s", limit.as_secs()),
            "find out what is slow: the network, a lock, or an overloaded server",
        )]
    })
}
