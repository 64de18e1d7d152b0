//! `disconnectProvider`: the tokens are gone, and nothing brings them back.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::json;

use crate::harness::on_both_databases;

on_both_databases! {
    async fn the_connection_and_its_tokens_are_gone(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        let answer = ada.disconnect(Provider::Google).await;
        assert_eq!(answer.text("/disconnectProvider/provider"), "google");
        assert_eq!(answer.text("/disconnectProvider/disconnectedAt"), "2026-01-01T12:00:00Z");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
        let listed = ada.ask("{ providerConnections { provider } }").await;
        assert_eq!(listed.data("/providerConnections"), &json!([{ "provider": "spotify" }]));
    }

    async fn what_is_not_connected_says_so_and_where_to_sign_in(world: World) {
        let ada = world.user("ada@example.com");
        for answer in [
            ada.disconnect(Provider::Google).await,
            ada.refresh(Provider::Google).await,
        ] {
            assert_eq!(answer.code(), "NOT_CONNECTED");
            assert_eq!(answer.extension("provider"), "google");
            let url = answer.extension("reauthenticationUrl").as_str().unwrap();
            assert!(reqwest::get(url).await.unwrap().status().is_success());
        }
        let read = ada.read(Provider::Google).await;
        assert_eq!(read.data("/providerConnection"), &json!(null));
    }

    async fn a_refresh_under_way_does_not_bring_it_back(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let gate = world.simulator.gate_answers(Endpoint::RefreshProviderToken);
        let meanwhile = async {
            gate.arrived(1).await;
            ada.disconnect(Provider::Google).await.data("/disconnectProvider/id");
            gate.release();
        };
        let (refreshed, ()) = tokio::join!(ada.refresh(Provider::Google), meanwhile);
        assert_eq!(refreshed.code(), "NOT_CONNECTED");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
    }

    async fn a_first_connect_under_way_does_not_bring_it_back(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable());
        let gate = world.simulator.gate_answers(Endpoint::ProviderTokens);
        let meanwhile = async {
            gate.arrived(1).await;
            ada.disconnect(Provider::Google).await.data("/disconnectProvider/id");
            gate.release();
        };
        let (connected, ()) = tokio::join!(ada.connect(Provider::Google), meanwhile);
        assert_eq!(connected.code(), "NOT_CONNECTED");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
        // And whoever signs in anew is connected anew, however soon.
        ada.connected(Provider::Google, GrantScript::stable()).await;
        ada.access_token(Provider::Google).await;
    }

    async fn each_step_of_a_connection_leaves_an_event(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        ada.refresh(Provider::Google).await;
        ada.disconnect(Provider::Google).await;
        for kind in ["connected", "rotated", "disconnected"] {
            let sql = format!(
                "SELECT COUNT(*) FROM provider_connection_event WHERE kind = '{kind}' AND actor = 'user'"
            );
            assert_eq!(world.database.number(&sql).await, 1, "{kind}");
        }
    }
}
