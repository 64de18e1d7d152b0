//! A JWT that comes in a cookie: browsers send it along, and no foreign page can use it.

use nhost_auth_simulator::{GrantScript, Provider, Signing, Simulator};
use provider_connections::{
    auth::JwtSecret,
    config::{Config, CorsOrigins},
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::harness::{Database, World};

const PAGE: &str = "https://app.example.com";
const GUARD: (&str, &str) = ("x-requested-with", "XMLHttpRequest");

/// The app keeps its JWTs in the cookie `session`, and its pages are of the origin [`PAGE`].
async fn world() -> World {
    let in_cookie = |config: &mut Config, simulator: &Simulator| {
        let mut secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
        secret["header"] = json!({"type": "Cookie", "name": "session"});
        config.jwt_secrets = JwtSecret::parse(&secret.to_string()).unwrap().into();
        config.cors = CorsOrigins::These(vec![PAGE.parse().unwrap()]);
    };
    World::on_with_simulator(Database::sqlite(), Signing::hs256(), in_cookie).await
}

async fn send(world: &World, headers: &[(&str, &str)], query: &str) -> Response {
    let mut request = world.server.post().json(&json!({ "query": query }));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_user_connects_with_it_and_nhost_auth_is_called_with_its_jwt() {
    let world = world().await;
    let ada = world.user("ada@example.com");
    ada.sign_in(Provider::Google, GrantScript::stable());
    let cookie = format!("theme=dark; session={}", ada.jwt);
    let headers = [("cookie", cookie.as_str()), GUARD, ("origin", PAGE)];
    let response =
        send(&world, &headers, "mutation { connectProvider(provider: google) { userId } }").await;
    // Else the page's script could not read it.
    assert_eq!(response.headers()["access-control-allow-origin"], PAGE);
    assert_eq!(response.headers()["access-control-allow-credentials"], "true");
    assert!(response.headers().get("set-cookie").is_none());
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["data"]["connectProvider"]["userId"], ada.id.to_string());
}

#[tokio::test]
async fn a_foreign_page_that_makes_the_browser_send_it_gets_nothing_done() {
    let world = world().await;
    let ada = world.user("ada@example.com");
    ada.sign_in(Provider::Google, GrantScript::stable());
    let cookie = format!("session={}", ada.jwt);
    let connect = "mutation { connectProvider(provider: google) { id } }";
    send(&world, &[("cookie", &cookie), GUARD], connect).await;
    let headers = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    let disconnect = "mutation { disconnectProvider(provider: google) { id } }";
    let answer: Value = send(&world, &headers, disconnect).await.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(answer["errors"][0]["extensions"]["reason"], "cross-site");
    assert!(world.row(ada.id, Provider::Google).await.is_some());
    // And may not ask whether it may send the header that would do.
    let preflight = reqwest::Client::new()
        .request(Method::OPTIONS, format!("{}/graphql", world.server.url))
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type, x-requested-with")
        .send()
        .await
        .unwrap();
    assert!(preflight.headers().get("access-control-allow-origin").is_none());
}
