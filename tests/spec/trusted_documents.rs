//! `TRUSTED_DOCUMENTS`: users run what the operator has listed, by its id or its text, and nothing
//! else; services and introspection are as ever.

use std::{fmt::Write, path::PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use nhost_auth_simulator::Signing;
use provider_connections::config::{Introspection, TrustedDocuments};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::harness::{Answer, Binary, Database, SERVICE_SECRET, Socket, World, simulator};

const MINE: &str = "query Mine { providerConnections { id } }";
const CHANGED: &str = "subscription Changed { providerConnectionChanged { userId provider } }";
const DROP: &str = "mutation Drop { disconnectProvider(provider: google) { id } }";
const OTHER: &str = "query Other { providerConnections { provider } }";

fn sha256(text: &str) -> String {
    let mut hex = String::new();
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

/// As the compilers write it; each with ids for [`MINE`], [`CHANGED`] and [`DROP`].
fn manifests() -> Vec<(&'static str, Value, [String; 3])> {
    let hashes = [MINE, CHANGED, DROP].map(sha256);
    let short = ["mine", "changed", "drop"].map(str::to_owned);
    let object = |ids: &[String; 3]| json!({ ids[0].clone(): MINE, ids[1].clone(): CHANGED, ids[2].clone(): DROP });
    let operation = |id: &str, body: &str, name: &str, kind: &str| json!({ "id": id, "body": body, "name": name, "type": kind });
    let apollo = json!({
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [
            operation(&hashes[0], MINE, "Mine", "query"),
            operation(&hashes[1], CHANGED, "Changed", "subscription"),
            operation(&hashes[2], DROP, "Drop", "mutation"),
        ],
    });
    vec![
        ("Relay", object(&short), short),
        ("GraphQL Code Generator", object(&hashes), hashes.clone()),
        ("Apollo", apollo, hashes),
    ]
}

async fn world_with(manifest: &Value, introspection: Introspection) -> World {
    let trusted = TrustedDocuments::parse(&manifest.to_string()).unwrap();
    World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.trusted_documents = Some(trusted);
        config.introspection = introspection;
    })
    .await
}

async fn answered(request: RequestBuilder) -> Answer {
    Answer(request.send().await.unwrap().json().await.unwrap())
}

