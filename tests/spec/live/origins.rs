//! Browsers open sockets for every page, and send cookies along: it is for the server to refuse.

use nhost_auth_simulator::{GrantScript, Provider, Signing, Simulator};
use provider_connections::{
    auth::JwtSecret,
    config::{Config, CorsOrigins},
};
use serde_json::{Value, json};

use crate::harness::{CHANGED, Database, Socket, World};

const PAGE: &str = "https://app.example.com";
const FOREIGN: &str = "https://evil.example";

fn allow_page(config: &mut Config) {
    config.cors = CorsOrigins::These(vec![PAGE.parse().unwrap()]);
}

async fn with_cookies() -> World {
    let in_cookie = |config: &mut Config, simulator: &Simulator| {
        let mut secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
        secret["header"] = json!({"type": "Cookie", "name": "session"});
        config.jwt_secrets = JwtSecret::parse(&secret.to_string()).unwrap().into();
        allow_page(config);
    };
    World::on_with_simulator(Database::sqlite(), Signing::hs256(), in_cookie).await
}

fn own_origin(world: &World) -> String {
    world.server.url.clone()
}

#[tokio::test]
async fn pages_of_origins_that_may_not_call_may_not_connect() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), allow_page).await;
    let own = own_origin(&world);
    for origin in [PAGE, own.as_str()] {
        Socket::connect(&world.server.url, &[("origin", origin)]).await.expect(origin);
    }
    let lookalike = format!("{own}.evil.example");
    for origin in [FOREIGN, "null", "https://app.example.com.evil.example", &lookalike] {
        let refused = Socket::connect(&world.server.url, &[("origin", origin)]).await;
        assert_eq!(refused.err(), Some(403), "{origin}");
    }
}

#[tokio::test]
async fn a_cookie_counts_on_a_socket_of_the_apps_own_page() {
    let world = with_cookies().await;
    let ada = world.user("ada@example.com");
    let cookie = format!("session={}", ada.jwt);
    let own = own_origin(&world);
    for origin in [PAGE, own.as_str()] {
        let headers = [("origin", origin), ("cookie", cookie.as_str())];
        let mut socket = Socket::connect(&world.server.url, &headers).await.unwrap();
        socket.send(&json!({ "type": "connection_init" })).await;
        assert_eq!(socket.next().await["type"], "connection_ack", "{origin}");
        socket.subscribe("1", CHANGED).await;
        socket.gap().await;
    }
    let headers = [("origin", FOREIGN), ("cookie", cookie.as_str())];
    assert_eq!(Socket::connect(&world.server.url, &headers).await.err(), Some(403));
}

#[tokio::test]
async fn a_page_that_may_call_is_told_of_changes() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), allow_page).await;
    let ada = world.user("ada@example.com");
    let mut socket = Socket::connect(&world.server.url, &[("origin", PAGE)]).await.unwrap();
    socket.init(json!({ "authorization": format!("Bearer {}", ada.jwt) })).await;
    socket.subscribe("1", CHANGED).await;
    socket.gap().await;
    ada.connected(Provider::Google, GrantScript::stable()).await;
    assert_eq!(socket.event().await["provider"], "google");
}
