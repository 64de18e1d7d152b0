//! Keys that Vault's Transit has wrapped are unwrapped at the start, or the start says why not.
//!
//! Tests named `openbao` need a real server (`TEST_VAULT_ADDR`, `TEST_VAULT_TOKEN`: `scripts/openbao
//! run -- …` starts one). The others ask a stand-in that answers as Transit's API is documented.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use nhost_auth_simulator::GrantScript;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Binary, Cluster, Database, Ended, Replica};

const TOKEN: &str = "s.a-token-of-the-stand-in";

/// Transit: what it wraps is base64 turned around, and only under the key's own name.
#[derive(Clone, Default)]
struct StandIn {
    /// So many calls are answered 503, as by a sealed Vault.
    sealed_for: Arc<AtomicUsize>,
}

impl StandIn {
    async fn start(&self) -> String {
        let router =
            Router::new().route("/v1/transit/{what}/{key}", post(answer)).with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        address
    }
}

async fn answer(
    State(stand_in): State<StandIn>,
    Path((what, key)): Path<(String, String)>,
    headers: HeaderMap,
    // As Vault takes it, whatever its Content-Type.
    body: String,
) -> (StatusCode, Json<Value>) {
    let body: Value = serde_json::from_str(&body).unwrap();
    let error = |status, said: &str| (status, Json(json!({ "errors": [said] })));
    let left = stand_in.sealed_for.load(Ordering::SeqCst);
    if left > 0 {
        stand_in.sealed_for.store(left - 1, Ordering::SeqCst);
        return error(StatusCode::SERVICE_UNAVAILABLE, "Vault is sealed");
    }
    if headers.get("x-vault-token").is_none_or(|token| token != TOKEN) {
        return error(StatusCode::FORBIDDEN, "permission denied");
    }
    if key != "provider-connections" {
        return error(StatusCode::BAD_REQUEST, "encryption key not found");
    }
    let turned = |text: &str| text.chars().rev().collect::<String>();
    let data = if what == "encrypt" {
        let plaintext = body["plaintext"].as_str().unwrap();
        json!({ "ciphertext": format!("vault:v1:{}", BASE64_STANDARD.encode(turned(plaintext))), "key_version": 1 })
    } else {
        let ciphertext = body["ciphertext"].as_str().unwrap();
        let opened = ciphertext.strip_prefix("vault:v1:").map(|text| BASE64_STANDARD.decode(text));
        let Some(Ok(opened)) = opened else {
            return error(StatusCode::BAD_REQUEST, "invalid ciphertext: could not decode base64");
        };
        json!({ "plaintext": turned(&String::from_utf8(opened).unwrap()) })
    };
    let answer = json!({
        "request_id": "b9ddd8b4-0000-0000-0000-000000000000", "lease_id": "", "renewable": false,
        "lease_duration": 0, "data": data, "wrap_info": null, "warnings": null, "auth": null,
    });
    (StatusCode::OK, Json(answer))
}

/// `keys generate --wrap vault`.
fn generate(address: &str, token: &str) -> Binary {
    Binary::new("keys generate --id wrapped --wrap vault")
        .env("VAULT_ADDR", address)
        .env("VAULT_TOKEN", token)
        .env("RUST_LOG", "trace")
}

/// The entry that it prints.
async fn wrapped(address: &str, token: &str) -> String {
    let ended = generate(address, token).run().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let entry = ended.stdout.trim().to_owned();
    assert!(entry.starts_with("wrapped:vault:v1:"), "{entry}");
    entry
}

/// A server that is started with the entry: a user connects, and the next server reads the token.
async fn is_served(address: &str, token: &str, entry: &str) {
    let cluster = Cluster::over(Database::sqlite()).await;
    let server = || {
        cluster
            .binary("server")
            .env("ENCRYPTION_KEYS", entry)
            .env("VAULT_ADDR", address)
            .env("VAULT_TOKEN", token)
    };
    let first = Replica::start(server()).await;
    let ada = cluster.connected(&first, GrantScript::stable()).await;
    first.stop().await;
    let second = Replica::start(server()).await;
    ada.working_token(&second).await;
}

