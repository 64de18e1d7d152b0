//! Pages, and where they come from.

use nhost_auth_simulator::Signing;
use reqwest::Method;

use super::Case;
use crate::harness::{Binary, Database, Socket, World, simulator};

pub async fn ws_host_without_port(case: &Case) {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |_| {}).await;
    let origin = case.input("/headers/Origin").as_str().unwrap();
    let host = case.input("/headers/Host").as_str().unwrap();
    let with = async |more: &[(&str, &str)]| {
        let headers = [&[("origin", origin), ("host", host)], more].concat();
        Socket::connect(&world.server.url, &headers).await.err()
    };
    // Another port is another origin, whose pages are not this server's. A proxy says so.
    assert_eq!(with(&[]).await, Some(403));
    assert_eq!(with(&[("x-forwarded-host", "connections.example.com:8080")]).await, None);
    assert_eq!(with(&[("x-forwarded-port", "8080")]).await, None);
    assert_eq!(with(&[("x-forwarded-port", "8081")]).await, Some(403));
    assert!(include_str!("../../../docs/proxies.md").contains("proxy_set_header Host $http_host;"));

    let (simulator, database) = (simulator().await, Database::sqlite());
    let mut process = Binary::serve(&simulator, &database.url).start();
    let url = process.url().await;
    let headers = [("origin", origin), ("host", host)];
    assert_eq!(Socket::connect(&url, &headers).await.err(), Some(403));
    process.logged_line(&["WARN", origin, host, "CORS_ALLOWED_ORIGINS", "$http_host"]).await;
    assert_eq!(Socket::connect(&url, &headers).await.err(), Some(403));
    let ended = process.stop().await;
    assert_eq!(ended.stderr.matches("refused a WebSocket").count(), 1, "{}", ended.stderr);
}

pub async fn cors_capacitor(case: &Case) {
    let origin = case.input("/env/CORS_ALLOWED_ORIGINS").as_str().unwrap();
    let (simulator, database) = (simulator().await, Database::sqlite());
    let server = Binary::serve(&simulator, &database.url).env("CORS_ALLOWED_ORIGINS", origin);
    let mut process = server.start();
    let url = process.url().await;
    for (from, allowed) in
        [(origin, Some(origin)), ("ionic://localhost", None), ("http://localhost", None)]
    {
        let preflight = reqwest::Client::new()
            .request(Method::OPTIONS, format!("{url}/graphql"))
            .header("origin", from)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let response = preflight.send().await.unwrap();
        let answer = response.headers().get("access-control-allow-origin");
        assert_eq!(answer.map(|value| value.to_str().unwrap()), allowed, "{from}");
        let socket = Socket::connect(&url, &[("origin", from)]).await;
        assert_eq!(socket.is_ok(), allowed.is_some(), "{from}");
    }
    process.stop().await;
}
