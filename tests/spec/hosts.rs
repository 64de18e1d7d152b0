//! A page whose name is led to this server's address (DNS rebinding) reads none of its pages.

use nhost_auth_simulator::Signing;
use serde_json::Value;

use crate::harness::{Binary, Database, World};

async fn status(url: &str, host: &str) -> (u16, Value) {
    let answer = reqwest::Client::new().get(url).header("host", host).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn the_demo_answers_to_its_own_names_at_every_path() {
    let listen = "demo --listen 127.0.0.1:0 --simulator-listen 127.0.0.1:0";
    let mut process = Binary::new(listen).env("ALLOWED_HOSTS", "tool.example.com").start();
    let printed = process.printed("nothing is left behind").await;
    let server = printed.split_once("is at  ").unwrap().1.split_once("graphql").unwrap().0;
    for path in ["", "graphiql", "graphql?query={__typename}", "demo/main.js", "healthz", "nowhere"]
    {
        let url = format!("{server}{path}");
        for host in ["localhost", "localhost:4000", "127.0.0.1:1", "[::1]:4000", "tool.example.com"]
        {
            assert_ne!(status(&url, host).await.0, 421, "{path} {host}");
        }
        for host in ["evil.example", "localhost.evil.example:4000", "127.0.0.1.nip.io"] {
            let (status, body) = status(&url, host).await;
            assert_eq!(status, 421, "{path} {host}");
            assert_eq!(body["errors"][0]["extensions"]["code"], "MISDIRECTED_REQUEST");
            assert!(body["errors"][0]["message"].as_str().unwrap().contains("ALLOWED_HOSTS"));
        }
    }
}

#[tokio::test]
async fn graphiql_answers_to_its_own_names_where_they_are_known() {
    for (listen, names, evil) in [
        ("127.0.0.1:0", &[][..], 421),
        ("127.0.0.1:0", &["tool.example.com"], 421),
        ("0.0.0.0:0", &["tool.example.com"], 421),
        // A proxy gives it a name that nobody has told it; the page has nothing of a caller's.
        ("0.0.0.0:0", &[], 200),
    ] {
        let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
            config.graphiql = true;
            config.listen = listen.parse().unwrap();
            config.allowed_hosts = names.iter().map(|name| (*name).to_owned()).collect();
        })
        .await;
        let url = |path: &str| format!("{}{path}", world.server.url);
        let page = async |host: &str| status(&url("/graphiql"), host).await.0;
        assert_eq!(page("evil.example").await, evil, "{listen} {names:?}");
        for name in names {
            assert_eq!(page(name).await, 200);
        }
        assert_eq!((page("localhost:4000").await, page("127.0.0.1").await), (200, 200));
        // Whoever calls the API has to bring a JWT: it answers to any name.
        let asked = status(&url("/graphql?query={__typename}"), "evil.example").await;
        assert_eq!((asked.0, &asked.1["data"]["__typename"]), (200, &"Query".into()));
    }
}
