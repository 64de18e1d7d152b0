//! Queries by `GET`, with everything in the URL: answered as by `POST`, changing nothing, and in no
//! log.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::{Value, json};

use crate::harness::{Answer, Binary, Database, World, on_both_databases, simulator};

/// A URL's parameters, in this order.
type Parameters<'a> = &'a [(&'a str, &'a str)];

/// The address of a `GET` with these parameters, URL-encoded.
fn url(server: &str, parameters: Parameters) -> url::Url {
    url::Url::parse_with_params(&format!("{server}/graphql"), parameters).unwrap()
}

async fn get(world: &World, jwt: &str, parameters: Parameters<'_>) -> reqwest::Response {
    let url = url(&world.server.url, parameters);
    reqwest::Client::new().get(url).bearer_auth(jwt).send().await.unwrap()
}

on_both_databases! {
    async fn a_query_by_get_is_answered_as_by_post(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let token = ada.access_token(Provider::Google).await;
        let of = "query Of($p: OAuthProvider!) { providerConnection(provider: $p) { accessToken } }";
        let two = "query A { a: __typename } query B { b: __typename }";
        let google = json!({ "providerConnection": { "accessToken": token } });
        let cases: &[(Parameters, Value)] = &[
            (&[("query", of), ("variables", r#"{"p":"google"}"#)], google.clone()),
            (&[("variables", r#"{"p":"google"}"#), ("operationName", "Of"), ("query", of)], google),
            (&[("query", two), ("operationName", "B")], json!({ "b": "Query" })),
            (&[("query", "{ __typename }"), ("operationName", ""), ("variables", ""), ("extensions", "")], json!({ "__typename": "Query" })),
            (&[("query", "{ __typename }"), ("variables", "null"), ("extensions", r#"{"a":1}"#), ("more", "1")], json!({ "__typename": "Query" })),
            (&[("query", "query null { __typename }"), ("operationName", "null")], json!({ "__typename": "Query" })),
            // A mutation that is not the operation that is asked for.
            (&[("query", "query A { __typename } mutation B { __typename }"), ("operationName", "A")], json!({ "__typename": "Query" })),
        ];
        for (parameters, data) in cases {
            let answer = Answer(get(&world, &ada.jwt, parameters).await.json().await.unwrap());
            assert_eq!(answer.data(""), data, "{parameters:?}");
        }
    }

    async fn errors_media_types_and_limits_are_those_of_post(world: World) {
        let ada = world.user("ada@example.com");
        let large = format!("{{ {} }}", "__typename ".repeat(3_000));
        for query in ["{", "{ nonsense }", "{ providerConnection(provider: google) { accessToken(minValidFor: -1) } }", "mutation {", "subscription { id }", "query B { __typename } mutation A { __typename }", &large] {
            for accept in ["application/json", "application/graphql-response+json"] {
                let by_post = world.server.post().json(&json!({ "query": query }));
                let by_get = reqwest::Client::new().get(url(&world.server.url, &[("query", query)]));
                let mut answers = Vec::new();
                for request in [by_post, by_get] {
                    let response = request.bearer_auth(&ada.jwt).header("accept", accept).send().await.unwrap();
                    let content_type = response.headers()["content-type"].clone();
                    let status = response.status();
                    answers.push((status, content_type, response.json::<Value>().await.unwrap()));
                }
                assert_eq!(answers[0], answers[1], "{query:.80}");
            }
        }
        let stranger = reqwest::Client::new().get(url(&world.server.url, &[("query", "{ providerConnections { id } }")]));
        let answer = Answer(stranger.send().await.unwrap().json().await.unwrap());
        assert_eq!((answer.code(), answer.extension("reason")), ("UNAUTHENTICATED", &json!("jwt-missing")));
    }

    async fn nothing_changes_by_get(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        ada.sign_in(Provider::Spotify, GrantScript::stable());
        let before = world.row(ada.id, Provider::Google).await;
        let disconnect = "disconnectProvider(provider: google) { id }";
        let attempts: &[(String, &str)] = &[
            (format!("mutation {{ {disconnect} }}"), ""),
            (format!("mutation A {{ {disconnect} }}"), ""),
            (format!("mutation A {{ {disconnect} }}"), "A"),
            (format!("query B {{ __typename }} mutation A {{ {disconnect} }}"), "A"),
            (format!("mutation {{ ...F }} fragment F on Mutation {{ {disconnect} }}"), ""),
            ("mutation { connectProvider(provider: spotify) { id } }".to_owned(), ""),
            ("mutation { refreshProviderToken(provider: google) { id } }".to_owned(), ""),
        ];
        let calls = world.simulator.calls(Endpoint::ProviderTokens);
        for (query, name) in attempts {
            let response = get(&world, &ada.jwt, &[("query", query), ("operationName", name)]).await;
            assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse().unwrap()), "{query}");
            let answer = Answer(response.json().await.unwrap());
            assert_eq!(answer.code(), "METHOD_NOT_ALLOWED", "{query}");
            assert!(answer.0.get("data").is_none(), "{query}");
        }
        assert_eq!(world.simulator.calls(Endpoint::ProviderTokens), calls);
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        assert_eq!(world.row(ada.id, Provider::Google).await, before);
        assert_eq!(world.row(ada.id, Provider::Spotify).await, None);
    }
}

#[tokio::test]
async fn what_is_in_a_url_is_in_no_log() {
    const NEEDLE: &str = "needle-in-the-url";
    let simulator = simulator().await;
    let database = Database::sqlite();
    let mut process = Binary::serve(&simulator, &database.url).env("RUST_LOG", "trace").start();
    let server = process.url().await;
    let ada = simulator.add_user("ada@example.com");
    database.execute("ALTER TABLE provider_connection RENAME TO gone").await;
    let comment = format!("{{ providerConnections {{ id }} }} # {NEEDLE}");
    let mutation = format!("mutation {{ a: __typename }} # {NEEDLE}");
    let variables = format!("{{\"a\":\"{NEEDLE}\"}}");
    let cases: &[(Parameters, &str)] = &[
        (&[("query", &comment)], "INTERNAL"),
        (&[("query", &mutation)], "METHOD_NOT_ALLOWED"),
        (&[("query", &comment), ("variables", NEEDLE)], "BAD_REQUEST"),
        (&[("query", &comment), ("variables", &variables)], "INTERNAL"),
        (&[(NEEDLE, &comment)], "BAD_REQUEST"),
    ];
    for (parameters, code) in cases {
        let request = reqwest::Client::new().get(url(&server, parameters));
        let response = request.bearer_auth(simulator.jwt(ada)).send().await.unwrap();
        let answer = Answer(response.json().await.unwrap());
        assert_eq!(&answer.code(), code, "{parameters:?}");
        assert!(!answer.0.to_string().contains(NEEDLE), "{:#}", answer.0);
    }
    let ended = process.stop().await;
    assert!(ended.stderr.contains(r#""path":"/graphql""#), "the requests are in the log");
    assert!(!ended.stderr.contains(NEEDLE) && !ended.stdout.contains(NEEDLE), "{ended:?}");
}
