//! `keys rotate` seals all that is stored with the first key while servers go on: it overwrites nothing
//! newer, disturbs no refresh, and may be killed at any moment.

use std::{path::Path, sync::Arc};

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use provider_connections::{
    connections::encryption_keys::{Rotation, RotationReport},
    random::Random,
    store::{SealedTable, Store},
    vault::{Binding, Field, KeyRing, Vault},
};
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    harness::{
        Binary, Cluster, Database, KEYS, Member, Outage, READ, REFRESH, Replica, Seeded,
        on_both_databases, on_both_empty_databases,
    },
    key_check::{checked, keys_command},
};

const NEW: &str = "new:HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=";
const USERS: usize = 6;

/// The new key seals, the old one opens.
fn both() -> String {
    format!("{NEW},{KEYS}")
}

fn vault(keys: &str) -> Vault {
    Vault::new(KeyRing::parse(keys).unwrap(), Random::system())
}

async fn rotated(store: &Store, vault: &Vault, dry_run: bool) -> RotationReport {
    let spool_dir = "there-is-no-such-folder".into();
    let rotation = Rotation { store, vault, spool_dir, dry_run, full_speed: true };
    rotation.run(|_| {}).await.unwrap()
}

/// How many values need the key.
async fn values_under(database: &Database, id: &str) -> i64 {
    let (_, report) = checked(database, &both()).await;
    let key = report["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).cloned();
    key.map_or(0, |key| key["values"].as_i64().unwrap())
}

/// Servers that are used, and killed, while all is sealed anew.
struct Scene {
    cluster: Cluster,
    urls: [watch::Sender<String>; 2],
}

impl Scene {
    fn server(&self, slot: usize) -> Binary {
        self.cluster.binary(["a", "b"][slot]).env("ENCRYPTION_KEYS", &both())
    }

    /// Reads and refreshes at either server, as fast as they answer.
    async fn load(&self, member: Member, number: usize) {
        let mut random = Seeded::new(number as u64);
        loop {
            let slot = usize::from(random.below(2) == 0);
            let query = if random.below(2) == 0 { READ } else { REFRESH };
            let url = self.urls[slot].borrow().clone();
            let _ = member.ask_at(&url, query).await;
            self.cluster.expire_tokens().await;
        }
    }

    /// Kills a server and starts it anew, over and over.
    async fn kill_servers(&self) {
        for slot in [0, 1].into_iter().cycle() {
            let replica = Replica::start(self.server(slot)).await;
            self.urls[slot].send_replace(replica.url.clone());
            replica.process.kill().await;
            self.cluster.end_leases().await;
        }
    }

    /// Runs `keys rotate` until it comes to its end, killed ever later.
    async fn rotate(&self) -> usize {
        for kills in 0.. {
            let rotate = keys_command(&self.cluster.database, "rotate", &both());
            // The first values, then one more each time.
            let point = format!("rotate.resealed#{}", 1 + kills % 3);
            let ended = if kills < 4 { rotate.env("CRASH_AT", &point) } else { rotate }.run().await;
            assert!(matches!(ended.code, None | Some(0 | 1)), "{ended:?}");
            if ended.code == Some(0) {
                return kills;
            }
        }
        unreachable!()
    }
}

on_both_empty_databases! {
    async fn a_rotation_under_load_with_kills_leaves_every_value_open_and_the_old_key_nothing(database: Database) {
        let cluster = Cluster::over(database).await;
        let first = Replica::start(cluster.binary("first")).await;
        let script = GrantScript::rotating_with_grace(TimeDelta::hours(1));
        let members = join_all((0..USERS).map(|number| {
            let member = cluster.member(&format!("user-{number}@example.com"));
            cluster.simulator.sign_in(member.id, Provider::Google, script);
            let first = &first;
            async move {
                member.connect(first).await.data("/connectProvider/id");
                member
            }
        }))
        .await;
        first.stop().await;
        // Grants that are to be revoked yet, some day.
        let database = &cluster.database;
        let revocations = "INSERT INTO provider_connection_revocation (id, connection_id, user_id,
             provider, access_token, refresh_token, attempts, due_at, created_at)
             SELECT id, id, user_id, provider, access_token, refresh_token, 0,
             '2999-01-01T00:00:00.000+00:00', connected_at FROM provider_connection";
        database.execute(revocations).await;
        database.multiply_revocations("google", 3).await;
        let values = i64::try_from(2 * USERS * 5).unwrap();
        assert_eq!(values_under(database, "spec").await, values);

        let scene = Arc::new(Scene { cluster, urls: [watch::Sender::default(), watch::Sender::default()] });
        let servers = [Replica::start(scene.server(0)).await, Replica::start(scene.server(1)).await];
        for (slot, server) in servers.iter().enumerate() {
            scene.urls[slot].send_replace(server.url.clone());
        }
        let mut load = JoinSet::new();
        for (number, member) in members.iter().cloned().enumerate() {
            let scene = scene.clone();
            load.spawn(async move { scene.load(member, number).await });
        }
        let killing = scene.clone();
        load.spawn(async move { killing.kill_servers().await });
        let kills = scene.rotate().await;
        load.shutdown().await;
        drop(servers);
        assert!(kills >= 4, "it was killed {kills} times");

        let database = &scene.cluster.database;
        assert_eq!(values_under(database, "spec").await, 0);
        // Every revocation opens as well, with the new key alone.
        let store = database.open(provider_connections::store::Now::Database).await;
        for page in [SealedTable::Connections, SealedTable::Revocations] {
            // No value begins so: all rows are read.
            let rows = store.stale_rows(page, &[1, 0], None, 1000).await.unwrap();
            assert!(rows.rows > 0);
            for row in rows.stale {
                let binding = Binding { user_id: row.user_id, provider: &row.provider };
                for (column, sealed) in &row.values {
                    let field = match column.name() {
                        "access_token" => Field::AccessToken,
                        "refresh_token" => Field::RefreshToken,
                        _ => Field::Account,
                    };
                    vault(NEW).open(binding, field, sealed).unwrap();
                    assert!(vault(KEYS).open(binding, field, sealed).is_err());
                }
            }
        }
        store.close().await;
        // Without the old key all goes on.
        let cluster = &scene.cluster;
        cluster.end_leases().await;
        let last = Replica::start(cluster.binary("a").env("ENCRYPTION_KEYS", NEW)).await;
        for member in &members {
            member.working_token(&last).await;
        }
        cluster.expire_tokens().await;
        for member in &members {
            member.working_token(&last).await;
        }
    }

    async fn a_refresh_that_is_under_way_is_not_disturbed(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = Replica::start(cluster.binary("a").env("ENCRYPTION_KEYS", KEYS)).await;
        let ada = cluster.connected(&server, GrantScript::rotating_single_use()).await;
        cluster.expire_tokens().await;
        let (call, gate) =
            cluster.held(&ada, &server, REFRESH, Endpoint::RefreshProviderToken).await;
        let generation = cluster.generation().await;
        let ended = keys_command(&cluster.database, "rotate", &both()).run().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(cluster.generation().await, generation);
        gate.release();
        let answer = call.await.unwrap().unwrap();
        let token = answer.text("/refreshProviderToken/accessToken").to_owned();
        assert!(ada.can_use(&token).await);
        // That server seals with the old key still, which has been retired: it says so.
        let readiness: Value =
            reqwest::get(format!("{}/readyz", server.url)).await.unwrap().json().await.unwrap();
        assert_eq!(
            readiness["encryptionKeys"],
            "the key new is missing from ENCRYPTION_KEYS; the key spec encrypts here, but is retired"
        );
        server.stop().await;
        let retired = "SELECT count(*) FROM provider_connection_key WHERE retired_at IS NOT NULL";
        assert_eq!(cluster.database.number(retired).await, 0);
        assert_eq!(values_under(&cluster.database, "spec").await, 2);
        let ended = keys_command(&cluster.database, "rotate", &both()).run().await;
        assert!(ended.stdout.contains("2 values were re-encrypted with the key new"), "{ended:?}");
        assert_eq!(values_under(&cluster.database, "spec").await, 0);
    }

    async fn tokens_that_wait_in_the_spool_keep_their_key_and_are_named(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
        let call = outage.refresh_into(&ada, &server).await;
        call.await.unwrap().unwrap().data("/refreshProviderToken/accessToken");
        server.process.kill().await;
        outage.end().await;
        let cluster = &outage.cluster;
        let file = cluster.spooled("server").remove(0);
        let rotate = || keys_command(&cluster.database, "rotate", &both()).run();
        let ended = rotate().await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stdout.contains(file.to_str().unwrap()), "{ended:?}");
        assert!(ended.stdout.contains("encrypted with the key spec"), "{ended:?}");
        // The server writes them, still sealed as they were.
        let server = cluster.binary("server").env("ENCRYPTION_KEYS", &both());
        let server = Replica::start(server).await;
        ada.working_token(&server).await;
        assert!(cluster.spooled("server").is_empty());
        server.stop().await;
        let ended = rotate().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.contains("Nothing needs the key spec any more"), "{ended:?}");
        Replica::start(cluster.binary("server").env("ENCRYPTION_KEYS", NEW)).await.stop().await;
    }

    async fn a_spool_that_can_not_be_read_keeps_the_old_key_and_the_folder_is_named(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = Replica::start(cluster.binary("a")).await;
        cluster.connected(&server, GrantScript::stable()).await;
        server.stop().await;
        let folder = cluster.database.folder.path().join("elsewhere");
        std::fs::create_dir(&folder).unwrap();
        let torn = folder.join("torn.spool");
        std::fs::write(&torn, "{\"version\":1,").unwrap();
        let rotate = |folder: &Path| {
            let rotate = keys_command(&cluster.database, "rotate", &both());
            rotate.env("SPOOL_DIR", folder.to_str().unwrap()).run()
        };
        // A file that is no folder can't be looked into either.
        for (spool, unread) in [(&folder, &torn), (&torn, &torn)] {
            let ended = rotate(spool).await;
            assert_eq!(ended.code, Some(1), "{ended:?}");
            let told = format!("{} can't be read, so no older key was retired", unread.display());
            assert!(ended.stdout.contains(&told), "{ended:?}");
            assert!(!ended.stdout.contains("Nothing needs the key"), "{ended:?}");
            let retired = "SELECT count(*) FROM provider_connection_key WHERE retired_at IS NOT NULL";
            assert_eq!(cluster.database.number(retired).await, 0);
        }
        std::fs::remove_file(&torn).unwrap();
        let absent = folder.join("absent");
        for (spool, told) in [(&absent, "This machine has no spool folder"), (&folder, "The spool folder of this machine is")] {
            let ended = rotate(spool).await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            let told = format!("{told} {}", spool.display());
            assert!(ended.stdout.contains(&told), "{ended:?}");
            assert!(ended.stdout.contains("Nothing needs the key spec any more"), "{ended:?}");
        }
    }

    async fn imports_that_an_older_key_knows_again_are_counted(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = Replica::start(cluster.binary("a")).await;
        cluster.connected(&server, GrantScript::stable()).await;
        server.stop().await;
        let told = "imported tokens can be recognized only with the key";
        let ended = keys_command(&cluster.database, "check", &both()).run().await;
        assert!(!ended.stdout.contains(told), "{ended:?}");
        let import = "INSERT INTO provider_connection_import (digest, user_id, provider, state,
             connection_id, generation, failure_count, refusal_count, created_at)
             SELECT access_token, user_id, provider, 'proved', id, 0, 0, 0, connected_at
             FROM provider_connection";
        cluster.database.execute(import).await;
        assert_eq!(checked(&cluster.database, &both()).await.1["imports"], 1);
        for command in ["check", "rotate"] {
            let ended = keys_command(&cluster.database, command, &both()).run().await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            assert!(ended.stdout.contains(&format!("1 {told}")), "{ended:?}");
        }
    }

    async fn without_the_key_that_sealed_nothing_is_rotated(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = Replica::start(cluster.binary("a")).await;
        cluster.connected(&server, GrantScript::stable()).await;
        server.stop().await;
        let ended = keys_command(&cluster.database, "rotate", NEW).run().await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("the key spec"), "{ended:?}");
        assert_eq!(values_under(&cluster.database, "spec").await, 2);
        let keys = "SELECT count(*) FROM provider_connection_key";
        assert_eq!(cluster.database.number(keys).await, 1);
    }

    async fn at_full_speed_the_same_is_rotated(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = Replica::start(cluster.binary("a")).await;
        cluster.connected(&server, GrantScript::stable()).await;
        server.stop().await;
        let ended = keys_command(&cluster.database, "rotate --full-speed", &both()).run().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(values_under(&cluster.database, "spec").await, 0);
        assert_eq!(values_under(&cluster.database, "new").await, 2);
    }

    async fn a_dry_run_opens_everything_and_writes_nothing(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = Replica::start(cluster.binary("a")).await;
        cluster.connected(&server, GrantScript::stable()).await;
        server.stop().await;
        let ended = keys_command(&cluster.database, "rotate --dry-run", &both()).run().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.contains("2 values would be re-encrypted with the key new"), "{ended:?}");
        // Not on a terminal, progress is a line.
        assert!(ended.stderr.contains("pass 1: 1 of 1 rows, 2 values re-encrypted"), "{ended:?}");
        assert_eq!(values_under(&cluster.database, "spec").await, 2);
        let keys = "SELECT count(*) FROM provider_connection_key";
        assert_eq!(cluster.database.number(keys).await, 1);
        assert_eq!(cluster.events("key_rotated").await, 0);
    }
}

