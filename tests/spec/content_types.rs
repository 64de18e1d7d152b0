//! A `POST` is taken as JSON whatever it is declared as, unless a page of another origin could have
//! made the browser send it; and what `HEAD` and `OPTIONS` are answered.

use nhost_auth_simulator::{GrantScript, Provider, Signing, Simulator};
use provider_connections::{
    auth::JwtSecret,
    config::{Config, CorsOrigins},
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, SERVICE_SECRET, World};

const PAGE: &str = "https://app.example.com";
const FOREIGN: &str = "https://evil.example";
const QUERY: &str = r#"{"query":"{ __typename }"}"#;
/// What a form, or `fetch` in the mode no-cors, can declare; and nothing.
const SIMPLE: [&str; 5] = [
    "",
    "text/plain",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
];

async fn world() -> World {
    let allow = |config: &mut Config| {
        config.cors = CorsOrigins::These(vec![PAGE.parse().unwrap()]);
    };
    World::on_with(Database::sqlite(), Signing::hs256(), allow).await
}

async fn post(world: &World, content_type: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let mut request = world.server.post().body(body.to_owned());
    if !content_type.is_empty() {
        request = request.header("content-type", content_type);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn json_declared_as_json_in_any_way_is_taken_from_everybody() {
    let world = world().await;
    for content_type in [
        "application/json",
        "APPLICATION/JSON",
        "application/graphql+json",
        "application/graphql-response+json; charset=utf-8",
        "application/vnd.api+json",
    ] {
        assert_eq!(post(&world, content_type, &[], QUERY).await.status(), 200, "{content_type}");
    }
}

#[tokio::test]
async fn json_declared_otherwise_is_taken_beside_what_no_foreign_page_can_send() {
    let world = world().await;
    let ada = world.user("ada@example.com");
    let own = world.server.url.clone();
    let bearer = format!("Bearer {}", ada.jwt);
    for content_type in
        SIMPLE.into_iter().chain(["application/graphql", "application/octet-stream"])
    {
        for header in [
            ("authorization", bearer.as_str()),
            ("authorization", "Bearer of-a-session-that-has-expired"),
            ("x-service-secret", SERVICE_SECRET),
            ("x-requested-with", "XMLHttpRequest"),
            ("x-hasura-role", "me"),
            ("apollo-require-preflight", "true"),
            ("graphql-require-preflight", "1"),
            ("x-apollo-operation-name", "Mine"),
            ("origin", PAGE),
            ("origin", &own),
        ] {
            let response = post(&world, content_type, &[header], QUERY).await;
            assert_eq!(response.status(), 200, "{content_type:?} {header:?}");
        }
    }
}

#[tokio::test]
async fn what_a_foreign_page_can_send_is_refused_unread() {
    let world = world().await;
    for content_type in SIMPLE {
        for headers in [
            &[][..],
            &[("origin", FOREIGN)],
            &[("origin", "null")],
            &[("origin", FOREIGN), ("accept", "text/plain"), ("accept-language", "authorization")],
            // Proxies add these to everybody's requests.
            &[("origin", FOREIGN), ("x-forwarded-for", "::1"), ("x-request-id", "a")],
        ] {
            let response = post(&world, content_type, headers, QUERY).await;
            assert_eq!(response.status(), 415, "{content_type:?} {headers:?}");
            let answer = Answer(response.json().await.unwrap());
            assert_eq!(answer.code(), "UNSUPPORTED_MEDIA_TYPE");
        }
    }
}

#[tokio::test]
async fn a_cookie_is_no_such_proof_and_changes_nothing_by_post_or_get() {
    let in_cookie = |config: &mut Config, simulator: &Simulator| {
        let mut secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
        secret["header"] = json!({ "type": "Cookie", "name": "session" });
        config.jwt_secrets = JwtSecret::parse(&secret.to_string()).unwrap().into();
        config.cors = CorsOrigins::These(vec![PAGE.parse().unwrap()]);
    };
    let world = World::on_with_simulator(Database::sqlite(), Signing::hs256(), in_cookie).await;
    let ada = world.user("ada@example.com");
    ada.sign_in(Provider::Google, GrantScript::stable());
    let cookie = format!("session={}", ada.jwt);
    let connect =
        json!({ "query": "mutation { connectProvider(provider: google) { id } }" }).to_string();
    for content_type in SIMPLE {
        let headers = [("cookie", cookie.as_str()), ("origin", FOREIGN)];
        assert_eq!(post(&world, content_type, &headers, &connect).await.status(), 415);
        // A page of the app itself has to send the header that cookies demand, as ever.
        let headers = [("cookie", cookie.as_str()), ("origin", PAGE)];
        let response = post(&world, content_type, &headers, &connect).await;
        let answer = Answer(response.json().await.unwrap());
        assert_eq!(answer.extension("reason"), "cross-site", "{content_type:?}");
    }
    assert_eq!(world.row(ada.id, Provider::Google).await, None);
    let path = "/graphql?query={providerConnections{accessToken}}";
    let response = world.server.get(path).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(Answer(response.json().await.unwrap()).extension("reason"), "cross-site");
    let guard = ("x-requested-with", "XMLHttpRequest");
    let headers = [("cookie", cookie.as_str()), guard];
    let response = post(&world, "text/plain", &headers, &connect).await;
    assert!(Answer(response.json().await.unwrap()).data("/connectProvider/id").is_string());
}

#[tokio::test]
async fn head_is_answered_as_get_without_its_body() {
    let world = world().await;
    let path = "/graphql?query={__typename}";
    let get = world.server.get(path).send().await.unwrap();
    let url = format!("{}{path}", world.server.url);
    let head = reqwest::Client::new().head(url).send().await.unwrap();
    assert_eq!(head.status(), 200);
    for name in ["content-type", "content-length", "cache-control"] {
        assert_eq!(head.headers()[name], get.headers()[name], "{name}");
    }
    assert_eq!(head.text().await.unwrap(), "");
    assert!(get.text().await.unwrap().contains("Query"));
}

#[tokio::test]
async fn options_that_is_no_preflight_says_which_methods_there_are() {
    let world = world().await;
    let options = async |path: &str, headers: &[(&str, &str)]| {
        let url = format!("{}{path}", world.server.url);
        let mut request = reqwest::Client::new().request(Method::OPTIONS, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    for headers in [&[][..], &[("origin", PAGE)], &[("origin", FOREIGN)]] {
        for path in ["/graphql", "/graphql/"] {
            let response = options(path, headers).await;
            assert_eq!(response.status(), 204, "{headers:?}");
            assert_eq!(response.headers()["allow"], "GET, HEAD, POST, OPTIONS");
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert!(response.headers().get("access-control-allow-methods").is_none());
        }
    }
    let response = options("/healthz", &[]).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["allow"]),
        (405, &"GET,HEAD".parse().unwrap())
    );
    assert_eq!(options("/nowhere", &[]).await.status(), 404);
    // A preflight is one, as ever.
    let asks = ("access-control-request-method", "POST");
    let response = options("/graphql", &[("origin", PAGE), asks]).await;
    assert_eq!(response.headers()["access-control-allow-origin"], PAGE);
}
