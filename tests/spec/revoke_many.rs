//! `connections revoke` ends many grants, here and at their providers, with a receipt for each. It
//! may be killed anywhere, and the same command goes on.

mod killed;
mod providers;
mod shredded;

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, GrantId, GrantScript, Provider};
use provider_connections::{clock::Clock, store::Now};
use serde_json::Value;

use crate::{
    harness::{
        Binary, CONNECT, Cluster, Database, Ended, KEYS, Member, REFRESH, Replica,
        on_both_empty_databases,
    },
    secrets::Needles,
};

/// Exit code of a run that leaves something to be done.
const UNFINISHED: Option<i32> = Some(3);

/// Processes, and users who have connected Google.
struct Theft {
    cluster: Cluster,
    server: Option<Replica>,
    victims: Vec<(Member, GrantId)>,
}

impl Theft {
    /// So many users, and a server that runs.
    async fn of(database: Database, users: usize) -> Self {
        let cluster = Cluster::over(database).await;
        let server = Replica::start(cluster.binary_at_google("server")).await;
        let mut theft = Self { cluster, server: Some(server), victims: Vec::new() };
        theft.more_victims("user", users).await;
        theft
    }

    async fn more_victims(&mut self, name: &str, users: usize) {
        for number in 0..users {
            let member = self.cluster.member(&format!("{name}-{number}@example.com"));
            let grant = self.sign_in(&member);
            let server = self.server.as_ref().unwrap();
            member.ask(server, CONNECT).await.unwrap().data("/connectProvider/id");
            self.victims.push((member, grant));
        }
    }

    fn sign_in(&self, member: &Member) -> GrantId {
        self.cluster.simulator.sign_in(member.id, Provider::Google, GrantScript::rotating())
    }

    /// `connections revoke` with these arguments, not started yet.
    fn command(&self, arguments: &str) -> Binary {
        command(self.cluster.binary_at_google("operator"), &format!("revoke {arguments}"))
    }

    async fn revoke(&self, arguments: &str) -> Ended {
        self.command(arguments).run().await
    }

    fn alive(&self) -> usize {
        let alive = |grant: &GrantId| self.cluster.simulator.grant(*grant).alive;
        self.victims.iter().filter(|(_, grant)| alive(grant)).count()
    }

    /// Calls of Google's revocation endpoint: a refresh token and an access token for each grant.
    fn told(&self) -> usize {
        self.cluster.simulator.calls_for(Endpoint::ProviderRevoke, Provider::Google)
    }

    async fn rows(&self, table: &str) -> i64 {
        self.cluster.database.number(&format!("SELECT COUNT(*) FROM {table}")).await
    }

    /// Connections, revocations that wait, and receipts that are owed.
    async fn left(&self) -> [i64; 3] {
        [
            self.rows("provider_connection").await,
            self.rows("provider_connection_revocation").await,
            self.rows("provider_connection_revocation_receipt").await,
        ]
    }
}

/// `connections` with these arguments.
pub fn command(binary: Binary, arguments: &str) -> Binary {
    arguments.split_whitespace().fold(binary.arg("connections"), Binary::arg)
}