on_both_databases! {
    async fn what_was_written_since_it_was_read_is_not_overwritten(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        let store = world.database.open(provider_connections::store::Now::Database).await;
        let vault = vault(&both());
        let front = vault.ring().sealing_front();
        let page = store.stale_rows(SealedTable::Connections, &front, None, 10).await.unwrap();
        let stale = &page.stale[0];
        world.advance(TimeDelta::minutes(10));
        ada.refresh(Provider::Google).await.data("/refreshProviderToken/accessToken");
        let newer = world.row(ada.id, Provider::Google).await.unwrap();
        assert!(!store.reseal(stale, &stale.values, None).await.unwrap());
        assert_eq!(world.row(ada.id, Provider::Google).await, Some(newer));
        // It is the next time's.
        let report = rotated(&store, &vault, false).await;
        assert_eq!((report.resealed, report.is_done()), (2, true));
        store.close().await;
    }

    async fn values_that_do_not_open_are_named_and_left_and_stop_nothing(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
        }
        let swap = "UPDATE provider_connection SET access_token = refresh_token WHERE user_id = ";
        let id = if world.database.is_sqlite() {
            format!("x'{}'", ada.id.simple())
        } else {
            format!("'{}'", ada.id)
        };
        world.database.execute(&format!("{swap}{id}")).await;
        let broken = world.row(ada.id, Provider::Google).await.unwrap();
        let store = world.database.open(provider_connections::store::Now::Database).await;
        let report = rotated(&store, &vault(&both()), false).await;
        assert_eq!((report.resealed, report.unopened.len()), (3, 1), "{report:?}");
        assert_eq!(report.unopened[0].connection_id, broken.id);
        // No key opens it: the old one opens nothing any more.
        assert_eq!(report.retired, ["spec"]);
        let after = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(after.access_token, broken.access_token);
        assert_ne!(after.refresh_token, broken.refresh_token);
        store.close().await;
    }

    async fn a_rotation_is_an_event_of_each_connection_and_happens_once(world: World) {
        let ada = world.user("ada@example.com");
        for provider in [Provider::Google, Provider::Github] {
            ada.connected(provider, GrantScript::stable()).await;
        }
        let store = world.database.open(provider_connections::store::Now::Database).await;
        assert_eq!(rotated(&store, &vault(&both()), false).await.resealed, 4);
        assert_eq!(rotated(&store, &vault(&both()), false).await.resealed, 0);
        let events = "SELECT count(*) FROM provider_connection_event WHERE kind = 'key_rotated'";
        assert_eq!(world.database.number(events).await, 2);
        let query = "{ providerConnection(provider: google) { events(first: 1) { kind actor } } }";
        let answer = ada.ask(query).await;
        let told = answer.data("/providerConnection/events");
        assert!(told.to_string().contains("KEY_ROTATED"), "{told}");
        store.close().await;
    }
}
