//! How webhooks arrive: at least once, in the order of each connection, and whatever the receiver
//! does, nobody else is held up.

use std::collections::HashSet;

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::store::Now;

use super::{
    Receiver,
    receiver::{Received, Reply},
    sending_to, with_a_receiver,
};
use crate::harness::{Server, World, on_both_empty_databases};

impl World {
    /// One more server that sends to the same receiver.
    async fn sending_replica(&self, receiver: &Receiver) -> Server {
        self.replica_with(|config| sending_to(receiver, config)).await
    }

    async fn webhooks(&self, state: &str) -> i64 {
        let count = "SELECT COUNT(*) FROM provider_connection_webhook WHERE state";
        self.database.number(&format!("{count} = '{state}'")).await
    }
}

fn ids(received: &[Received]) -> HashSet<&str> {
    received.iter().map(|webhook| webhook.id.as_str()).collect()
}

with_a_receiver! {
    async fn one_that_fails_is_sent_again_with_its_id_and_holds_up_no_other_connection(
        world: World,
        receiver: Receiver
    ) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        ada.disconnect(Provider::Google).await;
        receiver.replies([Reply::Status(500)]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        // The first one of Ada's is due later, and so are those behind it.
        assert_eq!(receiver.kinds(), ["connection.disconnected"]);
        bob.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        assert_eq!(receiver.kinds(), ["connection.disconnected", "connection.connected"]);
        assert_eq!(receiver.all()[1].data("userId"), bob.id.to_string());
        world.advance(TimeDelta::seconds(6));
        world.send_webhooks().await;
        let all = receiver.all();
        let again: Vec<_> = all[2..].iter().map(Received::kind).collect();
        assert_eq!(again, ["connection.disconnected", "connection.connected"]);
        assert_eq!((&all[2].id, &all[2].text), (&all[0].id, &all[0].text));
        assert_ne!(all[2].timestamp, all[0].timestamp, "each attempt is signed anew");
        assert_eq!(world.webhooks("delivered").await, 3);
    }

    async fn a_provider_that_only_a_newer_release_knows_holds_up_no_webhook(
        world: World,
        receiver: Receiver
    ) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let of_ada = "UPDATE provider_connection_webhook SET provider = 'unheard of' WHERE id = \
                      (SELECT MIN(id) FROM provider_connection_webhook)";
        world.database.execute(of_ada).await;
        world.send_webhooks().await;
        assert_eq!(receiver.kinds(), ["connection.connected"]);
        assert_eq!(receiver.all()[0].data("userId"), bob.id.to_string());
        assert_eq!(world.webhooks("pending").await, 1, "hers waits for a server that knows it");
    }

    async fn after_three_days_one_is_given_up_and_the_next_is_sent(
        world: World,
        receiver: Receiver
    ) {
        let ada = world.user("ada@example.com");
        receiver.replies([Reply::Status(503); 10]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let grant =
            "mutation { grantProviderAccess(clientId: \"agent\", provider: google) { clientId } }";
        ada.ask(grant).await;
        let began = world.now();
        while world.webhooks("dead").await == 0 {
            assert!(world.now() - began < TimeDelta::days(4), "it is never given up");
            world.send_webhooks().await;
            world.advance(TimeDelta::minutes(20));
        }
        assert!(world.now() - began > TimeDelta::days(3), "{}", world.now());
        world.send_webhooks().await;
        let all = receiver.all();
        assert_eq!(all.len(), 11);
        assert_eq!(ids(&all[..10]).len(), 1);
        assert_eq!(all[10].kind(), "access.granted");
        assert_eq!((world.webhooks("delivered").await, world.webhooks("dead").await), (1, 1));
    }

    async fn attempts_that_were_none_bring_the_end_no_nearer(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        receiver.replies([Reply::Status(410); 12]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        for _ in 0..12 {
            world.send_webhooks().await;
            world.server.connections.enable_webhooks().await;
        }
        assert_eq!(receiver.all().len(), 12);
        receiver.replies([Reply::Status(500)]);
        world.send_webhooks().await;
        assert_eq!((world.webhooks("pending").await, world.webhooks("dead").await), (1, 0));
        // It is the first attempt that has failed.
        world.advance(TimeDelta::seconds(6));
        world.send_webhooks().await;
        assert_eq!(world.webhooks("delivered").await, 1);
    }

    async fn a_young_one_is_not_given_up_however_often_servers_were_killed_at_it(
        world: World,
        receiver: Receiver
    ) {
        let ada = world.user("ada@example.com");
        receiver.replies([Reply::Status(500); 2]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let killed = "UPDATE provider_connection_webhook SET attempts = 20";
        world.database.execute(killed).await;
        world.send_webhooks().await;
        assert_eq!((world.webhooks("pending").await, world.webhooks("dead").await), (1, 0));
        world.advance(TimeDelta::days(4));
        world.send_webhooks().await;
        assert_eq!((receiver.all().len(), world.webhooks("dead").await), (2, 1));
    }

    async fn two_servers_send_each_webhook_once_and_in_order(world: World, receiver: Receiver) {
        let replica = world.sending_replica(&receiver).await;
        let users: Vec<_> =
            (0..6).map(|number| world.user(&format!("user-{number}@example.com"))).collect();
        for user in &users {
            user.connected(Provider::Google, GrantScript::stable()).await;
            for client in ["one", "two"] {
                let grant = format!(
                    "mutation {{ grantProviderAccess(clientId: \"{client}\", provider: google) \
                     {{ clientId }} }}"
                );
                user.ask(&grant).await;
            }
        }
        let (one, other) = tokio::join!(
            world.server.connections.deliver_webhooks(),
            replica.connections.deliver_webhooks()
        );
        one.and(other).unwrap();
        // What one of them had in hand when the other looked.
        world.send_webhooks().await;
        let all = receiver.all();
        assert_eq!((all.len(), ids(&all).len()), (18, 18));
        for user in &users {
            let of_user = all.iter().filter(|of| of.data("userId") == user.id.to_string());
            let clients: Vec<_> = of_user.map(|of| of.data("clientId")).collect();
            assert_eq!(clients, [serde_json::Value::Null, "one".into(), "two".into()]);
        }
    }

    async fn a_receiver_that_hangs_holds_up_its_own_connection_alone(
        world: World,
        receiver: Receiver
    ) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        receiver.replies([Reply::Hang]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let connections = world.server.connections.clone();
        let sending = tokio::spawn(async move { connections.deliver_webhooks().await });
        receiver.until(1).await;
        let replica = world.sending_replica(&receiver).await;
        ada.ask("mutation { grantProviderAccess(clientId: \"a\", provider: google) { clientId } }")
            .await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        replica.connections.deliver_webhooks().await.unwrap();
        // Whichever server sent it: Bob's came, Ada's second waits behind the first.
        receiver.until(2).await;
        let users: Vec<_> = receiver.all().iter().map(|of| of.data("userId")).collect();
        assert_eq!(users, [ada.id.to_string(), bob.id.to_string()]);
        receiver.release();
        sending.await.unwrap().unwrap();
        // Where this took so long that the sender has hung up, the first one is sent again by now.
        world.advance(TimeDelta::seconds(6));
        world.send_webhooks().await;
        assert_eq!(receiver.kinds().last().unwrap(), "access.granted");
    }

    async fn redirects_are_not_followed(world: World, receiver: Receiver) {
        let elsewhere = Receiver::start().await;
        let to: &'static str = elsewhere.url.clone().leak();
        receiver.replies([Reply::Redirect(to)]);
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        assert_eq!((receiver.all().len(), elsewhere.all().len()), (1, 0));
        assert_eq!(world.webhooks("pending").await, 1);
    }

    async fn a_gigabyte_of_answer_is_not_read(world: World, receiver: Receiver) {
        receiver.replies([Reply::Gigabyte]);
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        assert_eq!(world.webhooks("delivered").await, 1);
        assert!(receiver.megabytes() < 64, "{} MiB", receiver.megabytes());
    }

    async fn a_receiver_that_is_gone_is_sent_nothing_more_until_an_operator_says_so(
        world: World,
        receiver: Receiver
    ) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        receiver.replies([Reply::Status(410)]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::days(2));
        let replica = world.sending_replica(&receiver).await;
        for server in [&world.server, &replica] {
            server.connections.deliver_webhooks().await.unwrap();
        }
        assert_eq!(receiver.all().len(), 1);
        world.server.connections.enable_webhooks().await;
        world.send_webhooks().await;
        assert_eq!(receiver.all().len(), 3);
        assert_eq!(world.webhooks("delivered").await, 2);
    }

    async fn a_receiver_that_asks_for_patience_is_left_alone_by_all(
        world: World,
        receiver: Receiver
    ) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        receiver.replies([Reply::RetryAfter(429, "600")]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::minutes(9));
        world.send_webhooks().await;
        assert_eq!(receiver.all().len(), 1);
        world.advance(TimeDelta::minutes(2));
        world.send_webhooks().await;
        assert_eq!(world.webhooks("delivered").await, 2);
    }

    async fn nobody_is_waited_for_longer_than_an_hour_at_a_time(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        receiver.replies([Reply::RetryAfter(503, "99999999")]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        world.advance(TimeDelta::minutes(61));
        world.send_webhooks().await;
        assert_eq!(world.webhooks("delivered").await, 1);
    }

    async fn after_a_disconnection_nothing_is_sent_but_that(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        receiver.replies([Reply::Status(500)]);
        world.send_webhooks().await;
        ada.ask("mutation { grantProviderAccess(clientId: \"a\", provider: google) { clientId } }")
            .await;
        ada.disconnect(Provider::Google).await;
        receiver.forget();
        world.advance(TimeDelta::minutes(10));
        world.send_webhooks().await;
        assert_eq!(receiver.kinds(), ["connection.disconnected"]);
        assert_eq!(world.server.connections.prune_webhooks().await.unwrap(), 2);
        assert_eq!(world.webhooks("pending").await, 0);
    }

    async fn one_that_is_on_its_way_at_the_disconnection_comes_before_it_or_not_at_all(
        world: World,
        receiver: Receiver
    ) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        // Another server is sending it. A receiver that hangs would hold it for ten seconds at most.
        let other = world.database.open(Now::Injected(world.clock())).await;
        let on_its_way = other.claim_webhooks("the receiver", 8).await.unwrap();
        assert_eq!(on_its_way.len(), 1);
        ada.disconnect(Provider::Google).await;
        world.send_webhooks().await;
        assert_eq!(receiver.kinds(), [""; 0], "not past the one on its way");
        other.webhook_delivered(&on_its_way[0], "HTTP 204").await.unwrap();
        world.send_webhooks().await;
        assert_eq!(receiver.kinds(), ["connection.disconnected"]);
        other.close().await;
    }

    async fn nothing_is_kept_or_sent_of_a_deleted_user(world: World, receiver: Receiver) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
        }
        world.server.connections.forget(ada.id).await.unwrap();
        world.send_webhooks().await;
        let users: Vec<_> = receiver.all().iter().map(|of| of.data("userId")).collect();
        assert_eq!(users, [bob.id.to_string()]);
        assert_eq!(world.webhooks("pending").await, 0);
    }

    async fn webhooks_are_kept_as_long_as_events(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        assert_eq!(receiver.all().len(), 1);
        world.advance(TimeDelta::days(89));
        assert_eq!(world.server.connections.prune_webhooks().await.unwrap(), 0);
        world.advance(TimeDelta::days(2));
        assert_eq!(world.server.connections.prune_webhooks().await.unwrap(), 1);
    }

    async fn one_that_nobody_could_send_for_so_long_is_given_up_and_kept_for_a_day(
        world: World,
        receiver: Receiver
    ) {
        let ada = world.user("ada@example.com");
        receiver.replies([Reply::Status(410)]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        let prune = async || world.server.connections.prune_webhooks().await.unwrap();
        world.advance(TimeDelta::days(89));
        assert_eq!((prune().await, world.webhooks("pending").await), (0, 1));
        world.advance(TimeDelta::days(2));
        assert_eq!((prune().await, world.webhooks("dead").await), (0, 1));
        world.advance(TimeDelta::hours(25));
        assert_eq!(prune().await, 1);
    }
}

on_both_empty_databases! {
    async fn one_that_is_sent_again_outlives_the_shortest_retention(database: Database) {
        let receiver = Receiver::start().await;
        let world = World::on_with(database, Signing::hs256(), |config| {
            sending_to(&receiver, config);
            config.event_retention = TimeDelta::days(1);
        })
        .await;
        let ada = world.user("ada@example.com");
        receiver.replies([Reply::Status(503); 10]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let prune = async || world.server.connections.prune_webhooks().await.unwrap();
        let began = world.now();
        while world.webhooks("dead").await == 0 {
            assert!(world.now() - began < TimeDelta::days(4), "it is never given up");
            world.send_webhooks().await;
            assert_eq!(prune().await, 0);
            world.advance(TimeDelta::minutes(20));
        }
        // All attempts were made, and there is time to have it sent again.
        assert_eq!(receiver.all().len(), 10);
        assert_eq!((prune().await, world.webhooks("dead").await), (0, 1));
        world.advance(TimeDelta::hours(25));
        assert_eq!(prune().await, 1);
    }
}
