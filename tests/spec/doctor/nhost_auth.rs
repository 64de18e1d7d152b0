//! Nhost Auth: whether it answers, which one it is, whether it and this server take each other's
//! JWTs, and whether the clocks agree.

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, Options, Running, Signing, Simulator};
use serde_json::Value;

use super::{Report, doctor, migrated};
use crate::harness::{Binary, simulator};

async fn with_options(options: Options) -> Running {
    Simulator::start(options, ([127, 0, 0, 1], 0).into()).await.unwrap()
}

async fn rs256() -> Running {
    with_options(Options { signing: Signing::rs256(), ..Options::default() }).await
}

/// A JWT secret without what it signs with.
fn public(simulator: &Running) -> String {
    let mut secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
    secret.as_object_mut().unwrap().remove("signing_key");
    secret.to_string()
}

#[tokio::test]
async fn one_that_does_not_answer_is_an_error_and_what_needs_it_says_so() {
    let (mut simulator, database) = migrated().await;
    simulator.stop().await;
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says(
        "Nhost Auth",
        "error",
        "can't be reached: Connection refused",
        "check NHOST_AUTH_URL",
    );
    report.says("JWKS", "warning", "not checked, because Nhost Auth can't be reached", "");
    report.says("service JWT", "warning", "not checked, because Nhost Auth can't be reached", "");
    report.says("migrations", "ok", "all migrations are applied", "");
}

#[tokio::test]
async fn an_address_without_its_path_and_one_that_fails_are_told_apart() {
    let (simulator, database) = migrated().await;
    let origin = simulator.origin();
    let report =
        Report::of(doctor(&simulator, &database.url).env("NHOST_AUTH_URL", origin.as_str())).await;
    report.says("Nhost Auth", "error", "returns HTTP 404 for /healthz", "Nhost's own ends in /v1");
    report.says("configuration", "warning", "Nhost serves Nhost Auth below /v1", "has no prefix");
    simulator.fail_always(Endpoint::Healthz, None, Fault::Html(502));
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says_only(
        "Nhost Auth",
        "error",
        "returns HTTP 502 for /healthz",
        "the proxy in front of it",
    );
}

#[tokio::test]
async fn one_that_is_too_old_to_hand_out_tokens_is_a_warning() {
    let (_, database) = migrated().await;
    for (version, state, message) in [
        ("0.42.4", "warning", "it is version 0.42.4, which has no endpoint for provider tokens"),
        ("0.43.0", "ok", "it is version 0.43.0"),
        ("v1.0.0", "ok", "it is version v1.0.0"),
        ("0.0.0-dev", "ok", "it reports version 0.0.0-dev"),
    ] {
        let simulator =
            with_options(Options { version: version.to_owned(), ..Options::default() }).await;
        let report = Report::of(doctor(&simulator, &database.url)).await;
        report.says(
            "Nhost Auth",
            state,
            message,
            if state == "warning" { "0.43 or later" } else { "" },
        );
        assert_eq!(report.not_ok().count(), usize::from(state == "warning"), "{report}");
    }
    let simulator = simulator().await;
    simulator.fail_always(Endpoint::Version, None, Fault::Empty(404));
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says("Nhost Auth", "ok", "it doesn't report its version", "0.43 or later");
    report.is_all_ok();
}

#[tokio::test]
async fn clocks_that_differ_are_a_warning_and_then_an_error() {
    let (simulator, database) = migrated().await;
    let look = async || Report::of(doctor(&simulator, &database.url)).await;
    simulator.advance(TimeDelta::seconds(30));
    look().await.says(
        "clock",
        "ok",
        "this machine's clock and Nhost Auth's differ by at most ",
        "",
    );
    simulator.advance(TimeDelta::seconds(90));
    look().await.says(
        "clock",
        "warning",
        "this machine's clock is ",
        "synchronize the clocks with NTP",
    );
    look().await.says("clock", "warning", "behind Nhost Auth's", "");
    simulator.advance(TimeDelta::hours(-1));
    look().await.says("clock", "error", "ahead of Nhost Auth's", "synchronize the clocks with NTP");
}

#[tokio::test]
async fn the_keys_that_it_publishes_belong_to_the_jwt_secret() {
    let (shared, database) = migrated().await;
    let (one, other) = (rs256().await, rs256().await);
    let look = async |simulator: &Running, secret: String| {
        Report::of(doctor(simulator, &database.url).env("NHOST_JWT_SECRET", &secret)).await
    };
    let report = look(&one, one.jwt_secret_json()).await;
    report.says("JWKS", "ok", "publishes the public key of the JWT secret", "");
    report.says("JWT secret", "ok", "RS256, a public key, issuer \"hasura-auth\"", "");
    report.is_all_ok();
    let report = look(&one, other.jwt_secret_json()).await;
    report.says(
        "JWKS",
        "error",
        "does not publish the public key of the JWT secret",
        "copy the JWT secret",
    );
    report.says(
        "service JWT",
        "error",
        "refuses JWTs that this server signs",
        "copy the JWT secret",
    );
    let report = look(&one, shared.jwt_secret_json()).await;
    report.says("JWKS", "error", "the JWT secret has a shared key", "copy the JWT secret");
    let report = look(&shared, shared.jwt_secret_json()).await;
    report.says("JWKS", "ok", "publishes no keys, because the JWT secret has a shared key", "");
    let report = look(&shared, one.jwt_secret_json()).await;
    report.says("JWKS", "error", "does not publish the public key of the JWT secret", "");
}

