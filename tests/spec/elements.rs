//! The custom element comes from the server that it talks to: cached for as long as it is good,
//! pinned by its hash, loadable by pages of any origin. Answers with tokens stay out of caches.

use std::io::Read;

use aws_lc_rs::digest::{SHA384, digest};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use flate2::read::GzDecoder;
use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::config::CorsOrigins;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::harness::{Database, World};

const SCRIPT: &str = "/elements/provider-connections.js";
const MANIFEST: &str = "/elements/provider-connections.json";
/// What the npm package ships.
const FILE: &[u8] = include_bytes!("../../packages/element/dist/provider-connections.js");

async fn send(world: &World, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", world.server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Response {
    send(world, Method::GET, path, headers).await
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn manifest(world: &World) -> Value {
    get(world, MANIFEST, &[]).await.json().await.unwrap()
}

#[tokio::test]
async fn it_is_what_the_npm_package_ships_and_any_page_may_load_it() {
    // Its pages are not those that may call GraphQL.
    let only_ours = |config: &mut provider_connections::config::Config| {
        config.cors = CorsOrigins::These(vec!["https://app.example.com".parse().unwrap()]);
    };
    let world = World::on_with(Database::sqlite(), Signing::hs256(), only_ours).await;
    let hashed = manifest(&world).await["url"].as_str().unwrap().to_owned();
    for path in [SCRIPT, &hashed] {
        let response = get(&world, path, &[("origin", "https://other.example.com")]).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
        assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
        assert_eq!(response.bytes().await.unwrap(), FILE, "{path}");
    }
}

#[tokio::test]
async fn a_providers_mark_lies_beside_the_script_and_is_asked_for_again() {
    let world = World::on(Database::sqlite()).await;
    let mark = "/elements/marks/github.svg";
    let response = get(&world, mark, &[("origin", "https://other.example.com")]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "image/svg+xml");
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert_eq!(header(&response, "access-control-allow-origin"), "*");
    assert_eq!(header(&response, "cache-control"), "no-cache");
    let etag = header(&response, "etag").to_owned();
    let shipped = include_bytes!("../../packages/element/dist/marks/github.svg");
    assert_eq!(response.bytes().await.unwrap(), shipped[..]);
    assert_eq!(get(&world, mark, &[("if-none-match", &etag)]).await.status(), 304);
    for none in ["/elements/marks/linkedin.svg", "/elements/marks/..%2Fprovider-connections.js"] {
        assert_eq!(get(&world, none, &[]).await.status(), 404, "{none}");
    }
}

#[tokio::test]
async fn the_manifest_names_version_address_and_integrity() {
    let world = World::on(Database::sqlite()).await;
    let manifest = manifest(&world).await;
    let integrity = BASE64_STANDARD.encode(digest(&SHA384, FILE));
    assert_eq!(manifest["integrity"], format!("sha384-{integrity}"));
    let package = include_str!("../../packages/element/package.json");
    let package: Value = serde_json::from_str(package).unwrap();
    assert!(package["version"].is_string());
    assert_eq!(manifest["version"], package["version"]);
    let name = manifest["url"].as_str().unwrap().strip_prefix("/elements/provider-connections-");
    let hash = name.and_then(|name| name.strip_suffix(".js")).unwrap();
    assert!(hash.len() >= 16 && BASE64_URL_SAFE_NO_PAD.decode(hash).is_ok(), "{hash}");
}

#[tokio::test]
async fn the_address_with_the_hash_is_good_for_a_year_and_the_others_are_asked_for_again() {
    let world = World::on(Database::sqlite()).await;
    let hashed = manifest(&world).await["url"].as_str().unwrap().to_owned();
    let response = get(&world, &hashed, &[]).await;
    assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
    for path in [SCRIPT, MANIFEST] {
        assert_eq!(header(&get(&world, path, &[]).await, "cache-control"), "no-cache", "{path}");
    }
}

#[tokio::test]
async fn who_has_it_already_is_told_so() {
    let world = World::on(Database::sqlite()).await;
    for path in [SCRIPT, MANIFEST] {
        let first = get(&world, path, &[]).await;
        let etag = header(&first, "etag").to_owned();
        let strong = etag.trim_start_matches("W/").to_owned();
        for known in [etag.as_str(), &strong, "*", &format!("\"another\", {etag}")] {
            let again = get(&world, path, &[("if-none-match", known)]).await;
            assert_eq!(again.status(), 304, "{path}: {known}");
            for name in ["etag", "cache-control", "vary", "access-control-allow-origin"] {
                assert_eq!(header(&again, name), header(&first, name), "{path}: {name}");
            }
            assert!(again.bytes().await.unwrap().is_empty());
        }
        let other = get(&world, path, &[("if-none-match", "\"another\"")]).await;
        assert_eq!(other.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn it_is_compressed_for_whom_that_is_something() {
    let world = World::on(Database::sqlite()).await;
    for accept in ["gzip", "br, gzip;q=0.5", "deflate,  GZIP", "*"] {
        let response = get(&world, SCRIPT, &[("accept-encoding", accept)]).await;
        assert_eq!(header(&response, "content-encoding"), "gzip", "{accept}");
        assert_eq!(header(&response, "vary"), "accept-encoding");
        let packed = response.bytes().await.unwrap();
        let mut plain = Vec::new();
        GzDecoder::new(packed.as_ref()).read_to_end(&mut plain).unwrap();
        assert!(plain == FILE, "{accept}");
        assert!(packed.len() < 24_000, "{} bytes", packed.len());
    }
    for accept in ["", "br", "gzip;q=0", "gzip; q=0.0, *", "identity, *;q=0"] {
        let response = get(&world, SCRIPT, &[("accept-encoding", accept)]).await;
        assert_eq!(header(&response, "content-encoding"), "", "{accept}");
        assert_eq!(header(&response, "vary"), "accept-encoding");
        assert_eq!(response.bytes().await.unwrap(), FILE, "{accept}");
    }
}

#[tokio::test]
async fn head_answers_what_get_would_without_the_script() {
    let world = World::on(Database::sqlite()).await;
    for path in [SCRIPT, MANIFEST] {
        let get = get(&world, path, &[]).await;
        let head = send(&world, Method::HEAD, path, &[]).await;
        assert_eq!(head.status(), 200);
        for name in ["content-type", "content-length", "etag", "cache-control", "vary"] {
            assert_ne!(header(&head, name), "", "{path}: {name}");
            assert_eq!(header(&head, name), header(&get, name), "{path}: {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn another_versions_hash_is_not_found_in_json_and_no_cache_remembers_that() {
    let world = World::on(Database::sqlite()).await;
    for path in ["/elements/provider-connections-0123456789abcdef.js", "/elements/more.js"] {
        let response = get(&world, path, &[]).await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "cache-control")),
            (404, "no-store")
        );
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_FOUND");
        let message = body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(MANIFEST), "{message}");
    }
}

#[tokio::test]
async fn answers_with_tokens_stay_out_of_caches() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let query = "{ providerConnections { accessToken } }";
    let answer = world.server.post().bearer_auth(&ada.jwt).json(&json!({ "query": query }));
    let answer = answer.send().await.unwrap();
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert!(answer.text().await.unwrap().contains("sim-at-google-"));
    for path in ["/graphql?query=%7B__typename%7D", "/healthz", "/readyz", "/nowhere"] {
        assert_eq!(header(&get(&world, path, &[]).await, "cache-control"), "no-store", "{path}");
    }
}
