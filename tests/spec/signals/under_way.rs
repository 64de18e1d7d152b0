//! A signal that comes while the provider is asked is neither undone nor forgotten by what comes of that,
//! and the app's backend is told in the end what is true.

use chrono::TimeDelta;
use domain::{State, WebhookEvent};
use nhost_auth_simulator::{Endpoint, GrantId, GrantScript, Provider};
use provider_connections::config::{Config, WebhookConfig};

use super::world_with;
use crate::harness::{Answer, Database, World, on_both_empty_databases};

/// A server that writes webhooks down.
async fn world(database: Database) -> World {
    let writes_webhooks = |config: &mut Config| {
        config.webhooks = WebhookConfig {
            target: None,
            events: WebhookEvent::ALL.iter().copied().collect(),
            outbox: true,
        };
    };
    world_with(database, writes_webhooks).await
}

impl World {
    async fn webhooks_of(&self, event: WebhookEvent) -> i64 {
        let sql = "SELECT COUNT(*) FROM provider_connection_webhook WHERE type =";
        self.database.number(&format!("{sql} '{}'", event.as_str())).await
    }

    /// Makes a call whose answer comes after the provider has said that the grant has ended.
    async fn overtaken(
        &self,
        grant: GrantId,
        endpoint: Endpoint,
        call: impl Future<Output = Answer>,
    ) -> Answer {
        let gate = self.simulator.gate_answers(endpoint);
        let signal = async {
            gate.arrived(1).await;
            let message = self.simulator.signal_revoked(grant).unwrap();
            assert_eq!(self.signal(Provider::Discord, &message).await, 204);
            assert_eq!(self.webhooks_of(WebhookEvent::ReauthenticationRequired).await, 1);
            gate.release();
        };
        tokio::join!(call, signal).0
    }
}

on_both_empty_databases! {
    async fn a_refresh_that_succeeds_heals_what_a_signal_has_ended_meanwhile(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected_for_a_while(Provider::Discord).await;
        let call = ada.refresh(Provider::Discord);
        let answer = world.overtaken(grant, Endpoint::RefreshProviderToken, call).await;
        answer.data("/refreshProviderToken/accessToken");
        assert_eq!(world.state(ada.id, Provider::Discord).await, State::Active);
        assert_eq!(world.webhooks_of(WebhookEvent::Healed).await, 1);
        assert_eq!(world.webhooks_of(WebhookEvent::ReauthenticationRequired).await, 1);
    }

    async fn an_ordinary_refresh_heals_nothing(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        ada.connected_for_a_while(Provider::Discord).await;
        ada.refresh(Provider::Discord).await.data("/refreshProviderToken/accessToken");
        assert_eq!(world.webhooks_of(WebhookEvent::Healed).await, 0);
    }

    async fn a_sign_in_heals_what_a_signal_has_ended_meanwhile(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected_for_a_while(Provider::Discord).await;
        ada.sign_in(Provider::Discord, GrantScript::stable());
        let call = ada.connect(Provider::Discord);
        let answer = world.overtaken(grant, Endpoint::ProviderTokens, call).await;
        answer.data("/connectProvider/accessToken");
        assert_eq!(world.state(ada.id, Provider::Discord).await, State::Active);
        assert_eq!(world.webhooks_of(WebhookEvent::Connected).await, 2);
        assert_eq!(world.webhooks_of(WebhookEvent::Healed).await, 1);
    }

    async fn a_refresh_that_fails_does_not_undo_what_a_signal_has_ended_meanwhile(
        database: Database
    ) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected_for_a_while(Provider::Discord).await;
        world.simulator.provider_outage(Provider::Discord, true);
        let call = ada.refresh(Provider::Discord);
        let answer = world.overtaken(grant, Endpoint::RefreshProviderToken, call).await;
        assert_eq!(answer.code(), "UPSTREAM_UNAVAILABLE");
        let row = world.row(ada.id, Provider::Discord).await.unwrap();
        assert_eq!(row.state, State::ReauthenticationRequired);
        assert_eq!(row.last_failure.as_deref(), Some("REAUTHENTICATION_REQUIRED"));
        // It is believed for a day all the same.
        assert_eq!(row.refresh_due_at, Some(world.now() + TimeDelta::days(1)));
        assert_eq!(world.webhooks_of(WebhookEvent::RefreshFailing).await, 0);
        assert_eq!(world.webhooks_of(WebhookEvent::ReauthenticationRequired).await, 1);
        let failed = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'refresh_failed'";
        assert_eq!(world.database.number(failed).await, 0);
    }
}
