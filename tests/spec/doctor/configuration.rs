//! The settings: all mistakes, and everything else all the same.

use super::{Report, doctor, migrated};
use crate::harness::Binary;

#[tokio::test]
async fn mistakes_are_errors_of_their_own_and_the_rest_is_looked_at_all_the_same() {
    let (simulator, database) = migrated().await;
    let binary = doctor(&simulator, &database.url)
        .env("LISTEN", "4000")
        .env("ENCRYPTION_KEYS", "nonsense")
        .env("SERVICE_SECRET", "short");
    let report = Report::of(binary).await;
    report.says("configuration", "error", "LISTEN is \"4000\"", "write ADDRESS:PORT");
    report.says("configuration", "error", "ENCRYPTION_KEYS: entry 1", "keys generate");
    report.says("configuration", "error", "SERVICE_SECRET is shorter", "openssl rand -hex 32");
    report.says("encryption keys", "warning", "not checked, because ENCRYPTION_KEYS", "");
    report.says("migrations", "ok", "all migrations are applied", "");
    report.says("Nhost Auth", "ok", " responds in ", "");
    assert_eq!(report.findings.iter().filter(|of| of["state"] == "error").count(), 3, "{report}");
}

#[tokio::test]
async fn without_any_setting_each_check_says_what_it_waits_for() {
    let report = Report::of(Binary::new("doctor --json")).await;
    report.says("configuration", "error", "NHOST_AUTH_URL is missing", "NHOST_SUBDOMAIN");
    report.says("configuration", "error", "NHOST_JWT_SECRET is missing", "set it");
    report.says("configuration", "error", "ENCRYPTION_KEYS is missing", "keys generate");
    for check in ["JWT secret", "Nhost Auth", "JWKS", "service JWT", "encryption keys"] {
        report.says(check, "warning", "not checked, because", "fix that first");
    }
    report.says("database", "warning", "provider-connections.db doesn't exist yet", "first start");
}

#[tokio::test]
async fn what_is_allowed_and_seldom_meant_is_a_warning() {
    let (simulator, database) = migrated().await;
    for (name, value, message, advice) in [
        ("GRAPHIQL", "true", "GRAPHIQL is on", "unset GRAPHIQL"),
        ("CORS_ALLOWED_ORIGINS", "*", "CORS_ALLOWED_ORIGINS is *", "list the origins"),
        ("SERVICE_SECRET", "", "SERVICE_SECRET is not set", "openssl rand -hex 32"),
    ] {
        let report = Report::of(doctor(&simulator, &database.url).env(name, value)).await;
        assert_eq!(report.code, Some(0));
        report.says_only("configuration", "warning", message, advice);
    }
    // Everybody may read the schema by default: Hasura needs it, and there is no harm in it.
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says("configuration", "ok", "everyone may read the schema", "");
    report.is_all_ok();
}

#[tokio::test]
async fn in_a_container_a_loopback_address_is_reached_by_nobody() {
    let (simulator, database) = migrated().await;
    let contained = doctor(&simulator, &database.url).env("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    let report = Report::of(contained.env("LISTEN", "127.0.0.1:4000")).await;
    let message = "LISTEN is 127.0.0.1:4000, which can't be reached from outside of this container";
    report.says_only("configuration", "warning", message, "set LISTEN to 0.0.0.0:4000");
}

#[tokio::test]
async fn keys_that_come_unencrypted_from_afar_are_a_warning() {
    let (simulator, database) = migrated().await;
    // An address of the documentation's (RFC 5737), which nobody has.
    let secret = r#"{"jwk_url":"http://192.0.2.1/jwks.json?planted=secret"}"#;
    let report =
        Report::of(doctor(&simulator, &database.url).env("NHOST_JWT_SECRET", secret)).await;
    let message = "jwk_url of the JWT secret (http://192.0.2.1/jwks.json) is not encrypted";
    report.says("configuration", "warning", message, "use https://");
    report.says(
        "JWT secret",
        "error",
        "the keys at http://192.0.2.1/jwks.json can't be fetched",
        "jwk_url",
    );
    report.says("service JWT", "warning", "this server has none", "NHOST_SERVICE_PAT");
    assert!(!report.to_string().contains("planted"), "{report}");
}