#[tokio::test]
async fn a_listed_document_runs_by_each_name_that_clients_have_for_its_id() {
    for (compiler, manifest, [mine, changed, drop]) in manifests() {
        let world = world_with(&manifest, Introspection::Public).await;
        let ada = world.user("ada@example.com");
        let post = |body: &Value| world.server.post().bearer_auth(&ada.jwt).json(body);
        for body in [
            json!({ "documentId": mine }),
            json!({ "documentId": format!("sha256:{mine}"), "variables": {} }),
            json!({ "doc_id": mine, "query": null }),
            json!({ "id": mine, "query": "", "operationName": "Mine" }),
            json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": sha256(MINE) } } }),
            // The manifest's text runs, whatever came beside its id.
            json!({ "id": mine, "query": OTHER }),
            json!({ "query": MINE }),
            json!({ "query": MINE, "id": "unknown" }),
        ] {
            let answer = answered(post(&body)).await;
            assert_eq!(
                answer.0,
                json!({ "data": { "providerConnections": [] } }),
                "{compiler}: {body}"
            );
        }
        let extensions = json!({ "persistedQuery": { "sha256Hash": sha256(MINE) } }).to_string();
        for parameters in
            [("documentId", &mine), ("doc_id", &mine), ("id", &mine), ("extensions", &extensions)]
        {
            let url = format!("{}/graphql", world.server.url);
            let url = url::Url::parse_with_params(&url, [parameters]).unwrap();
            let answer = answered(reqwest::Client::new().get(url).bearer_auth(&ada.jwt)).await;
            assert_eq!(answer.data("/providerConnections"), &json!([]), "{compiler}");
        }
        // By its id a mutation is one still.
        let url = format!("{}/graphql?documentId={drop}", world.server.url);
        let by_get = answered(reqwest::Client::new().get(url).bearer_auth(&ada.jwt)).await;
        assert_eq!(by_get.code(), "METHOD_NOT_ALLOWED");
        assert_eq!(answered(post(&json!({ "documentId": drop }))).await.code(), "NOT_CONNECTED");
        let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
        let payload = json!({ "documentId": changed });
        socket.send(&json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
        socket.gap().await;
    }
}

#[tokio::test]
async fn whatever_else_a_user_sends_does_not_run() {
    let (_, manifest, _) = manifests().remove(0);
    for introspection in [Introspection::Public, Introspection::Off] {
        let world = world_with(&manifest, introspection).await;
        let ada = world.user("ada@example.com");
        for accept in ["application/json", "application/graphql-response+json"] {
            for body in [
                json!({ "query": OTHER }),
                json!({ "query": format!("{MINE} ") }),
                json!({ "query": "{ providerConnections { id } __schema { queryType { name } } }" }),
                json!({ "query": "{ ...A } fragment A on Query { providerConnections { id } }" }),
                json!({ "query": "query A { __typename } query B { providerConnections { id } }", "operationName": "B" }),
                json!({ "query": OTHER, "documentId": "unknown" }),
                json!({ "documentId": "unknown" }),
                json!({ "extensions": { "persistedQuery": { "sha256Hash": sha256(OTHER) } } }),
            ] {
                for bearer in [ada.jwt.as_str(), "nobody's"] {
                    let request = world.server.post().bearer_auth(bearer).json(&body);
                    let answer = answered(request.header("accept", accept)).await;
                    assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND", "{body}");
                    assert!(answer.message().contains("TRUSTED_DOCUMENTS"), "{body}");
                    assert!(answer.0.get("data").is_none(), "{body}");
                }
            }
        }
        let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
        for payload in
            [json!({ "query": crate::harness::CHANGED }), json!({ "documentId": "unknown" })]
        {
            socket.send(&json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
            let error = socket.next().await;
            assert_eq!(error["payload"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
        }
    }
}

#[tokio::test]
async fn services_run_what_they_like_and_introspection_is_as_its_setting_says() {
    let (_, manifest, _) = manifests().remove(0);
    let schema = json!({ "query": "query Q { __schema { ...S } __typename } fragment S on __Schema { queryType { name } }" });
    let other = json!({ "query": OTHER });
    for (introspection, strangers, services) in [
        (Introspection::Public, true, true),
        (Introspection::Service, false, true),
        (Introspection::Off, false, false),
    ] {
        let world = world_with(&manifest, introspection).await;
        let ada = world.user("ada@example.com");
        let id = ada.id.to_string();
        let as_service = |body: &Value| {
            let request = world.server.post().header("x-service-secret", SERVICE_SECRET);
            request.header("x-hasura-role", "user").header("x-hasura-user-id", &id).json(body)
        };
        assert_eq!(answered(as_service(&other)).await.data("/providerConnections"), &json!([]));
        let asked = answered(as_service(&schema)).await;
        assert_eq!(asked.0.get("errors").is_none(), services, "{introspection:?}");
        let asked = answered(world.server.post().json(&schema)).await;
        assert_eq!(asked.0.get("errors").is_none(), strangers, "{introspection:?}");
    }
}

#[tokio::test]
async fn without_a_manifest_an_id_is_told_that_there_is_none() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    for name in ["documentId", "doc_id", "id"] {
        let request = world.server.post().bearer_auth(&ada.jwt).json(&json!({ name: "mine" }));
        let answer = answered(request).await;
        assert_eq!(answer.code(), "BAD_REQUEST");
        assert!(answer.message().contains("TRUSTED_DOCUMENTS"), "{}", answer.message());
    }
    let answer = answered(world.server.post().json(&json!({ "id": 1 }))).await;
    assert!(answer.message().contains("no string \"query\""), "{}", answer.message());
}

#[tokio::test]
async fn the_start_tells_all_that_is_wrong_with_a_manifest() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let folder = tempfile::tempdir().unwrap();
    let file = |content: &str| -> PathBuf {
        let path = folder.path().join("manifest.json");
        std::fs::write(&path, content).unwrap();
        path
    };
    let start = async |path: PathBuf| {
        let path = path.to_str().unwrap().to_owned();
        let server = Binary::serve(&simulator, &database.url).env("TRUSTED_DOCUMENTS", &path);
        server.run().await.stderr
    };
    let deep = format!("{{ {} }}", "a { ".repeat(40) + "b" + &" }".repeat(40));
    let documents =
        json!({ "good": MINE, "syntax": "{", "field": "{ nothing }", "none": 5, "deep": deep });
    let apollo = |operations: Value| {
        let format = "apollo-persisted-query-manifest";
        json!({ "format": format, "version": 1, "operations": operations }).to_string()
    };
    let one = json!({ "id": "a", "body": MINE });
    for (content, told) in [
        (
            json!({ "syntax": "{", "field": "{ nothing }", "deep": deep }).to_string(),
            &[
                "\"syntax\" can't be run",
                "\"field\" can't be run: Cannot query field",
                "\"deep\" can't be run",
            ][..],
        ),
        (documents.to_string(), &["\"none\" is not a string"]),
        ("{}".to_owned(), &["has no documents"]),
        ("[]".to_owned(), &["not a manifest"]),
        ("nonsense".to_owned(), &["not a manifest"]),
        (apollo(json!([one, one])), &["\"a\" twice"]),
        (
            apollo(json!([{ "id": "a" }, { "body": MINE }])),
            &["operation 1 lacks", "operation 2 lacks"],
        ),
        (apollo(Value::Null), &["no list of \"operations\""]),
        (
            json!({ "format": "other", "version": 2, "operations": [] }).to_string(),
            &["\"format\" is not", "\"version\" is not"],
        ),
    ] {
        let stderr = start(file(&content)).await;
        for told in told {
            let line =
                format!("TRUSTED_DOCUMENTS ({}): ", folder.path().join("manifest.json").display());
            assert!(
                stderr.lines().any(|of| of.contains(&line) && of.contains(told)),
                "{told}: {stderr}"
            );
        }
    }
    assert!(start(folder.path().join("missing")).await.contains("can't be read"));
}
