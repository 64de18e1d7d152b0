//! A sign-in with another account: it is said, and nothing of the account before is shown for it.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::json;

use crate::harness::on_both_databases;

const FIRST: &str = "first@example.com";
const SECOND: &str = "second@example.com";

on_both_databases! {
    async fn another_account_is_an_event_of_whoever_signed_in(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.server.look_up().await;
        assert_eq!(ada.account_id(Provider::Google).await, "google|first@example.com");
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        // The account before is not shown beside the tokens of this one.
        assert_eq!(ada.why_none(Provider::Google).await, "NOT_ASKED_YET");
        world.server.look_up().await;
        assert_eq!(ada.account_id(Provider::Google).await, "google|second@example.com");
        // Reads of the token are written later.
        assert_eq!(
            ada.kinds(Provider::Google).await,
            ["ACCOUNT_CHANGED USER", "CONNECTED USER", "ACCOUNT_READ WORKER", "CONNECTED USER"]
        );
    }

    async fn the_same_account_is_no_change(world: World) {
        let ada = world.user("ada@example.com");
        for _ in 0..2 {
            ada.connected(Provider::Google, GrantScript::stable()).await;
            world.server.look_up().await;
        }
        let kinds = ada.kinds(Provider::Google).await;
        assert!(!kinds.iter().any(|kind| kind.starts_with("ACCOUNT_CHANGED")), "{kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| kind.starts_with("ACCOUNT_READ")).count(), 2);
    }

    async fn a_switch_that_nobody_could_be_asked_about_is_found_at_the_next_sign_in(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.server.look_up().await;
        // Two sign-ins in a row, of which the first is never asked about.
        for _ in 0..2 {
            ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
            ada.connect(Provider::Google).await.data("/connectProvider/id");
        }
        world.server.look_up().await;
        assert!(ada.kinds(Provider::Google).await[0].starts_with("ACCOUNT_CHANGED"));
    }

    async fn it_is_said_where_the_account_before_can_no_longer_be_read(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.server.look_up().await;
        world.database.execute("UPDATE provider_connection SET profile = access_token").await;
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.server.look_up().await;
        assert_eq!(ada.account_id(Provider::Google).await, "google|second@example.com");
        assert_eq!(ada.kinds(Provider::Google).await[0], "ACCOUNT_CHANGED USER");
    }

    async fn an_answer_for_the_sign_in_before_is_not_shown_for_this_one(world: World) {
        let ada = world.user("ada@example.com");
        let gate = world.simulator.gate_answers(Endpoint::Userinfo);
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        let connections = world.server.connections.clone();
        let looks_up = tokio::spawn(async move { connections.look_up_due().await.map(|_| ()) });
        gate.arrived(1).await;
        world.advance(chrono::TimeDelta::seconds(1));
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        gate.release();
        looks_up.await.unwrap().unwrap();
        world.server.look_up().await;
        assert_eq!(ada.account_id(Provider::Google).await, "google|second@example.com");
    }

    async fn a_sign_in_without_a_refresh_token_is_asked_about_once(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.server.look_up().await;
        world.advance(chrono::TimeDelta::seconds(10));
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::no_refresh_token());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        let known = async || {
            let shown = ada.shown(Provider::Google).await;
            let id = shown.0.pointer("/data/providerConnection/account/id");
            id == Some(&json!("google|second@example.com"))
        };
        crate::harness::until(known).await;
        world.advance(chrono::TimeDelta::minutes(4));
        world.server.look_up().await;
        assert_eq!(world.simulator.calls(Endpoint::Userinfo), 2);
        assert!(ada.kinds(Provider::Google).await[0].starts_with("ACCOUNT_CHANGED"));
    }
}
