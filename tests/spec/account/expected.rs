//! `connectProvider(expectAccountId:)`: a sign-in with another account is not kept.

use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};

use crate::harness::{Answer, User, on_both_databases};

const FIRST: &str = "first@example.com";
const SECOND: &str = "second@example.com";
const FIRST_ID: &str = "google|first@example.com";
const SECOND_ID: &str = "google|second@example.com";

impl User<'_> {
    async fn connect_expecting(&self, account_id: &str) -> Answer {
        let query = "mutation($id: String) { connectProvider(provider: google, expectAccountId: $id) \
                     { id accessToken account { id } } }";
        self.ask_with(query, serde_json::json!({ "id": account_id })).await
    }

    /// Whoever held a lease that was given back, and until when, says nothing.
    async fn row_but_the_lease(&self) -> entity::provider_connection::Model {
        let row = self.world.row(self.id, Provider::Google).await.unwrap();
        assert_eq!(row.lease_owner, None);
        entity::provider_connection::Model { lease_until: None, ..row }
    }

    async fn first_connected(&self) {
        self.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        self.connect(Provider::Google).await.data("/connectProvider/id");
        self.world.server.look_up().await;
        self.world.advance(chrono::TimeDelta::minutes(2));
    }
}

on_both_databases! {
    async fn the_expected_account_is_connected_and_known_at_once(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        let answer = ada.connect_expecting(FIRST_ID).await;
        assert_eq!(answer.text("/connectProvider/account/id"), FIRST_ID);
        world.server.look_up().await;
        assert_eq!(world.simulator.calls(Endpoint::Userinfo), 1, "it is not asked again");
        // A page that calls twice is answered the same.
        let again = ada.connect_expecting(FIRST_ID).await;
        assert_eq!(again.text("/connectProvider/account/id"), FIRST_ID);
        assert_eq!(ada.connect_expecting(SECOND_ID).await.code(), "ACCOUNT_MISMATCH");
    }

    async fn another_account_is_not_kept_and_the_connection_stays_as_it_was(world: World) {
        let ada = world.user("ada@example.com");
        ada.first_connected().await;
        let before = ada.row_but_the_lease().await;
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
        let answer = ada.connect_expecting(FIRST_ID).await;
        assert_eq!(answer.code(), "ACCOUNT_MISMATCH");
        assert!(answer.extension("reauthenticationUrl").as_str().unwrap().contains("google"));
        assert_eq!(ada.row_but_the_lease().await, before);
        let token = ada.access_token(Provider::Google).await;
        assert_eq!(ada.account(Provider::Google, &token).await, FIRST);
        assert_eq!(ada.account_id(Provider::Google).await, FIRST_ID);
        // Its session is spent: the user must sign in again, as the error says.
        assert_eq!(ada.connect_expecting(FIRST_ID).await.code(), "PROVIDER_SESSION_NOT_FOUND");
    }

    async fn a_first_sign_in_with_another_account_leaves_no_connection(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
        assert_eq!(ada.connect_expecting(FIRST_ID).await.code(), "ACCOUNT_MISMATCH");
        let read = ada.ask("{ providerConnections { id } }").await;
        assert_eq!(read.data("/providerConnections"), &serde_json::json!([]));
    }

    async fn who_can_not_say_keeps_nothing(world: World) {
        let ada = world.user("ada@example.com");
        ada.first_connected().await;
        let before = ada.row_but_the_lease().await;
        world.simulator.fail_always(Endpoint::Userinfo, None, Fault::Empty(401));
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        let answer = ada.connect_expecting(FIRST_ID).await;
        assert_eq!(answer.code(), "ACCOUNT_UNVERIFIED");
        assert!(answer.extension("reauthenticationUrl").as_str().unwrap().contains("google"));
        assert_eq!(ada.row_but_the_lease().await, before);
    }

    async fn a_provider_that_is_down_for_a_moment_is_asked_again(world: World) {
        let ada = world.user("ada@example.com");
        for _ in 0..2 {
            world.simulator.fail_next(Endpoint::Userinfo, Fault::Empty(503));
        }
        ada.sign_in_as(Provider::Google, FIRST, GrantScript::stable());
        let answer = ada.connect_expecting(FIRST_ID).await;
        assert_eq!(answer.text("/connectProvider/account/id"), FIRST_ID);
    }

    async fn a_connection_of_another_call_is_compared_too(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
        let gate = world.simulator.gate(Endpoint::ProviderTokens);
        let plain = ada.connect(Provider::Google);
        let expecting = async {
            gate.arrived(1).await;
            let answer = ada.connect_expecting(FIRST_ID);
            let answer = std::pin::pin!(answer);
            gate.release();
            answer.await
        };
        let (plain, expecting) = tokio::join!(plain, expecting);
        plain.data("/connectProvider/id");
        assert_eq!(expecting.code(), "ACCOUNT_MISMATCH");
    }

    async fn whoever_expects_no_account_is_told_of_no_mismatch(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in_as(Provider::Google, SECOND, GrantScript::stable());
        let gate = world.simulator.gate(Endpoint::ProviderTokens);
        let released = async {
            gate.arrived(1).await;
            // The plain call joins the one that waits.
            let plain = ada.connect(Provider::Google);
            let other = async {
                for _ in 0..3 {
                    ada.ask("{ providerConnections { id } }").await;
                }
                gate.release();
            };
            tokio::join!(plain, other).0
        };
        let (expecting, plain) = tokio::join!(ada.connect_expecting(FIRST_ID), released);
        assert_eq!(expecting.code(), "ACCOUNT_MISMATCH");
        // Its tokens are dropped, so there is no session left for this call.
        assert_eq!(plain.code(), "PROVIDER_SESSION_NOT_FOUND");
    }

    async fn what_could_not_be_compared_is_refused_before_the_session_is_spent(world: World) {
        let ada = world.user("ada@example.com");
        let off = world.replica_with(|config| config.account_lookup = false).await;
        let without = world.replica_with(|config| {
            config.userinfo_urls.remove(&domain::Provider::Apple);
        }).await;
        ada.sign_in(Provider::Google, GrantScript::stable());
        ada.sign_in(Provider::Apple, GrantScript::stable());
        let google = "mutation { connectProvider(provider: google, expectAccountId: \"1\") { id } }";
        let apple = "mutation { connectProvider(provider: apple, expectAccountId: \"1\") { id } }";
        let refused = ada.ask_at(&off, google, serde_json::json!({})).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        let refused = ada.ask_at(&without, apple, serde_json::json!({})).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        for id in [String::new(), "x".repeat(257)] {
            assert_eq!(ada.connect_expecting(&id).await.code(), "BAD_USER_INPUT");
        }
        for provider in [Provider::Google, Provider::Apple] {
            ada.connect(provider).await.data("/connectProvider/id");
        }
    }
}