/// `keys check` with the entry, which needs the key and no server.
async fn check(address: &str, token: &str, entry: &str) -> Ended {
    let database = Database::sqlite();
    database.open(provider_connections::store::Now::Database).await.close().await;
    Binary::new("keys check")
        .env("DATABASE_URL", &database.url)
        .env("ENCRYPTION_KEYS", entry)
        .env("VAULT_ADDR", address)
        .env("VAULT_TOKEN", token)
        .env("KMS_TIMEOUT", "1s")
        .run()
        .await
}

#[track_caller]
fn refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_transit_wrapped_seals_and_opens() {
    let address = StandIn::default().start().await;
    let entry = wrapped(&address, TOKEN).await;
    is_served(&address, TOKEN, &entry).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_a_real_openbao_wrapped_seals_and_opens() {
    let Some((address, token)) = openbao() else { return };
    let entry = wrapped(&address, &token).await;
    is_served(&address, &token, &entry).await;
    refused(&check(&address, "s.wrong", &entry).await, &["refuses these credentials (403"]);
    let torn = &entry[..entry.len() - 6];
    refused(
        &check(&address, &token, torn).await,
        &["ENCRYPTION_KEYS: entry 1 is refused by Vault"],
    );
}

/// Where the real server is. Left out where there is none: the stand-in is always asked.
fn openbao() -> Option<(String, String)> {
    let of = |name| std::env::var(name).ok();
    let found = of("TEST_VAULT_ADDR").zip(of("TEST_VAULT_TOKEN"));
    if found.is_none() {
        println!("TEST_VAULT_ADDR is not set: run scripts/openbao run -- cargo nextest run …");
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_and_torn_entries_are_told_apart() {
    let address = StandIn::default().start().await;
    let entry = wrapped(&address, TOKEN).await;
    let denied = check(&address, "s.wrong", &entry).await;
    refused(
        &denied,
        &["entry 1 needs Vault, which refuses these credentials (403 permission denied)"],
    );
    let torn = check(&address, TOKEN, &entry[..entry.len() - 1]).await;
    refused(&torn, &["entry 1 is refused by Vault (400 invalid ciphertext"]);
    let missing = check("", TOKEN, &entry).await;
    refused(&missing, &["needs Vault, and VAULT_ADDR is not set"]);
    let missing = check(&address, "", &entry).await;
    refused(&missing, &["needs Vault, and VAULT_TOKEN is not set"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_away_for_a_moment_is_asked_again() {
    let stand_in = StandIn::default();
    let address = stand_in.start().await;
    let entry = wrapped(&address, TOKEN).await;
    stand_in.sealed_for.store(1, Ordering::SeqCst);
    let ended = check(&address, TOKEN, &entry).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("it is tried again"), "{ended:?}");
    stand_in.sealed_for.store(1_000_000, Ordering::SeqCst);
    let ended = check(&address, TOKEN, &entry).await;
    refused(&ended, &["entry 1 needs Vault, which does not answer (503 Vault is sealed)"]);
    let ended = check("http://127.0.0.1:9", TOKEN, &entry).await;
    refused(&ended, &["entry 1 needs Vault, which does not answer (", "refused"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_without_a_service_names_the_feature_that_brings_it() {
    let ended = check("", "", "one:awskms:AQICAHg=,two:gcpkms:CiQA").await;
    refused(&ended, &["entry 1 needs AWS KMS", "--features kms-aws"]);
    refused(&ended, &["entry 2 needs Google Cloud KMS", "--features kms-gcp"]);
    let ended = Binary::new("keys generate --wrap aws").run().await;
    refused(&ended, &["--features kms-aws"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_the_key_nor_the_token_is_shown_whatever_is_logged() {
    let address = StandIn::default().start().await;
    let ended = generate(&address, TOKEN).run().await;
    let ciphertext = ended.stdout.trim().rsplit_once(':').unwrap().1;
    let turned = String::from_utf8(BASE64_STANDARD.decode(ciphertext).unwrap()).unwrap();
    let key: String = turned.chars().rev().collect();
    assert_eq!(BASE64_STANDARD.decode(&key).unwrap().len(), 32);
    for secret in [TOKEN, &key] {
        assert!(!ended.stderr.contains(secret), "{ended:?}");
    }
    let denied = generate(&address, "s.another-secret-token").run().await;
    refused(&denied, &["the key wrapped was not wrapped: it needs Vault"]);
    assert!(!denied.stderr.contains("s.another-secret-token"), "{denied:?}");
}
