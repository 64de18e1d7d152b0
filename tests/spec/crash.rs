//! A process that dies at any point of its work loses nothing that a successor does not find, but
//! for what [`LOST`] says.

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};

use crate::harness::{
    Binary, CONNECT, Cluster, DISCONNECT, Database, Member, Outage, Process, READ, Replica,
    on_both_empty_databases,
};

/// What a provider does with a refresh token that is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Stable,
    Grace,
    NoGrace,
}

impl Kind {
    fn script(self) -> GrantScript {
        match self {
            Self::Stable => GrantScript::stable(),
            Self::Grace => GrantScript::rotating_with_grace(TimeDelta::minutes(5)),
            Self::NoGrace => GrantScript::rotating_single_use(),
        }
    }
}

/// Where the process dies. What is spooled is spooled because the database takes no commit.
const POINTS: [&str; 16] = [
    "connect.leased",
    "connect.fetched",
    "connect.spooled",
    "connect.committed",
    "refresh.leased",
    "refresh.answered",
    "refresh.spooled",
    "refresh.committed",
    // Connecting opens an access token; then come the refresh token and the new access token.
    "vault.open#2",
    "vault.open#3",
    "replay.read",
    "replay.committed",
    "disconnect.before",
    "disconnect.committed",
    "revoke.claimed",
    "revoke.answered",
];

/// All that a death can lose: where, at which providers, what the user is told, and why no server
/// can do better. A new sign-in heals each.
const LOST: [(&str, &[Kind], &str, &str); 2] = [
    (
        "connect.fetched",
        &[Kind::Stable, Kind::Grace, Kind::NoGrace],
        "PROVIDER_SESSION_NOT_FOUND",
        "Nhost Auth hands a session out once, and it was in memory only",
    ),
    (
        "refresh.answered",
        &[Kind::NoGrace],
        "UPSTREAM_UNAVAILABLE",
        "the new refresh token was in memory only, and the provider does not take the old one",
    ),
];

/// A user, and a process that dies while it works for them.
struct Death<'a> {
    outage: &'a mut Outage,
    point: &'static str,
    kind: Kind,
    ada: Member,
}

