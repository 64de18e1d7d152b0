//! What a provider could not be told yet waits, sealed, until it listens.

use std::time::Duration;

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider, Signing};
use provider_connections::vault::KeyRing;
use sea_orm::{ConnectionTrait, Statement};

use super::{is, world};
use crate::harness::{
    Binary, Cluster, DISCONNECT, Database, Replica, World, on_both_empty_databases, until,
};

/// Enough for any pause but the longest.
const LATER: TimeDelta = TimeDelta::hours(6);

const OTHER_KEY: &str = "other:HRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEAHx4=";

/// What is in the outbox, as the database has it.
async fn outbox(world: &World) -> Vec<u8> {
    let db = world.database.connect().await;
    let sql = "SELECT access_token, refresh_token FROM provider_connection_revocation";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    let mut all = Vec::new();
    for row in rows.unwrap() {
        all.extend(row.try_get_by_index::<Vec<u8>>(0).unwrap());
        all.extend(row.try_get_by_index::<Option<Vec<u8>>>(1).unwrap().unwrap_or_default());
    }
    db.close().await.unwrap();
    all
}

on_both_empty_databases! {
    async fn a_provider_that_is_down_is_told_when_it_is_back(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::rotating()).await;
        world.simulator.provider_outage(Provider::Google, true);
        is(&ada.leave().await, "PENDING");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
        let sealed = outbox(&world).await;
        assert!(!sealed.is_empty());
        for secret in world.simulator.secrets() {
            let secret = secret.as_bytes();
            assert!(!sealed.windows(secret.len()).any(|part| part == secret));
        }
        // Ever less often.
        for (attempt, pause) in [30, 60, 120, 240].into_iter().enumerate() {
            world.advance(TimeDelta::seconds(pause - 1));
            world.server.connections.revoke_due().await.unwrap();
            assert_eq!(world.told(), attempt + 1);
            world.advance(TimeDelta::seconds(1));
            world.server.connections.revoke_due().await.unwrap();
            assert_eq!(world.told(), attempt + 2);
        }
        world.simulator.provider_outage(Provider::Google, false);
        assert!(world.is_alive(grant));
        world.advance(LATER);
        world.server.connections.revoke_due().await.unwrap();
        assert!(!world.is_alive(grant));
        assert_eq!((world.waiting().await, world.count_events("revoked").await), (0, 1));
    }

    async fn a_provider_that_only_a_newer_release_knows_holds_up_no_other(database: Database) {
        let world = world(database).await;
        world.simulator.provider_outage(Provider::Google, true);
        let mut grants = Vec::new();
        for name in ["ada", "bob"] {
            let user = world.user(&format!("{name}@example.com"));
            grants.push(user.connected(Provider::Google, GrantScript::stable()).await);
            is(&user.leave().await, "PENDING");
            world.advance(TimeDelta::seconds(1));
        }
        let ada = "UPDATE provider_connection_revocation SET provider = 'unheard of' WHERE id = \
                   (SELECT id FROM provider_connection_revocation ORDER BY created_at LIMIT 1)";
        world.database.execute(ada).await;
        world.simulator.provider_outage(Provider::Google, false);
        world.advance(LATER);
        world.server.connections.revoke_due().await.unwrap();
        assert!(!world.is_alive(grants[1]), "Bob's grant is revoked");
        assert_eq!(world.waiting().await, 1, "and Ada's waits");
    }

    async fn a_provider_that_never_listens_is_given_up(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.provider_outage(Provider::Google, true);
        let left_at = world.now();
        is(&ada.leave().await, "PENDING");
        while world.waiting().await > 0 {
            assert!(world.now() - left_at < TimeDelta::days(30), "it never gives up");
            assert_eq!(world.count_events("revocation_failed").await, 0);
            world.advance(LATER);
            world.server.connections.revoke_due().await.unwrap();
        }
        assert_eq!(world.told(), 24);
        assert_eq!(world.count_events("revocation_failed").await, 1);
        assert_eq!(world.count_events("revoked").await, 0);
    }

    async fn nothing_is_told_any_more_once_the_user_has_connected_anew(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.provider_outage(Provider::Google, true);
        is(&ada.leave().await, "PENDING");
        world.simulator.provider_outage(Provider::Google, false);
        let anew = ada.connected(Provider::Google, GrantScript::stable()).await;
        assert_eq!(world.waiting().await, 0);
        let told = world.told();
        world.advance(LATER);
        world.server.connections.revoke_due().await.unwrap();
        assert_eq!(world.told(), told);
        assert!(world.is_alive(anew));
    }

    async fn no_two_replicas_tell_a_provider_the_same_at_once(database: Database) {
        let world = world(database).await;
        let other = world.replica_with(|config| {
            let origin = config.nhost_auth_url.join("/").unwrap();
            let clients = super::clients(&world.simulator, &origin, &[Provider::Google]);
            config.providers = clients.collect();
        });
        let other = other.await;
        world.simulator.provider_outage(Provider::Google, true);
        let mut grants = Vec::new();
        for name in ["ada", "bob", "eve"] {
            let user = world.user(&format!("{name}@example.com"));
            grants.push(user.connected(Provider::Google, GrantScript::stable()).await);
            is(&user.leave().await, "PENDING");
        }
        world.simulator.provider_outage(Provider::Google, false);
        let told = world.told();
        world.advance(TimeDelta::minutes(1));
        let gate = world.simulator.gate(Endpoint::ProviderRevoke);
        let meanwhile = async {
            gate.arrived(grants.len()).await;
            // All are under way: for this one there is nothing to do.
            other.connections.revoke_due().await.unwrap();
            assert_eq!(gate.count(), grants.len());
            gate.release();
        };
        let (mine, others) = (&world.server.connections, &other.connections);
        let (mine, others, ()) = tokio::join!(mine.revoke_due(), others.revoke_due(), meanwhile);
        assert!(mine.is_ok() && others.is_ok());
        // A refresh token and an access token each.
        assert_eq!(world.told() - told, 2 * grants.len());
        assert_eq!(world.count_events("revoked").await, 3);
        assert!(grants.iter().all(|grant| !world.is_alive(*grant)));
    }

    async fn a_server_without_credentials_leaves_what_is_to_be_told_to_one_that_has_them(database: Database) {
        let world = world(database).await;
        let without = world.replica_with(|_| {}).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.provider_outage(Provider::Google, true);
        is(&ada.leave().await, "PENDING");
        world.simulator.provider_outage(Provider::Google, false);
        world.advance(TimeDelta::minutes(1));
        without.connections.revoke_due().await.unwrap();
        let unsupported = world.count_events("revocation_unsupported").await;
        assert_eq!((world.waiting().await, unsupported), (1, 0));
        // It did not even claim it.
        world.server.connections.revoke_due().await.unwrap();
        assert!(!world.is_alive(grant));
        assert_eq!((world.waiting().await, world.count_events("revoked").await), (0, 1));
    }

    async fn tokens_that_nobody_has_credentials_for_are_not_kept_for_ever(database: Database) {
        let world = world(database).await;
        let without = world.replica_with(|_| {}).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.provider_outage(Provider::Google, true);
        is(&ada.leave().await, "PENDING");
        let told = world.told();
        for (days, waiting) in [(6, 1), (2, 0)] {
            world.advance(TimeDelta::days(days));
            without.connections.revoke_due().await.unwrap();
            assert_eq!(world.waiting().await, waiting);
        }
        assert_eq!((world.told(), world.count_events("revocation_unsupported").await), (told, 1));
    }

    async fn what_a_server_lacks_the_key_for_is_left_to_one_that_has_it(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        // Given up, so that a server starts without it.
        let retire = "UPDATE provider_connection_key SET retired_at = first_seen_at";
        world.database.execute(retire).await;
        let other = world.replica_with(|config| {
            let origin = config.nhost_auth_url.join("/").unwrap();
            let clients = super::clients(&world.simulator, &origin, &[Provider::Google]);
            config.providers = clients.collect();
            config.encryption_keys = KeyRing::parse(OTHER_KEY).unwrap();
        });
        let other = other.await;
        world.simulator.provider_outage(Provider::Google, true);
        is(&ada.leave().await, "PENDING");
        world.simulator.provider_outage(Provider::Google, false);
        world.advance(TimeDelta::minutes(1));
        other.connections.revoke_due().await.unwrap();
        assert_eq!((world.waiting().await, world.count_events("revocation_failed").await), (1, 0));
        world.advance(LATER);
        world.server.connections.revoke_due().await.unwrap();
        assert!(!world.is_alive(grant));
        assert_eq!((world.waiting().await, world.count_events("revoked").await), (0, 1));
        // If nobody has it, that comes to an end as well.
        let bob = world.user("bob@example.com");
        bob.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.provider_outage(Provider::Google, true);
        is(&bob.leave().await, "PENDING");
        let last = "UPDATE provider_connection_revocation SET attempts = 23";
        world.database.execute(last).await;
        world.advance(LATER);
        other.connections.revoke_due().await.unwrap();
        assert_eq!((world.waiting().await, world.count_events("revocation_failed").await), (0, 1));
    }

    async fn a_provider_that_hangs_does_not_hold_up_what_others_are_told(database: Database) {
        let world = World::on_with_simulator(database, Signing::hs256(), |config, simulator| {
            let origin = config.nhost_auth_url.join("/").unwrap();
            let providers = [Provider::Google, Provider::Gitlab];
            config.providers = super::clients(simulator, &origin, &providers).collect();
        })
        .await;
        let ada = world.user("ada@example.com");
        for provider in [Provider::Google, Provider::Gitlab] {
            world.simulator.provider_outage(provider, true);
            ada.connected(provider, GrantScript::stable()).await;
            let leave = format!("mutation {{ disconnectProvider(provider: {provider}) {{ revocation }} }}");
            is(&ada.ask(&leave).await, "PENDING");
            world.simulator.provider_outage(provider, false);
        }
        world.database.multiply_revocations("google", 99).await;
        let told = |provider| world.simulator.calls_for(Endpoint::ProviderRevoke, provider);
        let before = (told(Provider::Google), told(Provider::Gitlab));
        let hangs = Fault::Slow(Duration::from_mins(10));
        world.simulator.fail_always(Endpoint::ProviderRevoke, Some(Provider::Google), hangs);
        // What hangs is due first.
        world.advance(TimeDelta::minutes(1));
        let connections = world.server.connections.clone();
        let run = tokio::spawn(async move { connections.revoke_due().await });
        until(async || told(Provider::Gitlab) > before.1).await;
        until(async || told(Provider::Google) >= before.0 + 4).await;
        until(async || world.waiting().await == 100).await;
        assert_eq!(told(Provider::Google), before.0 + 4, "and it is not asked for all at once");
        run.abort();
    }
}

