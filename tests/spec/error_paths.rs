//! Where in an answer an error says that it is (GraphQL, September 2025, section 7.1).

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use crate::harness::on_both_databases;

on_both_databases! {
    async fn an_error_below_a_list_names_its_field_and_not_the_item(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        for (query, path) in [
            ("{ all: providerConnections { url: reauthenticationUrl(redirectTo: \"\") } }", json!(["all", 0, "url"])),
            ("{ providerConnections { accessToken(minValidFor: -1) } }", json!(["providerConnections", 0, "accessToken"])),
            ("{ providerConnection(provider: google) { reauthenticationUrl(redirectTo: \"\") } }", json!(["providerConnection", "reauthenticationUrl"])),
            ("mutation { disconnectProvider(provider: strava) { id } }", json!(["disconnectProvider"])),
        ] {
            let answer = world.server.post().bearer_auth(&ada.jwt).json(&json!({ "query": query })).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            assert_eq!(answer["errors"][0]["path"], path, "{answer}");
            assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
        }
    }

    async fn what_never_ran_has_no_data_in_an_event_either(world: World) {
        let ada = world.user("ada@example.com");
        for query in ["{", "{ nonsense }", "subscription { providerConnectionChanged { nonsense } }"] {
            let request = world.server.post().bearer_auth(&ada.jwt).header("accept", "text/event-stream");
            let events = request.json(&json!({ "query": query })).send().await.unwrap().text().await.unwrap();
            let data = events.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
            let event: Value = serde_json::from_str(data).unwrap();
            assert_eq!(event.get("data"), None, "{event}");
            assert!(event["errors"][0]["message"].is_string(), "{event}");
        }
    }
}