/// The lines of JSON of an output.
pub fn lines(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The final receipt of each connection. Fails if two of one connection differ.
fn finals(receipts: &[Value]) -> HashMap<String, Value> {
    let mut finals = HashMap::<String, Value>::new();
    for receipt in receipts.iter().filter(|receipt| receipt["final"] == true) {
        let id = receipt["connectionId"].as_str().unwrap().to_owned();
        if let Some(before) = finals.insert(id, receipt.clone()) {
            assert_eq!(&before, receipt, "two receipts contradict each other");
        }
    }
    finals
}

fn all_are(receipts: &HashMap<String, Value>, result: &str) -> bool {
    receipts.values().all(|receipt| receipt["result"] == result)
}

on_both_empty_databases! {
    async fn every_grant_ends_here_and_at_its_provider_and_has_one_receipt(database: Database) {
        let theft = Theft::of(database, 5).await;
        let ended = theft.revoke("--provider google --yes").await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let receipts = lines(&ended.stdout);
        let users: HashSet<_> =
            receipts.iter().map(|of| of["userId"].as_str().unwrap().to_owned()).collect();
        let victims: HashSet<_> =
            theft.victims.iter().map(|(member, _)| member.id.to_string()).collect();
        assert_eq!((receipts.len(), users), (5, victims));
        let finals = finals(&receipts);
        assert!(finals.len() == 5 && all_are(&finals, "revoked"), "{receipts:#?}");
        assert_eq!((theft.alive(), theft.told(), theft.left().await), (0, 10, [0, 0, 0]));
        assert_eq!(theft.cluster.events("revoked").await, 5);
        let (ada, _) = &theft.victims[0];
        let server = theft.server.as_ref().unwrap();
        assert!(ada.read(server).await.data("/providerConnection").is_null());
    }

    async fn a_dry_run_says_what_would_be_revoked_and_changes_nothing(database: Database) {
        let theft = Theft::of(database, 3).await;
        let before = (theft.left().await, theft.rows("provider_connection_event").await);
        let ended = theft.revoke("--provider google --dry-run").await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let would = lines(&ended.stdout);
        assert!(would.len() == 3 && would.iter().all(|of| of["dryRun"] == true), "{ended:?}");
        assert!(would.iter().all(|of| of["revocable"] == true), "{ended:?}");
        assert_eq!((theft.alive(), theft.told()), (3, 0));
        assert_eq!((theft.left().await, theft.rows("provider_connection_event").await), before);
        assert_eq!(before.0, [3, 0, 0]);
    }

    async fn a_dry_run_notes_no_key_and_makes_no_folder(database: Database) {
        let theft = Theft::of(database, 1).await;
        let keys = format!("new:HRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEAHx4=,{KEYS}");
        let dry_run = theft.command("--provider google --dry-run");
        let ended = dry_run.env("ENCRYPTION_KEYS", &keys).run().await;
        assert_eq!((ended.code, lines(&ended.stdout).len()), (Some(0), 1), "{ended:?}");
        assert_eq!(theft.rows("provider_connection_key").await, 1);
        assert!(!theft.cluster.spool("operator").exists());
    }

    async fn the_command_that_it_advises_leaves_whoever_signed_in_meanwhile(database: Database) {
        let mut theft = Theft::of(database, 1).await;
        theft.cluster.simulator.provider_outage(Provider::Google, true);
        let ended = theft.revoke("--provider google --yes").await;
        assert_eq!(ended.code, UNFINISHED, "{ended:?}");
        theft.cluster.simulator.provider_outage(Provider::Google, false);
        theft.more_victims("later", 1).await;
        theft.cluster.make_revocations_due().await;
        let (_, advised) = ended.stderr.split_once("pending receipts, run: ").unwrap();
        let advised = advised.lines().next().unwrap();
        let arguments = advised.strip_prefix("provider-connections connections revoke ").unwrap();
        let again = theft.revoke(arguments).await;
        assert_eq!(again.code, Some(0), "{arguments}: {again:?}");
        let finals = finals(&lines(&again.stdout));
        assert!(finals.len() == 1 && all_are(&finals, "revoked"), "{again:?}");
        assert_eq!((theft.alive(), theft.left().await), (1, [1, 0, 0]));
    }

    async fn a_receipt_stays_until_its_provider_was_told_and_for_a_while_after(database: Database) {
        let theft = Theft::of(database, 3).await;
        theft.cluster.simulator.provider_outage(Provider::Google, true);
        assert_eq!(theft.revoke("--provider google --yes").await.code, UNFINISHED);
        let database = &theft.cluster.database;
        let set_long_ago = async |column: &str| {
            let set = "UPDATE provider_connection_revocation_receipt SET";
            database.execute(&format!("{set} {column} = '2020-01-01T00:00:00+00:00'")).await;
        };
        let store = database.open(Now::Database).await;
        let prune = async || store.prune_receipts(TimeDelta::days(90), 2).await.unwrap();
        set_long_ago("removed_at").await;
        assert_eq!((prune().await, theft.left().await), (0, [0, 3, 3]));
        theft.cluster.simulator.provider_outage(Provider::Google, false);
        theft.cluster.make_revocations_due().await;
        let worker = theft.cluster.binary_at_google("worker").env("REFRESH_CONCURRENCY", "1");
        let worker = Replica::start(worker).await;
        theft.cluster.until_all_is_revoked().await;
        drop(worker);
        assert_eq!((prune().await, theft.left().await), (0, [0, 0, 3]), "it was settled just now");
        set_long_ago("settled_at").await;
        // A few at a time.
        assert_eq!((prune().await, prune().await, prune().await), (2, 1, 0));
        store.close().await;
    }

    async fn nothing_is_revoked_without_a_yes(database: Database) {
        let theft = Theft::of(database, 1).await;
        let ended = theft.revoke("--provider google").await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.stderr.contains("Add --yes"), "{ended:?}");
        assert_eq!((theft.alive(), theft.left().await), (1, [1, 0, 0]));
    }

    async fn only_what_is_named_is_revoked(database: Database) {
        let mut theft = Theft::of(database, 2).await;
        let (ada, _) = &theft.victims[0];
        let ended = theft.revoke(&format!("--provider google --yes --user {}", ada.id)).await;
        assert_eq!((ended.code, theft.alive()), (Some(0), 1), "{ended:?}");
        let before = theft.cluster.database.number(
            "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'disconnected'",
        );
        assert_eq!(before.await, 1);
        // Whoever signs in after the theft stays.
        let moment = Clock::system().now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        theft.more_victims("later", 2).await;
        let ended =
            theft.revoke(&format!("--provider google --yes --connected-before {moment}")).await;
        assert_eq!((ended.code, theft.alive()), (Some(0), 2), "{ended:?}");
        let ended = theft.revoke("--provider github --yes").await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{ended:?}");
        assert!(ended.stderr.contains("No connection matches"), "{ended:?}");
        assert_eq!(theft.left().await, [2, 0, 0]);
    }

    async fn two_runs_at_once_tell_no_provider_twice_and_leave_no_receipt_out(database: Database) {
        let theft = Theft::of(database, 8).await;
        let (one, two) = tokio::join!(
            theft.revoke("--provider google --yes"),
            theft.revoke("--provider google --yes"),
        );
        // One that ends while the other is at a call leaves that receipt to it.
        let codes = [one.code, two.code];
        let all_ended = codes.iter().all(|code| [Some(0), UNFINISHED].contains(code));
        assert!(all_ended && codes.contains(&Some(0)), "{one:?} {two:?}");
        let finals = finals(&[lines(&one.stdout), lines(&two.stdout)].concat());
        assert!(finals.len() == 8 && all_are(&finals, "revoked"), "{finals:#?}");
        assert_eq!((theft.alive(), theft.told(), theft.left().await), (0, 16, [0, 0, 0]));
    }

    async fn tokens_that_a_server_is_fetching_meanwhile_are_not_written_back(database: Database) {
        let theft = Theft::of(database, 1).await;
        let (ada, server) = (&theft.victims[0].0, theft.server.as_ref().unwrap());
        let endpoint = Endpoint::ProviderToken;
        let (refresh, gate) = theft.cluster.held(ada, server, REFRESH, endpoint).await;
        let ended = theft.revoke("--provider google --yes").await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        gate.release();
        assert_eq!(refresh.await.unwrap().unwrap().code(), "NOT_CONNECTED");
        theft.cluster.until_all_is_revoked().await;
        assert_eq!((theft.alive(), theft.left().await), (0, [0, 0, 0]));
    }

    async fn no_token_is_in_what_it_prints_writes_or_logs(database: Database) {
        let theft = Theft::of(database, 2).await;
        let file = theft.cluster.database.folder.path().join("receipts.jsonl");
        let secrets = theft.cluster.simulator.secrets();
        assert!(secrets.len() > 4, "there are tokens to be found");
        let needles = Needles::new(&secrets);
        theft.cluster.simulator.provider_outage(Provider::Google, true);
        let mut printed = String::new();
        for arguments in ["--dry-run", "--yes", "--yes --receipts"] {
            theft.cluster.make_revocations_due().await;
            let mut command = theft.command(&format!("--provider google {arguments}"));
            if arguments.ends_with("receipts") {
                command = command.arg(file.to_str().unwrap());
            }
            let ended = command.env("RUST_LOG", "trace").run().await;
            printed += &(ended.stdout + &ended.stderr);
            // One run is told that the provider is down, and the next that it is back.
            let is_down = arguments == "--dry-run";
            theft.cluster.simulator.provider_outage(Provider::Google, is_down);
        }
        printed += &std::fs::read_to_string(&file).unwrap();
        assert!(printed.contains("\"result\":\"revoked\""), "{printed}");
        assert_eq!(needles.found_in(&printed), None);
        assert!(needles.found_in(format!("{printed}{}", secrets[0])).is_some());
    }
}