/// A process that can revoke at Google, and does so by itself.
fn binary(cluster: &Cluster) -> Binary {
    cluster.binary_at_google("server").env("REFRESH_CONCURRENCY", "1")
}

/// A process that was killed while Google was down and a revocation waits, which is due now.
async fn left_behind(database: Database) -> Cluster {
    let cluster = Cluster::over(database).await;
    let server = Replica::start(binary(&cluster)).await;
    let ada = cluster.connected(&server, GrantScript::stable()).await;
    cluster.simulator.provider_outage(Provider::Google, true);
    ada.ask(&server, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    server.process.kill().await;
    cluster.make_revocations_due().await;
    cluster
}

on_both_empty_databases! {
    async fn what_a_killed_process_did_not_get_told_its_successor_tells(database: Database) {
        let cluster = left_behind(database).await;
        cluster.simulator.provider_outage(Provider::Google, false);
        let successor = Replica::start(binary(&cluster)).await;
        cluster.until_all_is_revoked().await;
        assert_eq!(cluster.events("revoked").await, 1);
        drop(successor);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_once_that_a_provider_was_given_up() {
    let cluster = left_behind(Database::sqlite()).await;
    let last = "UPDATE provider_connection_revocation SET attempts = 23";
    cluster.database.execute(last).await;
    let mut successor = Replica::start(binary(&cluster)).await;
    successor
        .logged(&["ERROR", "could not be revoked in 24 attempts", "the user can remove it"])
        .await;
    let ended = successor.stop().await;
    let lines = ended.stderr.lines().filter(|line| line.contains("could not be revoked"));
    assert_eq!(lines.count(), 1, "{ended:?}");
    assert_eq!(cluster.events("revocation_failed").await, 1);
}
