//! `webhooks`: what operators do with them, without a running server.

use domain::WebhookEvent;
use nhost_auth_simulator::{GrantScript, Provider, Signing};
use serde_json::Value;

use super::{Receiver, SECRET, receiver::Reply, with_a_receiver};
use crate::harness::{Binary, Database, Ended, World, directly, on_both_empty_databases};

impl Database {
    async fn command(&self, arguments: &str) -> Ended {
        Binary::new(arguments).env("DATABASE_URL", &self.url).run().await
    }

    async fn listed(&self, arguments: &str) -> Vec<Value> {
        let ended = self.command(&format!("webhooks list --json {arguments}")).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

with_a_receiver! {
    async fn the_list_shows_what_became_of_each_newest_first(world: World, receiver: Receiver) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        receiver.replies([Reply::Status(500)]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        let all = world.database.listed("").await;
        let of = |index: usize, field: &str| all[index][field].clone();
        assert_eq!((of(0, "userId"), of(1, "userId")), (bob.id.to_string().into(), ada.id.to_string().into()));
        assert_eq!((of(0, "state"), of(1, "state")), ("delivered".into(), "pending".into()));
        assert_eq!((of(0, "lastResult"), of(1, "lastResult")), ("HTTP 204".into(), "HTTP 500".into()));
        assert_eq!(of(1, "id"), receiver.all()[0].id.as_str());
        assert_eq!(world.database.listed("--pending").await, all[1..]);
        assert_eq!(world.database.listed("--dead").await, [Value::Null; 0]);
        assert_eq!(world.database.listed("--limit 1").await, all[..1]);
        let text = world.database.command("webhooks list").await.stdout;
        assert!(text.starts_with("ID") && text.contains("connection.connected"), "{text}");
    }

    async fn a_replay_sends_again_under_the_same_id(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        let id = receiver.all()[0].id.clone();
        // The command goes by the database's clock, and this world's is far behind.
        world.advance(chrono::TimeDelta::days(10_000));
        for (number, which) in
            [id.as_str(), "--since 2026-01-01T11:00:00Z"].into_iter().enumerate()
        {
            let ended = world.database.command(&format!("webhooks replay {which}")).await;
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            assert!(ended.stdout.starts_with("1 webhooks"), "{}", ended.stdout);
            world.send_webhooks().await;
            assert_eq!(receiver.all().len(), number + 2);
            assert_eq!(receiver.all().last().unwrap().id, id);
        }
        let ended = world.database.command("webhooks replay --dead").await;
        assert!(ended.stdout.starts_with("0 webhooks"), "{}", ended.stdout);
        let ended = world.database.command("webhooks replay --since 2027-01-01T00:00:00Z").await;
        assert!(ended.stdout.starts_with("0 webhooks"), "{}", ended.stdout);
    }

    async fn a_replay_lets_a_receiver_that_was_gone_come_back(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        receiver.replies([Reply::Status(410)]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        let status = Binary::serve(&world.simulator, &world.database.url).arg("status");
        let status = status.run().await;
        assert!(status.stdout.contains("the receiver answered 410 Gone"), "{}", status.stdout);
        let ended = world.database.command("webhooks replay --dead").await;
        assert!(ended.stdout.contains("sent to it again"), "{}", ended.stdout);
        world.send_webhooks().await;
        assert_eq!(receiver.all().len(), 2);
    }

    async fn what_was_disconnected_is_not_replayed(world: World, receiver: Receiver) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        let id = receiver.all()[0].id.clone();
        ada.disconnect(Provider::Google).await;
        let ended = world.database.command(&format!("webhooks replay {id}")).await;
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.contains("was disconnected since"), "{}", ended.stderr);
    }
}

on_both_empty_databases! {
    async fn what_was_only_recorded_is_not_replayed(database: Database) {
        let world = World::on_with(database, Signing::hs256(), |config| {
            directly(config, Provider::Google);
            config.webhooks.outbox = true;
            config.webhooks.events = WebhookEvent::ALL.iter().copied().collect();
        })
        .await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let recorded = world.database.listed("").await;
        assert_eq!(recorded.len(), 1);
        assert_eq!(recorded[0]["state"], "recorded");
        for which in ["--since 2026-01-01T11:00:00Z", "--dead"] {
            let ended = world.database.command(&format!("webhooks replay {which}")).await;
            assert!(ended.stdout.starts_with("0 webhooks"), "{}", ended.stdout);
        }
        let id = recorded[0]["id"].as_str().unwrap();
        let ended = world.database.command(&format!("webhooks replay {id}")).await;
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.contains("was only recorded"), "{}", ended.stderr);
        assert_eq!(world.database.listed("").await, recorded);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_secret_is_one_that_a_test_can_be_signed_with() {
    let receiver = Receiver::start().await;
    let secret = Binary::new("webhooks secret").run().await.stdout;
    let test = |url: &str, private: &str| {
        Binary::new("webhooks test")
            .env("WEBHOOK_URL", url)
            .env("WEBHOOK_SECRET", &format!("{},{SECRET}", secret.trim()))
            .env("WEBHOOK_ALLOW_PRIVATE_ADDRESSES", private)
    };
    let ended = test(&receiver.url, "true").run().await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("HTTP 204"), "{}", ended.stdout);
    let [webhook] = &receiver.all()[..] else { panic!("one is sent") };
    assert_eq!(webhook.kind(), "webhook.test");
    let mut headers = http::HeaderMap::new();
    for (name, value) in [
        ("webhook-id", webhook.id.clone()),
        ("webhook-timestamp", webhook.timestamp.to_string()),
        ("webhook-signature", webhook.signature.clone()),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    for known in [secret.trim(), SECRET] {
        let by = standardwebhooks::Webhook::new(known).unwrap();
        by.verify(webhook.text.as_bytes(), &headers).unwrap();
    }
    receiver.replies([Reply::Status(401)]);
    let refused = test(&receiver.url, "true").run().await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stdout.contains("HTTP 401"), "{}", refused.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_home_unless_that_is_allowed() {
    let receiver = Receiver::start().await;
    let port = receiver.url.rsplit_once(':').unwrap().1;
    for (url, why) in [
        (format!("http://127.0.0.1:{port}"), "is not https"),
        (format!("https://127.0.0.1:{port}"), "is a private address"),
        (format!("https://localhost:{port}"), "is a private address"),
        (format!("https://[::ffff:7f00:1]:{port}"), "is a private address"),
    ] {
        let binary = Binary::new("webhooks test").env("WEBHOOK_URL", &url);
        let ended = binary.env("WEBHOOK_SECRET", SECRET).run().await;
        assert_eq!(ended.code, Some(1), "{url}");
        assert!(ended.stderr.contains(why), "{url}: {}", ended.stderr);
        assert!(!ended.stderr.contains(port), "the URL may have a secret in it: {}", ended.stderr);
    }
    assert_eq!(receiver.all().len(), 0);
}
