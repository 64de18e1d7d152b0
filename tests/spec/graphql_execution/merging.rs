//! Fields of one name are one field: it runs once, and answers what all of them select.

use nhost_auth_simulator::{Endpoint, Provider};
use serde_json::json;

use super::{ada, connected};
use crate::harness::{CHANGED, Socket, on_both_databases};

on_both_databases! {
    async fn a_mutation_that_merges_runs_once(world: World) {
        let ada = ada(&world).await;
        let query = "mutation M { disconnectProvider(provider: github) { id } ...G } \
                     fragment G on Mutation { disconnectProvider(provider: github) { revocation provider } }";
        let answer = ada.ask(query).await;
        assert!(answer.data("/disconnectProvider/id").is_string());
        assert_eq!(answer.data("/disconnectProvider/provider"), "github");
        assert!(answer.data("/disconnectProvider/revocation").is_string());
        assert_eq!(connected(&ada).await, ["google"]);

        let refreshes = world.simulator.calls(Endpoint::RefreshProviderToken);
        let query = "mutation { refreshProviderToken(provider: google) { id } \
                     ... { refreshProviderToken(provider: google) { status } } \
                     ... on Mutation @include(if: true) { refreshProviderToken(provider: google) { provider } } }";
        let answer = ada.ask(query).await;
        assert_eq!(answer.data("/refreshProviderToken/status"), "ACTIVE");
        assert_eq!(answer.data("/refreshProviderToken/provider"), "google");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), refreshes + 1);
    }

    async fn what_fragments_select_is_merged_at_every_level(world: World) {
        let ada = ada(&world).await;
        let query = "{ ...A ...B ...A } \
             fragment A on Query { providerConnection(provider: google) { provider ...C } } \
             fragment B on Query { providerConnection(provider: google) { events { kind } token: accessToken ...C } } \
             fragment C on ProviderConnection { userId events { actor } }";
        let answer = ada.ask(query).await;
        assert_eq!(answer.data("/providerConnection"), &json!({
            "provider": "google",
            "userId": ada.id,
            "events": [{ "actor": "USER", "kind": "CONNECTED" }],
            "token": ada.access_token(Provider::Google).await,
        }));
        let request = world.server.post().bearer_auth(&ada.jwt).json(&json!({ "query": query }));
        let text = request.send().await.unwrap().text().await.unwrap();
        let places: Vec<_> = ["provider", "userId", "events", "token"].iter().map(|key| text.find(&format!("\"{key}\":")).unwrap()).collect();
        assert!(places.is_sorted(), "as first selected: {text}");
    }

    async fn fields_of_one_name_that_differ_are_refused(world: World) {
        let ada = ada(&world).await;
        for query in [
            "mutation { disconnectProvider(provider: google) { id } disconnectProvider(provider: github) { id } }",
            "{ providerConnections(providers: [google]) { id } providerConnections(providers: [google, github]) { id } }",
            "{ providerConnections(providers: [google, github]) { id } ... { providerConnections(providers: [google]) { id } } }",
            "{ providerConnections { x: id x: userId } }",
            "{ providerConnections { x: expiresAt } providerConnections { x: provider } }",
            "query($a: Int!, $b: Int!) { providerConnections { accessToken(minValidFor: $a) accessToken(minValidFor: $b) } }",
        ] {
            let answer = ada.ask_with(query, json!({ "a": 1, "b": 1 })).await;
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{query}: {:#}", answer.0);
            assert!(answer.0.get("data").is_none());
        }
        assert_eq!(connected(&ada).await, ["github", "google"]);
    }

    async fn a_subscription_has_one_root(world: World) {
        let ada = world.user("ada@example.com");
        let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
        for query in [
            "subscription { a: providerConnectionChanged { userId } b: providerConnectionChanged { userId } }",
            "subscription { providerConnectionChanged { userId } ...F } fragment F on Subscription { b: providerConnectionChanged { userId } }",
            "subscription { __typename }",
            "subscription { providerConnectionChanged { userId } __typename }",
            "subscription { providerConnectionChanged @skip(if: false) { userId } }",
            "subscription { ... @include(if: true) { providerConnectionChanged { userId } } }",
        ] {
            socket.subscribe("1", query).await;
            let error = socket.next().await;
            assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("1")), "{query}: {error}");
            assert_eq!(error["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{query}");
        }
        for (id, query) in [
            ("2", "subscription { providerConnectionChanged { userId } providerConnectionChanged { provider } }"),
            ("5", "subscription($u: uuid = null) { providerConnectionChanged(userId: $u) { userId } providerConnectionChanged(userId: $u) { provider } }"),
            ("3", "subscription { ...F } fragment F on Subscription { providerConnectionChanged { userId provider } }"),
            ("4", CHANGED),
        ] {
            socket.subscribe(id, query).await;
            let first = socket.next().await;
            assert_eq!((&first["type"], &first["id"]), (&json!("next"), &json!(id)), "{query}: {first}");
            let change = &first["payload"]["data"]["providerConnectionChanged"];
            assert_eq!((&change["userId"], &change["provider"]), (&json!(ada.id), &json!(null)), "{query}");
            socket.send(&json!({ "type": "complete", "id": id })).await;
        }
    }
}