#[tokio::test]
async fn keys_at_a_jwk_url_are_fetched() {
    let (_, database) = migrated().await;
    let simulator = rs256().await;
    let url = format!("{}/.well-known/jwks.json", simulator.base_url());
    let secret = serde_json::json!({ "jwk_url": url }).to_string();
    let look = async || {
        let binary = doctor(&simulator, &database.url).env("NHOST_JWT_SECRET", &secret);
        Report::of(binary.arg("--jwt").arg(&simulator.jwt(simulator.add_user("ada@example.com"))))
            .await
    };
    let report = look().await;
    report.says("JWT secret", "ok", "fetched 1 keys from http://127.0.0.1:", "");
    report.says("JWT secret", "warning", "this server can't sign JWTs with it", "signing_key");
    report.says("service JWT", "warning", "this server has none", "NHOST_SERVICE_PAT");
    report.says("JWT", "ok", "it is valid", "");
    report.says("clock", "ok", "/.well-known/jwks.json's differ by at most", "");
    simulator.fail_always(Endpoint::Jwks, None, Fault::Empty(503));
    let report = look().await;
    report.says("JWT secret", "error", "it answered with an HTTP error", "check jwk_url");
    report.says("JWT", "error", "its key can't be fetched", "fix the keys of the JWT secret first");
}

#[tokio::test]
async fn the_services_own_jwt_is_had_and_is_good_here() {
    let (_, database) = migrated().await;
    let (one, other) = (rs256().await, rs256().await);
    let service = one.add_user("service@example.com");
    let look = async |secret: String, pat: String| {
        let binary = doctor(&one, &database.url).env("NHOST_JWT_SECRET", &secret);
        Report::of(binary.env("NHOST_SERVICE_PAT", &pat)).await
    };
    let pat = one.personal_access_token(service).to_string();
    let report = look(public(&one), pat.clone()).await;
    report.says(
        "service JWT",
        "ok",
        "NHOST_SERVICE_PAT can sign in; its JWTs are valid for 15m",
        "",
    );
    report.says_only("JWT secret", "warning", "this server can't sign JWTs with it", "");
    let report = look(public(&other), pat.clone()).await;
    report.says("service JWT", "error", "has just signed: Could not verify JWT", "copy the JWT");
    let unknown = look(public(&one), "11111111-1111-4111-8111-111111111111".to_owned()).await;
    unknown.says(
        "service JWT",
        "error",
        "NHOST_SERVICE_PAT can't sign in to Nhost Auth",
        "has not expired",
    );
    one.disable_user(service);
    let disabled = look(public(&one), pat.clone()).await;
    disabled.says(
        "service JWT",
        "error",
        "NHOST_SERVICE_PAT can't sign in to Nhost Auth",
        "disabled",
    );
    one.fail_always(Endpoint::Pat, None, Fault::Empty(503));
    let down = look(public(&one), pat).await;
    down.says(
        "service JWT",
        "error",
        "could not be tested: it answered HTTP 503",
        "fix Nhost Auth",
    );
}

#[tokio::test]
async fn an_address_that_browsers_do_not_reach_is_a_warning() {
    let (simulator, database) = migrated().await;
    for (url, state, message) in [
        (
            "https://auth.example.com/v1",
            "ok",
            "users are sent to https://auth.example.com/v1, which differs",
        ),
        ("http://auth.example.com/v1", "warning", "which is not encrypted"),
        ("http://auth:4000/v1", "warning", "which is in a private network"),
    ] {
        let binary = doctor(&simulator, &database.url).env("NHOST_AUTH_PUBLIC_URL", url);
        let report = Report::of(binary).await;
        report.says("sign-in address", state, message, "");
        assert_eq!(report.not_ok().count(), usize::from(state == "warning"), "{report}");
    }
    let binary = doctor(&simulator, &database.url)
        .env("NHOST_AUTH_URL", "http://192.168.255.254:9/v1")
        .env("NHOST_AUTH_PUBLIC_URL", "http://localhost:4000/v1");
    let report = Report::of(binary).await;
    report.says(
        "sign-in address",
        "warning",
        "which is their own machine",
        "NHOST_AUTH_PUBLIC_URL",
    );
}

#[tokio::test]
async fn providers_with_credentials_are_named_and_not_tried() {
    let (simulator, database) = migrated().await;
    let with = |binary: Binary| {
        binary
            .env("PROVIDER_GITHUB_CLIENT_ID", "client")
            .env("PROVIDER_GITHUB_CLIENT_SECRET", "planted-secret")
    };
    let report = Report::of(with(doctor(&simulator, &database.url))).await;
    report.says("direct refresh", "ok", "github have client credentials", "they were not tested");
    report.is_all_ok();
    assert!(!report.to_string().contains("planted"), "{report}");
}
