//! Whoever subscribes hears of each change of their own connections, and of nobody else's.

mod authorized;
mod busy;
mod crowd;
mod leaving;
mod listening;
mod origins;
mod server_sent;
mod silent;

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::json;

use crate::harness::{SERVICE_SECRET, Socket, on_both_databases};

const DISCONNECT: &str = "mutation { disconnectProvider(provider: google) { id } }";

on_both_databases! {
    async fn each_change_is_told_once_and_in_order_after_a_first_message_without_one(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::rotating());
        let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
        socket.subscribe("1", crate::harness::CHANGED).await;
        socket.gap().await;
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        let change = socket.change().await;
        assert_eq!(change["userId"], ada.id.to_string());
        assert_eq!(change["provider"], "google");
        assert_eq!(change["event"]["kind"], "CONNECTED");
        assert_eq!(change["event"]["actor"], "USER");
        world.advance(TimeDelta::minutes(1));
        ada.refresh(Provider::Google).await.data("/refreshProviderToken");
        ada.ask(DISCONNECT).await.data("/disconnectProvider");
        let kinds = socket.kinds(2).await;
        assert_eq!(kinds, ["ROTATED", "DISCONNECTED"]);
    }

    async fn reads_of_the_token_are_told_with_who_read_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.server.connections.flush_reads().await.unwrap();
        let mut socket = Socket::subscribed(&world.server.url, &ada.jwt).await;
        ada.access_token(Provider::Google).await;
        world.server.connections.flush_reads().await.unwrap();
        let change = socket.change().await;
        assert_eq!(change["event"]["kind"], "TOKEN_READ");
        assert_eq!(change["event"]["actor"], "USER");
        assert_eq!(change["event"]["times"], 1);
    }

    async fn nobody_hears_of_anybody_elses(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        let mut of_ada = Socket::subscribed(&world.server.url, &ada.jwt).await;
        let mut of_bob = Socket::subscribed(&world.server.url, &bob.jwt).await;
        ada.connected(Provider::Google, GrantScript::stable()).await;
        bob.connected(Provider::Spotify, GrantScript::stable()).await;
        ada.connected(Provider::Github, GrantScript::stable()).await;
        for provider in ["google", "github"] {
            assert_eq!(of_ada.event().await["provider"], provider);
        }
        assert_eq!(of_bob.event().await["provider"], "spotify");
        for (user, socket) in [(&ada, &mut of_ada), (&bob, &mut of_bob)] {
            user.connected(Provider::Discord, GrantScript::stable()).await;
            assert_eq!(socket.event().await["provider"], "discord");
        }
        assert!(!of_ada.heard.contains(&bob.id.to_string()), "{}", of_ada.heard);
        assert!(!of_bob.heard.contains(&ada.id.to_string()), "{}", of_bob.heard);
    }

    async fn no_token_is_in_any_message(world: World) {
        let ada = world.user("ada@example.com");
        let mut socket = Socket::subscribed(&world.server.url, &ada.jwt).await;
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let first = ada.access_token(Provider::Google).await;
        world.advance(TimeDelta::minutes(1));
        ada.refresh(Provider::Google).await.data("/refreshProviderToken");
        let second = ada.access_token(Provider::Google).await;
        ada.ask(DISCONNECT).await.data("/disconnectProvider");
        while socket.event().await["event"]["kind"] != "DISCONNECTED" {}
        for secret in [&first, &second, &ada.jwt] {
            assert!(!socket.heard.contains(secret.as_str()), "{}", socket.heard);
        }
    }

    async fn a_service_may_name_a_user_and_a_user_may_not(world: World) {
        let ada = world.user("ada@example.com");
        let bob = world.user("bob@example.com");
        let query = |id: uuid::Uuid| {
            format!("subscription {{ providerConnectionChanged(userId: \"{id}\") {{ provider userId event {{ id }} }} }}")
        };
        let mut service = Socket::connect(&world.server.url, &[]).await.unwrap();
        service.init(json!({ "headers": { "X-Service-Secret": SERVICE_SECRET } })).await;
        service.subscribe("a", &query(ada.id)).await;
        service.gap().await;
        ada.connected(Provider::Google, GrantScript::stable()).await;
        assert_eq!(service.event().await["userId"], ada.id.to_string());

        let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
        socket.subscribe("b", &query(bob.id)).await;
        let error = socket.next().await;
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("b")));
        assert_eq!(error["payload"][0]["extensions"]["code"], "FORBIDDEN");
        // Their own id is theirs to name.
        socket.subscribe("c", &query(ada.id)).await;
        socket.gap().await;
    }

    async fn a_change_on_one_replica_reaches_a_subscriber_of_another(world: World) {
        let other = world.replica().await;
        let ada = world.user("ada@example.com");
        let mut socket = Socket::subscribed(&other.url, &ada.jwt).await;
        ada.connected(Provider::Google, GrantScript::stable()).await;
        assert_eq!(socket.event().await["provider"], "google");
    }
}
