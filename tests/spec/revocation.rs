//! `disconnectProvider` ends the grant at the provider as well, however long that takes.

mod outbox;

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, GrantId, GrantScript, Provider, Signing, Simulator};
use provider_connections::upstream::{ClientSecret, ProviderClient};
use serde_json::json;

use crate::harness::{Answer, Database, LIMIT, User, World, on_both_empty_databases};

const DISCONNECT: &str =
    "mutation { disconnectProvider(provider: google) { provider revocation } }";

/// The operator's client at these providers, as the simulator knows it.
fn clients(
    simulator: &Simulator,
    origin: &url::Url,
    providers: &[Provider],
) -> impl Iterator<Item = (domain::Provider, ProviderClient)> {
    let client = |provider: Provider, has_revocation: bool| {
        let at = |what| origin.join(&format!("providers/{provider}/{what}")).unwrap();
        simulator.set_client(provider, "an-app", "a-secret");
        let client = ProviderClient {
            client_id: "an-app".to_owned(),
            secret: ClientSecret::Shared(vec!["a-secret".into()]),
            token_url: at("token"),
            revocation_url: has_revocation.then(|| at("revoke")),
        };
        (provider.as_str().parse().unwrap(), client)
    };
    providers
        .iter()
        .map(|provider| client(*provider, *provider != Provider::Spotify))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A world with credentials for Google, and for Spotify, which has no way to revoke.
pub async fn world(database: Database) -> World {
    World::on_with_simulator(database, Signing::hs256(), |config, simulator| {
        let origin = config.nhost_auth_url.join("/").unwrap();
        let providers = [Provider::Google, Provider::Spotify];
        config.providers = clients(simulator, &origin, &providers).collect();
    })
    .await
}

impl World {
    fn is_alive(&self, grant: GrantId) -> bool {
        self.simulator.grant(grant).alive
    }

    fn told(&self) -> usize {
        self.simulator.calls(Endpoint::ProviderRevoke)
    }

    async fn waiting(&self) -> i64 {
        self.database.number("SELECT COUNT(*) FROM provider_connection_revocation").await
    }

    /// Waits until nothing is to be told any more.
    async fn all_told(&self) {
        let told = async {
            while self.waiting().await > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LIMIT, told).await.expect("something is still waiting");
    }

    async fn count_events(&self, kind: &str) -> i64 {
        let count = "SELECT COUNT(*) FROM provider_connection_event WHERE kind";
        self.database.number(&format!("{count} = '{kind}'")).await
    }
}

impl User<'_> {
    async fn leave(&self) -> Answer {
        self.ask(DISCONNECT).await
    }
}

#[track_caller]
fn is(answer: &Answer, revocation: &str) {
    assert_eq!(answer.text("/disconnectProvider/revocation"), revocation);
}

on_both_empty_databases! {
    async fn a_grant_ends_with_its_connection(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::rotating_single_use()).await;
        ada.refresh(Provider::Google).await.data("/refreshProviderToken/accessToken");
        is(&ada.leave().await, "REVOKED");
        assert!(!world.is_alive(grant));
        assert_eq!((world.waiting().await, world.count_events("revoked").await), (0, 1));
    }

    async fn a_grant_without_a_refresh_token_ends_as_well(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::no_refresh_token()).await;
        is(&ada.leave().await, "REVOKED");
        assert!(!world.is_alive(grant));
    }

    async fn a_grant_that_had_ended_already_is_as_good_as_revoked(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.revoke(grant);
        is(&ada.leave().await, "REVOKED");
        assert_eq!(world.waiting().await, 0);
    }

    async fn where_no_provider_can_be_told_the_answer_says_so(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        // No way to revoke there; no credentials.
        for provider in [Provider::Spotify, Provider::Github] {
            let grant = ada.connected(provider, GrantScript::stable()).await;
            let query = format!(
                "mutation {{ disconnectProvider(provider: {provider}) {{ revocation }} }}"
            );
            is(&ada.ask(&query).await, "UNSUPPORTED");
            assert!(world.is_alive(grant));
        }
        assert_eq!((world.waiting().await, world.told()), (0, 0));
    }

    async fn it_goes_on_when_the_client_hangs_up(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        let gate = world.simulator.gate(Endpoint::ProviderRevoke);
        let bearer = format!("Bearer {}", ada.jwt);
        let call = world.server.post().header("authorization", bearer);
        let call = tokio::spawn(call.json(&json!({ "query": DISCONNECT })).send());
        gate.arrived(1).await;
        call.abort();
        assert!(call.await.is_err_and(|error| error.is_cancelled()));
        gate.release();
        world.all_told().await;
        assert!(!world.is_alive(grant));
    }

    async fn nobody_is_kept_waiting_by_a_provider_that_is_slow(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        let gate = world.simulator.gate(Endpoint::ProviderRevoke);
        is(&ada.leave().await, "PENDING");
        assert!(world.is_alive(grant));
        gate.release();
        world.all_told().await;
        assert!(!world.is_alive(grant));
    }

    async fn tokens_that_come_back_after_the_connection_was_removed_are_revoked_too(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let gate = world.simulator.gate_answers(Endpoint::ProviderToken);
        let meanwhile = async {
            gate.arrived(1).await;
            is(&ada.leave().await, "REVOKED");
            assert_eq!(world.told(), 2, "a refresh token and an access token");
            gate.release();
        };
        let (refreshed, ()) = tokio::join!(ada.refresh(Provider::Google), meanwhile);
        assert_eq!(refreshed.code(), "NOT_CONNECTED");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
        let all = async {
            while world.count_events("revoked").await < 2 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LIMIT, all).await.expect("the new tokens are not revoked");
        assert_eq!((world.told(), world.waiting().await), (4, 0));
    }

    async fn tokens_that_come_back_late_do_not_end_a_grant_that_is_new(database: Database) {
        let world = world(database).await;
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let gate = world.simulator.gate_answers(Endpoint::ProviderToken);
        let bearer = format!("Bearer {}", ada.jwt);
        let refresh = world.server.post().header("authorization", bearer).json(
            &json!({ "query": "mutation { refreshProviderToken(provider: google) { id } }" }),
        );
        let refresh = tokio::spawn(refresh.send());
        gate.arrived(1).await;
        is(&ada.leave().await, "REVOKED");
        world.advance(TimeDelta::minutes(2));
        ada.renew_jwt();
        let anew = ada.connected(Provider::Google, GrantScript::rotating()).await;
        gate.release();
        refresh.await.unwrap().unwrap();
        assert_eq!((world.told(), world.waiting().await), (2, 0));
        assert!(world.is_alive(anew));
    }
}