impl Death<'_> {
    fn cluster(&self) -> &Cluster {
        &self.outage.cluster
    }

    /// What dies: `connect`, `refresh` …
    fn what(&self) -> &'static str {
        self.point.split_once('.').unwrap().0
    }

    fn binary(&self) -> Binary {
        match self.what() {
            // A successor tells the provider by itself.
            "revoke" => self.cluster().binary_at_google("process").env("REFRESH_CONCURRENCY", "1"),
            _ => self.cluster().binary("process"),
        }
    }

    /// Dies in the operation that the point is named after; answers its successor.
    async fn happen(&mut self) -> Replica {
        self.sign_in();
        if self.what() == "replay" {
            self.dies_at_its_next_start().await;
        } else {
            self.dies_at_work().await;
        }
        self.cluster().end_leases().await;
        self.cluster().make_revocations_due().await;
        Replica::start(self.binary()).await
    }

    async fn dies_at_work(&mut self) {
        let doomed = Replica::start(self.binary().env("CRASH_AT", self.point)).await;
        let operation = match self.what() {
            "connect" => CONNECT,
            "refresh" | "vault" => READ,
            _ => DISCONNECT,
        };
        if operation != CONNECT {
            self.ada.connect(&doomed).await.data("/connectProvider/id");
            self.cluster().expire_tokens().await;
        }
        let answer = match self.point {
            "connect.spooled" => self.outage.connect_into(&self.ada, &doomed).await.await.unwrap(),
            "refresh.spooled" => self.outage.refresh_into(&self.ada, &doomed).await.await.unwrap(),
            _ => self.ada.ask(&doomed, operation).await,
        };
        assert!(answer.is_err(), "{}: it was to die, but answered {answer:?}", self.point);
        self.is_dead(doomed.process).await;
        self.outage.end().await;
    }

    /// One that was killed has left tokens in the spool, and the next one dies over them.
    async fn dies_at_its_next_start(&mut self) {
        let first = Replica::start(self.binary()).await;
        self.ada.connect(&first).await.data("/connectProvider/id");
        self.cluster().expire_tokens().await;
        let call = self.outage.refresh_into(&self.ada, &first).await;
        call.await.unwrap().unwrap().data("/refreshProviderToken/accessToken");
        first.process.kill().await;
        self.outage.end().await;
        self.is_dead(self.binary().env("CRASH_AT", self.point).start()).await;
    }

    async fn is_dead(&self, process: Process) {
        assert_eq!(process.end().await.code, None, "{}: a signal ended it", self.point);
    }

    fn sign_in(&self) {
        self.cluster().simulator.sign_in(self.ada.id, Provider::Google, self.kind.script());
    }

    /// What the user finds at the successor.
    async fn is_survived(&self, successor: &Replica) {
        let ada = &self.ada;
        let lost = LOST
            .iter()
            .find(|(at, at_these, ..)| *at == self.point && at_these.contains(&self.kind));
        if let Some((_, _, code, _)) = lost {
            let connects = self.point.starts_with("connect");
            let query = if connects { CONNECT } else { READ };
            assert_eq!(ada.ask(successor, query).await.unwrap().code(), *code, "{}", self.point);
            self.sign_in();
            ada.connect(successor).await.data("/connectProvider/id");
        } else if self.point.starts_with("connect") {
            ada.connect(successor).await.data("/connectProvider/id");
        } else if self.what() == "revoke" || self.point == "disconnect.committed" {
            assert!(ada.read(successor).await.data("/providerConnection").is_null());
            let again = ada.ask(successor, DISCONNECT).await.unwrap();
            assert_eq!(again.code(), "NOT_CONNECTED");
            if self.what() == "revoke" {
                self.cluster().until_all_is_revoked().await;
                assert!(!self.is_alive(), "{} {:?}", self.point, self.kind);
            }
            return;
        }
        ada.working_token(successor).await;
        self.cluster().expire_tokens().await;
        ada.working_token(successor).await;
        assert!(self.is_alive(), "{} {:?}", self.point, self.kind);
        assert_eq!(self.cluster().spooled("process").len(), 0, "{}", self.point);
        ada.ask(successor, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    }

    fn is_alive(&self) -> bool {
        let simulator = &self.cluster().simulator;
        simulator.grant(simulator.grant_of(self.ada.id, Provider::Google).unwrap()).alive
    }
}

/// Dies at every point, one after the other.
async fn dies_everywhere(database: Database, kind: Kind) {
    let mut outage = Outage::over(database).await;
    for point in POINTS {
        println!("{kind:?}: {point}");
        let ada = outage.cluster.member(&format!("{point}@example.com"));
        let mut death = Death { outage: &mut outage, point, kind, ada };
        let successor = death.happen().await;
        death.is_survived(&successor).await;
    }
}

on_both_empty_databases! {
    async fn a_death_at_any_point_loses_nothing_where_refresh_tokens_stay(database: Database) {
        dies_everywhere(database, Kind::Stable).await;
    }

    async fn a_death_at_any_point_loses_nothing_where_old_refresh_tokens_have_a_grace(database: Database) {
        dies_everywhere(database, Kind::Grace).await;
    }

    async fn a_death_loses_only_what_was_in_memory_where_refresh_tokens_are_good_once(database: Database) {
        dies_everywhere(database, Kind::NoGrace).await;
    }

    async fn the_log_of_a_successor_tells_of_a_refresh_that_died(database: Database) {
        let mut outage = Outage::over(database).await;
        let ada = outage.cluster.member("ada@example.com");
        let point = "refresh.answered";
        let mut death = Death { outage: &mut outage, point, kind: Kind::Grace, ada };
        let successor = death.happen().await;
        death.ada.working_token(&successor).await;
        let ended = successor.stop().await;
        let says = |line: &str| line.contains("WARN") && line.contains("ended without a commit");
        assert!(ended.stderr.lines().any(says), "{}", ended.stderr);
    }
}
