//! What is told, and of what.

use chrono::TimeDelta;
use domain::WebhookEvent;
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::{Receiver, SECRET, sending_to, with_a_receiver};
use crate::harness::{Database, User, World, directly};

impl World {
    /// Sends all that is due.
    pub async fn send_webhooks(&self) {
        self.server.connections.deliver_webhooks().await.unwrap();
    }
}

/// Refreshes, whatever comes of it, an hour later.
pub async fn refresh_later(ada: &mut User<'_>) {
    ada.world.advance(TimeDelta::hours(1));
    ada.renew_jwt();
    ada.refresh(Provider::Google).await;
}

with_a_receiver! {
    async fn a_sign_in_is_told_with_ids_and_signed(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        world.send_webhooks().await;
        let all = receiver.all();
        let [webhook] = all.as_slice() else { panic!("{all:?}") };
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(
            webhook.body(),
            json!({
                "type": "connection.connected",
                "timestamp": "2026-01-01T12:00:00.000Z",
                "data": {
                    "connectionId": row.id,
                    "userId": ada.id,
                    "provider": "google",
                    "status": "ACTIVE",
                    "occurredAt": "2026-01-01T12:00:00.000Z",
                },
            })
        );
        assert!(webhook.id.starts_with("msg_"), "{}", webhook.id);
        assert_eq!(webhook.timestamp, world.now().timestamp());
        let by = Webhook::new(SECRET).unwrap();
        let signature = by.sign(&webhook.id, webhook.timestamp, webhook.text.as_bytes()).unwrap();
        assert_eq!(webhook.signature, signature);
    }

    async fn reads_and_ordinary_refreshes_are_not_told(world: World, receiver: Receiver) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        world.send_webhooks().await;
        receiver.forget();
        ada.access_token(Provider::Google).await;
        refresh_later(&mut ada).await;
        ada.access_token(Provider::Google).await;
        world.server.connections.flush_reads().await.unwrap();
        world.send_webhooks().await;
        assert_eq!(receiver.kinds(), [""; 0]);
    }

    async fn a_failing_connection_is_told_once_and_then_that_it_works_again(
        world: World,
        receiver: Receiver
    ) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.provider_outage(Provider::Google, true);
        for _ in 0..3 {
            refresh_later(&mut ada).await;
        }
        world.simulator.provider_outage(Provider::Google, false);
        for _ in 0..2 {
            refresh_later(&mut ada).await;
        }
        world.send_webhooks().await;
        let expected =
            ["connection.connected", "connection.refresh_failing", "connection.healed"];
        assert_eq!(receiver.kinds(), expected);
        let all = receiver.all();
        let said = |index: usize| (all[index].data("status"), all[index].data("code"));
        assert_eq!(said(1), (json!("REFRESH_FAILING"), json!("UPSTREAM_UNAVAILABLE")));
        assert_eq!(said(2), (json!("ACTIVE"), Value::Null));
    }

    async fn an_ended_grant_is_told_once_with_the_address_of_the_sign_in_that_heals_it(
        world: World,
        receiver: Receiver
    ) {
        let mut ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.revoke(grant);
        for _ in 0..3 {
            refresh_later(&mut ada).await;
        }
        world.send_webhooks().await;
        let expected = ["connection.connected", "connection.reauthentication_required"];
        assert_eq!(receiver.kinds(), expected);
        let ended = &receiver.all()[1];
        assert_eq!(ended.data("status"), "REAUTHENTICATION_REQUIRED");
        assert_eq!(ended.data("code"), "REAUTHENTICATION_REQUIRED");
        let url = ended.data("reauthenticationUrl");
        let page = reqwest::get(url.as_str().unwrap()).await.unwrap().text().await.unwrap();
        assert!(page.contains("Allow"), "{page}");
        receiver.forget();
        world.advance(TimeDelta::hours(1));
        ada.renew_jwt();
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        assert_eq!(receiver.kinds(), ["connection.connected", "connection.healed"]);
    }

    async fn a_connection_that_loses_its_refresh_token_is_told_by_what_is_left_of_it(
        world: World,
        receiver: Receiver
    ) {
        for (hours, expected) in
            [(0, "connection.expires_soon"), (1, "connection.reauthentication_required")]
        {
            // Nhost Auth reads the newest of a user's linked accounts alone.
            let mut ada = world.user(&format!("ada-{hours}@example.com"));
            let (first, second) =
                (format!("first-{hours}@example.com"), format!("second-{hours}@example.com"));
            ada.sign_in_as(Provider::Google, &first, GrantScript::stable());
            ada.connect(Provider::Google).await.data("/connectProvider/id");
            world.advance(TimeDelta::seconds(10));
            ada.sign_in_as(Provider::Google, &second, GrantScript::no_refresh_token());
            ada.connect(Provider::Google).await.data("/connectProvider/id");
            ada.account_is_known(Provider::Google).await;
            world.advance(TimeDelta::hours(hours) + TimeDelta::seconds(10));
            world.send_webhooks().await;
            receiver.forget();
            ada.renew_jwt();
            assert_eq!(ada.refresh(Provider::Google).await.code(), "NOT_REFRESHABLE");
            world.send_webhooks().await;
            let mut kinds = receiver.kinds();
            // What is learned of the account meanwhile is another promise.
            kinds.retain(|kind| !kind.ends_with("_changed"));
            assert_eq!(kinds, [expected]);
        }
    }

    async fn access_of_clients_is_told_with_the_client(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        for call in [
            "grantProviderAccess(clientId: \"agent\", provider: google)",
            "revokeProviderAccess(clientId: \"agent\", provider: google)",
        ] {
            ada.ask(&format!("mutation {{ {call} {{ clientId }} }}")).await;
        }
        world.send_webhooks().await;
        let expected = ["connection.connected", "access.granted", "access.revoked"];
        assert_eq!(receiver.kinds(), expected);
        assert_eq!(receiver.all()[1].data("clientId"), "agent");
        assert_eq!(receiver.all()[2].data("clientId"), "agent");
        assert_eq!(receiver.all()[1].data("status"), Value::Null);
    }

    async fn no_token_and_nothing_of_a_person_is_told(world: World, receiver: Receiver) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let token = ada.access_token(Provider::Google).await;
        world.simulator.provider_outage(Provider::Google, true);
        refresh_later(&mut ada).await;
        ada.disconnect(Provider::Google).await;
        world.send_webhooks().await;
        for webhook in receiver.all() {
            for secret in [token.as_str(), "ada@example.com", "access_token", "refresh_token"] {
                assert!(!webhook.text.contains(secret), "{webhook:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_events_of_the_setting_are_told() {
    let receiver = Receiver::start().await;
    let world =
        World::on_with(Database::sqlite(), nhost_auth_simulator::Signing::hs256(), |config| {
            directly(config, Provider::Google);
            sending_to(&receiver, config);
            config.webhooks.events = [WebhookEvent::Disconnected].into();
        })
        .await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    ada.disconnect(Provider::Google).await;
    world.send_webhooks().await;
    assert_eq!(receiver.kinds(), ["connection.disconnected"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_settings_nothing_is_written() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let rows = "SELECT COUNT(*) FROM provider_connection_webhook";
    assert_eq!(world.database.number(rows).await, 0);
}
