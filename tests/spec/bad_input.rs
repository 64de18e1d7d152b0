//! What can't be understood or granted is refused with a code and a word for a person, where it
//! was asked; nothing is lost by it.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, User, World, on_both_databases};

/// Ada with a connection to Google.
async fn ada(world: &World) -> User<'_> {
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    ada
}

/// The server answers Ada what it always did.
async fn all_is_well(ada: &User<'_>) {
    let token = ada.access_token(Provider::Google).await;
    assert!(ada.can_use(Provider::Google, &token).await);
}

#[track_caller]
fn refused(answer: &Answer, code: &str, path: &Value, attempt: &str) {
    assert_eq!(answer.code(), code, "{attempt}: {:#}", answer.0);
    let at = answer.0.pointer("/errors/0/path").unwrap_or(&Value::Null);
    assert_eq!(at, path, "{attempt}: {:#}", answer.0);
    let message = answer.at("/errors/0/message").as_str().unwrap();
    assert!(!message.is_empty() && message.len() < 1_000, "{attempt}: {message}");
}

on_both_databases! {
    async fn an_argument_out_of_range_is_refused_at_its_path(world: World) {
        let ada = ada(&world).await;
        let before = world.row(ada.id, Provider::Google).await;
        let token = ["providerConnection", "accessToken"];
        let list = ["providerConnections"];
        let refresh = ["refreshProviderToken"];
        let url = ["providerConnection", "reauthenticationUrl"];
        let mut attempts = Vec::new();
        for seconds in ["-1", "3601", "2147483647", "-2147483648"] {
            attempts.push((format!("{{ providerConnection(provider: google) {{ accessToken(minValidFor: {seconds}) }} }}"), json!({}), json!(token)));
            attempts.push((format!("mutation {{ refreshProviderToken(provider: google, minValidFor: {seconds}) {{ id }} }}"), json!({}), json!(refresh)));
        }
        let by_variable = "query($n: Int!) { providerConnection(provider: google) { accessToken(minValidFor: $n) } }";
        for seconds in [-1, 3_601] {
            attempts.push((by_variable.to_owned(), json!({ "n": seconds }), json!(token)));
        }
        attempts.push(("{ providerConnections(providers: [google, github, google]) { id } }".to_owned(), json!({}), json!(list)));
        for target in ["", "/connected", "app.example.com", "//evil.example", "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "blob:https://a/b", "https://app.example.com@evil.example/"] {
            let query = "query($to: String) { providerConnection(provider: google) { reauthenticationUrl(redirectTo: $to) } }";
            attempts.push((query.to_owned(), json!({ "to": target }), json!(url)));
        }
        for (query, variables, path) in attempts {
            let answer = ada.ask_with(&query, variables.clone()).await;
            refused(&answer, "BAD_USER_INPUT", &path, &format!("{query} with {variables}"));
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        assert_eq!(world.row(ada.id, Provider::Google).await, before);
        all_is_well(&ada).await;
    }

    async fn a_value_that_is_not_of_its_type_is_refused_before_anything_runs(world: World) {
        let ada = ada(&world).await;
        let before = world.row(ada.id, Provider::Google).await;
        let disconnect = "disconnectProvider(provider: google) { id }";
        let (mut attempts, mut literals) = (Vec::new(), Vec::new());
        for id in ["", "1", "not-a-uuid", "c2bf8a3e-7d5e-4f0e-9a45-0d1f6a1f0c1g"] {
            literals.push((format!("mutation {{ {disconnect} a: disconnectProvider(provider: github, userId: \"{id}\") {{ id }} }}"), json!({})));
            literals.push((format!("mutation($id: uuid = \"{id}\") {{ {disconnect} a: disconnectProvider(provider: github, userId: $id) {{ id }} }}"), json!({})));
        }
        for id in [json!(""), json!("not-a-uuid"), json!(1), json!(true), json!([]), json!({ "a": 1 })] {
            let query = format!("mutation($id: uuid) {{ {disconnect} a: disconnectProvider(provider: github, userId: $id) {{ id }} }}");
            attempts.push((query, json!({ "id": id })));
        }
        for provider in [json!({}), json!({ "p": "myspace" }), json!({ "p": 1 }), json!({ "p": null }), json!({ "P": "github" })] {
            let query = format!("mutation($p: OAuthProvider!) {{ {disconnect} a: disconnectProvider(provider: $p) {{ id }} }}");
            attempts.push((query, provider));
        }
        for seconds in [json!("60"), json!(1.5), json!(2_147_483_648_u64), json!(true), json!([60])] {
            let query = format!("mutation($n: Int) {{ {disconnect} refreshProviderToken(provider: github, minValidFor: $n) {{ id }} }}");
            attempts.push((query, json!({ "n": seconds })));
        }
        let attempts = attempts.into_iter().map(|attempt| ("BAD_USER_INPUT", attempt));
        let literals = literals.into_iter().map(|attempt| ("GRAPHQL_VALIDATION_FAILED", attempt));
        for (code, (query, variables)) in attempts.chain(literals) {
            let attempt = format!("{query} with {variables}");
            let answer = ada.ask_with(&query, variables).await;
            refused(&answer, code, &Value::Null, &attempt);
            assert!(answer.0.get("data").is_none(), "{attempt}: {:#}", answer.0);
        }
        assert_eq!(world.row(ada.id, Provider::Google).await, before);
        all_is_well(&ada).await;
    }

    async fn what_the_schema_does_not_have_is_refused_before_anything_runs(world: World) {
        let ada = ada(&world).await;
        let before = world.row(ada.id, Provider::Google).await;
        for (query, variables) in [
            ("{ providerConnection(provider: myspace) { id } }", json!({})),
            ("{ providerConnection(provider: GOOGLE) { id } }", json!({})),
            ("mutation { disconnectProvider(provider: google) { id } connectProvider(provider: myspace) { id } }", json!({})),
            ("{ providerConnection { id } }", json!({})),
            ("{ providerConnections }", json!({})),
            ("{ providerConnections { refreshToken } }", json!({})),
            ("{ providerConnections { id { id } } }", json!({})),
            ("{ providerConnections { accessToken(minValidFor: \"60\") } }", json!({})),
            ("{ providerConnections { accessToken(minValidFor: 1e9) } }", json!({})),
            ("{ providerConnections { accessToken(minValidFor: 2147483648) } }", json!({})),
            ("{ providerConnections { accessToken(minValidFor: null) } }", json!({})),
            ("{ providerConnections(limit: 1) { id } }", json!({})),
            ("{ providerConnections @nonsense { id } }", json!({})),
            ("{ ...Missing }", json!({})),
            ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", json!({})),
            ("{ ...A } fragment A on Query { ...A ...A }", json!({})),
            ("{ providerConnections { id } } fragment Unused on Query { __typename }", json!({})),
            ("query A { __typename } query A { __typename }", json!({})),
            ("query($x: Nonsense) { __typename }", json!({})),
        ] {
            let attempt = format!("{query} with {variables}");
            let answer = ada.ask_with(query, variables).await;
            let code = answer.code();
            assert!(code.starts_with("GRAPHQL_") || code == "QUERY_TOO_COMPLEX", "{attempt}: {:#}", answer.0);
            assert!(answer.0.get("data").is_none(), "{attempt}: {:#}", answer.0);
        }
        for query in ["", " ", "#", "{", "{ }", "nonsense", "{ providerConnections { id }", "{ a(x: \"unended) }", "\u{0}", "\u{feff}", "🙂"] {
            let answer = ada.ask(query).await;
            assert_eq!(answer.code(), "GRAPHQL_PARSE_FAILED", "{query:?}: {:#}", answer.0);
        }
        assert_eq!(world.row(ada.id, Provider::Google).await, before);
        all_is_well(&ada).await;
    }

    async fn a_bad_alias_leaves_a_good_one(world: World) {
        let ada = ada(&world).await;
        let token = ada.access_token(Provider::Google).await;
        let query = "query($n: Int!) { providerConnections { \
                       good: accessToken \
                       bad: accessToken(minValidFor: -1) \
                       variable: accessToken(minValidFor: $n) \
                       reauthenticationUrl id } }";
        let answer = ada.ask_with(query, json!({ "n": 3_601 })).await;
        let connection = answer.at("/data/providerConnections/0");
        assert_eq!(connection["good"], token);
        assert_eq!((&connection["bad"], &connection["variable"]), (&Value::Null, &Value::Null));
        assert!(connection["reauthenticationUrl"].is_string());
        let mut paths: Vec<_> = answer.at("/errors").as_array().unwrap().iter().map(|error| {
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
            error["path"][2].as_str().unwrap()
        }).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["bad", "variable"]);
    }

    async fn a_redirect_target_comes_back_in_the_url_and_nowhere_else(world: World) {
        let ada = ada(&world).await;
        let target = "https://app.example.com/back?a=1&b=%22%3C%27%3E#here";
        let query = "query($to: String) { providerConnection(provider: google) { reauthenticationUrl(redirectTo: $to) } }";
        let answer = ada.ask_with(query, json!({ "to": target })).await;
        let url = url::Url::parse(answer.text("/providerConnection/reauthenticationUrl")).unwrap();
        assert_eq!(url.origin(), world.simulator.base_url().origin());
        let pairs: Vec<_> = url.query_pairs().collect();
        assert!(pairs.contains(&("redirectTo".into(), target.into())), "{url}");
    }

    async fn what_is_no_graphql_request_is_refused_in_json(world: World) {
        let ada = ada(&world).await;
        let before = world.row(ada.id, Provider::Google).await;
        let query = json!({ "query": "{ providerConnections { id } }" }).to_string();
        let disconnect = "mutation{disconnectProvider(provider:google){id}}";
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let (json, bad) = ("application/json", StatusCode::BAD_REQUEST);
        let (media, method) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, StatusCode::METHOD_NOT_ALLOWED);
        let large = StatusCode::PAYLOAD_TOO_LARGE;
        let mutation = |key: &str| format!("?{key}={disconnect}");
        for (verb, path, content_type, body, status) in [
            (Method::POST, String::new(), json, vec![], bad),
            (Method::POST, String::new(), json, b"{".to_vec(), bad),
            (Method::POST, String::new(), json, b"null".to_vec(), bad),
            (Method::POST, String::new(), json, b"{}".to_vec(), bad),
            (Method::POST, String::new(), json, br#"{"Query":"{ __typename }"}"#.to_vec(), bad),
            (Method::POST, String::new(), json, br#"{"query":5}"#.to_vec(), bad),
            (Method::POST, String::new(), json, br#"{"query":null}"#.to_vec(), bad),
            (Method::POST, String::new(), json, br#"{"query":"{ __typename }","variables":[]}"#.to_vec(), bad),
            (Method::POST, String::new(), json, br#"{"query":"{ __typename }","operationName":1}"#.to_vec(), bad),
            (Method::POST, String::new(), json, b"[]".to_vec(), bad),
            (Method::POST, String::new(), json, b"\xff\xfe{}".to_vec(), bad),
            (Method::POST, String::new(), json, deep.clone().into_bytes(), bad),
            (Method::POST, String::new(), json, format!("{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":{deep}}}}}").into_bytes(), bad),
            (Method::POST, String::new(), json, vec![b' '; 10_000_000], large),
            (Method::POST, String::new(), json, vec![b'['; 262_145], large),
            (Method::POST, String::new(), "", vec![], media),
            (Method::POST, String::new(), "text/plain", b"{ __typename }".to_vec(), media),
            (Method::POST, String::new(), "application/graphql", b"{ __typename }".to_vec(), media),
            (Method::POST, mutation("query"), "application/x-www-form-urlencoded", format!("query={disconnect}").into_bytes(), media),
            (Method::POST, String::new(), "multipart/form-data; boundary=x", b"--x--".to_vec(), media),
            (Method::GET, String::new(), "", vec![], bad),
            (Method::GET, String::new(), json, query.clone().into_bytes(), bad),
            (Method::GET, "?Query={__typename}".to_owned(), "", vec![], bad),
            (Method::GET, "?query={__typename}&query={__typename}".to_owned(), "", vec![], bad),
            (Method::GET, "?query={__typename}&variables=1".to_owned(), "", vec![], bad),
            (Method::GET, "?query={__typename}&variables=[]".to_owned(), "", vec![], bad),
            (Method::GET, "?query={__typename}&variables={".to_owned(), "", vec![], bad),
            (Method::GET, "?query={__typename}&extensions=1".to_owned(), "", vec![], bad),
            (Method::GET, format!("?query={{__typename}}&variables={}", &deep[..20_000]), "", vec![], bad),
            (Method::GET, mutation("query"), "", vec![], method),
            (Method::GET, format!("{}&operationName=", mutation("query")), "", vec![], method),
            (Method::GET, mutation("query").replace("mutation", "mutation A"), "", vec![], method),
            (Method::GET, format!("{}&operationName=A", mutation("query").replace("mutation", "query B{__typename}mutation A")), "", vec![], method),
            (Method::HEAD, String::new(), "", vec![], bad),
            (Method::HEAD, mutation("query"), "", vec![], method),
            (Method::PUT, String::new(), json, query.clone().into_bytes(), method),
            (Method::DELETE, mutation("query"), json, query.clone().into_bytes(), method),
        ] {
            let url = format!("{}/graphql{path}", world.server.url);
            let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            let attempt = format!("{verb} {path} {content_type:?} {shown}");
            let reads = verb == Method::GET || verb == Method::HEAD;
            let allow = if reads { "POST" } else { "GET, HEAD, POST, OPTIONS" };
            let bodiless = verb == Method::HEAD;
            let mut request = reqwest::Client::new().request(verb, url).bearer_auth(&ada.jwt).body(body);
            if !content_type.is_empty() {
                request = request.header("content-type", content_type);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), status, "{attempt}");
            assert_eq!(response.headers()["content-type"], json, "{attempt}");
            if status == method {
                assert_eq!(response.headers()["allow"], allow, "{attempt}");
            }
            if bodiless {
                continue;
            }
            let answer = Answer(response.json().await.unwrap());
            assert!(!answer.code().is_empty() && answer.0.get("data").is_none(), "{attempt}");
            refused(&answer, answer.code(), &Value::Null, &attempt);
        }
        assert_eq!(world.row(ada.id, Provider::Google).await, before);
        all_is_well(&ada).await;
    }
}
