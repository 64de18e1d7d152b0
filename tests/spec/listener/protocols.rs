//! HTTP/1.1 with all that clients do with it, and HTTP/2 without TLS.

use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use url::Url;

use super::raw::{Raw, request};
use crate::harness::{Database, World, on_both_databases};

on_both_databases! {
    async fn http2_by_prior_knowledge_is_answered(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let address = Url::parse(&world.server.url).unwrap().socket_addrs(|| None).unwrap()[0];
        let socket = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let executor = TokioExecutor::new();
        let (client, connection) =
            hyper::client::conn::http2::handshake(executor, socket).await.unwrap();
        tokio::spawn(connection);
        let ask = || async {
            let body = json!({ "query": "{ providerConnections { accessToken } }" }).to_string();
            let request = http::Request::post(format!("{}/graphql", world.server.url))
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {}", ada.jwt))
                .body(Full::new(axum::body::Bytes::from(body)))
                .unwrap();
            let answer = client.clone().send_request(request).await.unwrap();
            assert_eq!((answer.status(), answer.version()), (http::StatusCode::OK, http::Version::HTTP_2));
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            serde_json::from_slice::<Value>(&body).unwrap()
        };
        let answers = futures_util::future::join_all((0..20).map(|_| ask())).await;
        for answer in answers {
            assert!(answer["data"]["providerConnections"][0]["accessToken"].is_string(), "{answer}");
        }
    }
}

#[tokio::test]
async fn requests_that_are_sent_without_waiting_are_answered_in_their_order() {
    let world = World::on(Database::sqlite()).await;
    let all: String = (0..20).map(|n| request("", &format!("{{ a{n}: __typename }}"))).collect();
    let mut raw = Raw::saying(&world.server.url, &all).await;
    for n in 0..20 {
        let (status, body) = raw.answer().await;
        assert_eq!((status, body), (200, format!("{{\"data\":{{\"a{n}\":\"Query\"}}}}")));
    }
}

#[tokio::test]
async fn a_request_without_a_host_or_with_two_is_refused() {
    let world = World::on(Database::sqlite()).await;
    for (hosts, expected) in [
        ("", 400),
        ("Host: a\r\nHost: b\r\n", 400),
        ("Host: a\r\nHost: a\r\n", 400),
        ("Host: a\r\n", 200),
    ] {
        let get = format!("GET /healthz HTTP/1.1\r\n{hosts}\r\n");
        assert_eq!(
            Raw::saying(&world.server.url, &get).await.answer().await.0,
            expected,
            "{hosts}"
        );
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let world = World::on(Database::sqlite()).await;
    let long = format!("X-Long: {}\r\n", "x".repeat(200 * 1024));
    let many = "X-Many: x\r\n".repeat(200);
    for headers in [long, many] {
        let mut raw = Raw::connect(&world.server.url).await;
        raw.say_while_taken(&request(&headers, "{ __typename }")).await;
        let answer = String::from_utf8(raw.closed().await).unwrap();
        // The rest of what was sent may have reset the connection.
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}
