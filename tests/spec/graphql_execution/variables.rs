//! Variables are coerced before anything runs: defaults hold, and what is missing is missing.

use nhost_auth_simulator::{GrantScript, Provider};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{ada, connected};
use crate::harness::{Answer, on_both_databases};

on_both_databases! {
    async fn a_default_holds_under_skip_and_include(world: World) {
        let ada = ada(&world).await;
        let dry = "mutation($dry: Boolean = true) { disconnectProvider(provider: google) @skip(if: $dry) { id } }";
        assert_eq!(ada.ask_with(dry, json!({})).await.data(""), &json!({}));
        let off = "mutation($on: Boolean = false) { disconnectProvider(provider: google) @include(if: $on) { id } }";
        assert_eq!(ada.ask_with(off, json!({})).await.data(""), &json!({}));
        assert_eq!(connected(&ada).await, ["github", "google"]);

        let reads = async || {
            world.server.connections.flush_reads().await.unwrap();
            let query = "{ providerConnections { events(first: 100, kinds: [TOKEN_READ]) { times } } }";
            ada.ask(query).await.data("").clone()
        };
        let before = reads().await;
        let token = "query($no: Boolean = true, $id: Boolean = true) { providerConnections { id @include(if: $id) accessToken @skip(if: $no) } }";
        let answer = ada.ask_with(token, json!({})).await;
        let rows = answer.data("/providerConnections").as_array().unwrap();
        assert!(rows.iter().all(|row| row.get("accessToken").is_none() && row["id"].is_string()));
        assert_eq!(reads().await, before);
        let answer = ada.ask_with(token, json!({ "no": false })).await;
        assert!(answer.data("/providerConnections/0/accessToken").is_string());
        assert_ne!(reads().await, before);
    }

    async fn an_argument_without_a_value_falls_back_to_its_default(world: World) {
        let ada = ada(&world).await;
        let token = ada.access_token(Provider::Google).await;
        for (query, variables) in [
            ("query($m: Int) { providerConnection(provider: google) { accessToken(minValidFor: $m) } }", json!({})),
            ("query($m: Int) { providerConnection(provider: google) { accessToken(minValidFor: $m) } }", json!({ "n": 1 })),
            ("query($m: Int = 30) { providerConnection(provider: google) { accessToken(minValidFor: $m) } }", json!({})),
            ("query($m: Int!) { providerConnection(provider: google) { accessToken(minValidFor: $m) } }", json!({ "m": 60 })),
            // Any number without a fraction is an Int: JSON has one kind.
            ("query($m: Int!) { providerConnection(provider: google) { accessToken(minValidFor: $m) } }", json!({ "m": 60.0 })),
        ] {
            let answer = ada.ask_with(query, variables.clone()).await;
            assert_eq!(answer.text("/providerConnection/accessToken"), token, "{query} {variables}");
        }
        // Null is a value, which it can't have: that is known before anything runs.
        let query = "query($m: Int) { providerConnection(provider: google) { provider accessToken(minValidFor: $m) } }";
        let answer = ada.ask_with(query, json!({ "m": null })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
        assert!(answer.0.get("data").is_none(), "{:#}", answer.0);
    }

    async fn what_is_required_and_missing_is_refused_before_anything_runs(world: World) {
        let ada = ada(&world).await;
        for (query, variables) in [
            ("mutation($p: OAuthProvider!) { a: disconnectProvider(provider: google) { id } disconnectProvider(provider: $p) { id } }", json!({})),
            ("mutation($p: OAuthProvider!) { a: disconnectProvider(provider: google) { id } disconnectProvider(provider: $p) { id } }", json!({ "p": null })),
            ("mutation($no: Boolean!) { disconnectProvider(provider: google) @skip(if: $no) { id } }", json!({})),
            ("mutation($no: Boolean = true) { a: disconnectProvider(provider: github) @skip(if: $no) { id } disconnectProvider(provider: google) { id } }", json!({ "no": null })),
        ] {
            let request = world.server.post().bearer_auth(&ada.jwt);
            let request = request.header("accept", "application/graphql-response+json");
            let response = request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
            let answer = Answer(response.json().await.unwrap());
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{:#}", answer.0);
            assert!(answer.0.get("data").is_none() && answer.0["errors"][0].get("path").is_none());
        }
        assert_eq!(connected(&ada).await, ["github", "google"]);
    }

    async fn one_value_is_a_list_of_one(world: World) {
        let ada = ada(&world).await;
        let by_variable = "query($p: [OAuthProvider!]) { providerConnections(providers: $p) { provider } }";
        for (query, variables) in [
            ("{ providerConnections(providers: google) { provider } }", json!({})),
            (by_variable, json!({ "p": "google" })),
            (by_variable, json!({ "p": ["google"] })),
            ("query($p: [OAuthProvider!] = google) { providerConnections(providers: $p) { provider } }", json!({})),
            ("query($p: OAuthProvider!) { providerConnections(providers: [$p]) { provider } }", json!({ "p": "google" })),
        ] {
            let answer = ada.ask_with(query, variables).await;
            assert_eq!(answer.data("/providerConnections"), &json!([{ "provider": "google" }]), "{query}");
        }
    }

    async fn only_the_operation_that_runs_has_variables(world: World) {
        let ada = ada(&world).await;
        let query = "query A($p: Int!) { providerConnections { accessToken(minValidFor: $p) } } \
                     query B($p: OAuthProvider!) { providerConnection(provider: $p) { provider } }";
        let body = json!({ "query": query, "operationName": "B", "variables": { "p": "google" } });
        let response = world.server.post().bearer_auth(&ada.jwt).json(&body).send().await.unwrap();
        let answer = Answer(response.json().await.unwrap());
        assert_eq!(answer.data("/providerConnection/provider"), "google");
    }

    async fn a_variables_value_is_in_no_error(world: World) {
        const SECRET: &str = "needle-in-a-variable";
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let secrets = [json!(SECRET), json!([SECRET]), json!({ SECRET: SECRET })];
        for ty in ["Int", "Boolean", "OAuthProvider", "uuid", "ID", "[OAuthProvider!]", "[[Int]]", "Nonsense"] {
            for secret in &secrets {
                let query = format!("query($v: {ty}) {{ providerConnections(userId: $v) {{ id }} }}");
                let answer = ada.ask_with(&query, json!({ "v": secret })).await;
                assert!(!answer.0.to_string().contains(SECRET), "{:#}", answer.0);
            }
        }
        for (ty, field) in [
            ("Int!", "accessToken(minValidFor: $v)"),
            ("ID", "events(after: $v) { id }"),
            ("[ProviderConnectionEventKind!]", "events(kinds: $v) { id }"),
            ("ProviderConnectionEventKind!", "events(kinds: [$v]) { id }"),
        ] {
            for secret in &secrets {
                let query = format!("query($v: {ty}) {{ providerConnections {{ {field} }} }}");
                let answer = ada.ask_with(&query, json!({ "v": secret })).await;
                assert!(answer.at("/errors").is_array(), "{query}");
                assert!(!answer.0.to_string().contains(SECRET), "{:#}", answer.0);
            }
        }
    }

    async fn an_error_says_where_the_variable_is(world: World) {
        let ada = world.user("ada@example.com");
        let query = "query(\n  $p: [OAuthProvider!]\n) { providerConnections(providers: $p) { id } }";
        let answer = ada.ask_with(query, json!({ "p": ["google", "myspace"] })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
        assert_eq!(answer.at("/errors/0/locations"), &json!([{ "line": 2, "column": 3 }]));
        assert!(answer.message().contains("\"$p\"") && answer.message().contains("[1]"), "{}", answer.message());
        assert_eq!(answer.0.get("data"), None::<&Value>);
    }
}
