//! A pasted JWT: for whom it is good, or why it is not.

use chrono::TimeDelta;
use nhost_auth_simulator::{JwtOptions, Options, Running, Signing, Simulator};
use serde_json::{Map, Value, json};

use super::{Report, doctor, migrated};
use crate::harness::{Database, simulator};

async fn of(simulator: &Running, database: &Database, secret: &str, jwt: &str) -> Report {
    let binary = doctor(simulator, &database.url).env("NHOST_JWT_SECRET", secret);
    Report::of(binary.arg("--jwt").arg(jwt)).await
}

#[tokio::test]
async fn a_good_one_is_good_for_its_user_until_it_ends() {
    let (simulator, database) = migrated().await;
    let ada = simulator.add_user("ada@example.com");
    let jwt = simulator.jwt(ada);
    let secret = simulator.jwt_secret_json();
    for pasted in [jwt.clone(), format!("Bearer {jwt}"), format!(" {jwt}\n")] {
        let report = of(&simulator, &database, &secret, &pasted).await;
        report.is_all_ok();
        report.says(
            "JWT",
            "ok",
            &format!("it is valid: user {ada}, default role \"user\", until"),
            "",
        );
    }
    let anonymous = simulator.jwt(simulator.add_anonymous_user());
    let report = of(&simulator, &database, &secret, &anonymous).await;
    report.says_only("JWT", "warning", "the user is anonymous", "sign in with a provider");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_one_is_told_from_the_others_with_what_to_do() {
    let (simulator, database) = migrated().await;
    let ada = simulator.add_user("ada@example.com");
    let with = |options| simulator.jwt_with(ada, options);
    let lifetime = |lifetime| JwtOptions { lifetime: Some(lifetime), ..JwtOptions::default() };
    let without = |claim: &str| JwtOptions {
        extra_claims: Map::from_iter([(claim.to_owned(), Value::Null)]),
        ..JwtOptions::default()
    };
    let issuer = JwtOptions { issuer: Some("somebody".to_owned()), ..JwtOptions::default() };
    let plain = simulator.jwt_secret_json();
    let changed = |name: &str, value: Value| {
        let mut secret: Value = serde_json::from_str(&plain).unwrap();
        secret[name] = value;
        secret.to_string()
    };
    let another = self::simulator().await;
    let rs256 = Options { signing: Signing::rs256(), ..Options::default() };
    let rs256 = Simulator::new(rs256);
    let good = simulator.jwt(ada);
    for (jwt, secret, message, advice) in [
        (with(lifetime(TimeDelta::hours(-2))), &plain, "JWTExpired", "it expired 2h"),
        (another.jwt(ada), &plain, "JWSInvalidSignature", "is the one that Nhost Auth signs with"),
        (
            rs256.jwt(ada),
            &plain,
            "JWSInvalidAlgorithm",
            "signed with RS256, but the JWT secret is for HS256",
        ),
        (
            with(issuer),
            &plain,
            "JWTNotInIssuer",
            "its iss is \"somebody\", but the JWT secret requires \"hasura-auth\"",
        ),
        (
            good.clone(),
            &changed("audience", json!("app")),
            "JWTNotInAudience",
            "its aud is missing, but the JWT secret requires one of [\"app\"]",
        ),
        (
            simulator.state_jwt(),
            &plain,
            "it has no Hasura claims",
            "in the claim \"https://hasura.io/jwt/claims\"",
        ),
        (
            good.clone(),
            &changed("claims_namespace", json!("other")),
            "it has no Hasura claims",
            "looks for Hasura claims in the claim \"other\"",
        ),
        (
            good.clone(),
            &changed("claims_namespace_path", json!("$.other")),
            "it has no Hasura claims",
            "the claims_namespace_path",
        ),
        (
            with(without("x-hasura-allowed-roles")),
            &plain,
            "does not contain x-hasura-allowed-roles",
            "must add it",
        ),
        (
            with(without("x-hasura-user-id")),
            &plain,
            "does not contain x-hasura-user-id",
            "must add it",
        ),
        (
            simulator.personal_access_token(ada).to_string(),
            &plain,
            "it is not a JWT: it has 1 parts between dots instead of three",
            "accessToken of a session",
        ),
        (
            "a.b.c".to_owned(),
            &plain,
            "its header or payload is not JSON",
            "accessToken of a session",
        ),
        ("a.b.c.d.e".to_owned(), &plain, "it is an encrypted JWT", "accessToken of a session"),
        (String::new(), &plain, "it is not a JWT", "accessToken of a session"),
    ] {
        let report = of(&simulator, &database, secret, &jwt).await;
        report.says("JWT", "error", message, advice);
        assert_eq!(report.code, Some(1));
        let signature = jwt.rsplit('.').next().unwrap();
        assert!(signature.len() < 20 || !report.to_string().contains(signature), "{report}");
    }
}

#[tokio::test]
async fn no_more_of_a_token_is_shown_than_tells_why_it_is_refused() {
    let (simulator, database) = migrated().await;
    let ada = simulator.add_user("ada@example.com");
    let options = JwtOptions {
        lifetime: Some(TimeDelta::hours(-1)),
        issuer: Some(format!("\u{1b}[31mred{}", "x".repeat(500))),
        extra_claims: Map::from_iter([("planted".to_owned(), json!("a-private-matter"))]),
        ..JwtOptions::default()
    };
    let jwt = simulator.jwt_with(ada, options);
    let report = of(&simulator, &database, &simulator.jwt_secret_json(), &jwt).await;
    report.says("JWT", "error", "The token claims: alg \"HS256\"; iss ", "it expired 1h");
    report.says("JWT", "error", "claims exp, https://hasura.io/jwt/claims, iat, iss, sub", "");
    let text = report.to_string();
    for hidden in ["a-private-matter", &ada.to_string(), "\u{1b}", &"x".repeat(200)] {
        assert!(!text.contains(hidden), "{hidden:?}: {text}");
    }
}

#[tokio::test]
async fn a_file_with_a_token_does_as_well_and_one_that_is_not_there_is_a_mistake() {
    let (simulator, database) = migrated().await;
    let ada = simulator.add_user("ada@example.com");
    let file = database.folder.path().join("jwt");
    std::fs::write(&file, simulator.jwt(ada) + "\n").unwrap();
    let binary = doctor(&simulator, &database.url).arg("--jwt-file");
    let report = Report::of(binary.arg(file.to_str().unwrap())).await;
    report.says("JWT", "ok", &format!("it is valid: user {ada}"), "");
    let binary = doctor(&simulator, &database.url).arg("--jwt-file");
    let report = Report::of(binary.arg("/no/such/file")).await;
    report.says_only(
        "configuration",
        "error",
        "--jwt-file /no/such/file can't be read",
        "its path",
    );
}
