//! Nobody's dead grant hurts anybody else: with any share of revoked and blocked connections beside
//! them, healthy ones are read and refreshed in time, by readers and by the worker, through Nhost
//! Auth and directly, on one replica and on three; and the dead are found out.

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Fault, GrantScript, Provider, Signing};
use provider_connections::config::Config;
use serde_json::json;

use crate::harness::{Database, READ, Server, User, World, directly, on_both_empty_databases};

const GOOGLE: Provider = Provider::Google;

/// Who keeps tokens fresh.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Readers,
    Workers,
}

struct Town<'a> {
    world: &'a World,
    replicas: Vec<Server>,
    healthy: Vec<User<'a>>,
    dead: Vec<User<'a>>,
    by: By,
}

/// The pace is not what is looked at: time stands still while they all read.
fn unpaced(config: &mut Config) {
    config.refresh.pacing.per_second = 1_000;
    config.refresh.pacing.concurrency = 64;
}

async fn world(database: Database, direct: bool) -> World {
    World::on_with(database, Signing::hs256(), move |config| {
        unpaced(config);
        if direct {
            directly(config, GOOGLE);
        }
    })
    .await
}

impl<'a> Town<'a> {
    async fn of(
        world: &'a World,
        (dead, healthy): (usize, usize),
        by: By,
        direct: bool,
        replicas: usize,
    ) -> Self {
        let user = |kind: &str, n: usize| world.user(&format!("{kind}{n}@example.com"));
        let dead: Vec<_> = (0..dead).map(|n| user("dead", n)).collect();
        let healthy: Vec<_> = (0..healthy).map(|n| user("healthy", n)).collect();
        for users in [&dead, &healthy] {
            for some in users.chunks(16) {
                join_all(
                    some.iter()
                        .map(|user| user.connected(GOOGLE, GrantScript::rotating_single_use())),
                )
                .await;
            }
        }
        let mut servers = Vec::new();
        for _ in 0..replicas {
            servers.push(
                world
                    .replica_with(move |config| {
                        unpaced(config);
                        if direct {
                            directly(config, GOOGLE);
                        }
                    })
                    .await,
            );
        }
        Self { world, replicas: servers, healthy, dead, by }
    }

    fn revoke(&self) {
        for user in &self.dead {
            let grant = self.world.simulator.grant_of(user.id, GOOGLE).unwrap();
            self.world.simulator.revoke(grant);
        }
    }

    fn block(&self, fault: &Fault) {
        for user in &self.dead {
            let grant = self.world.simulator.grant_of(user.id, GOOGLE).unwrap();
            self.world.simulator.block(grant, fault.clone());
        }
    }

    /// The dead are read first, as often as the healthy.
    async fn pass(&mut self, minutes: i64, steps: usize) {
        for _ in 0..steps {
            self.world.advance(TimeDelta::minutes(minutes));
            self.dead.iter_mut().chain(&mut self.healthy).for_each(User::renew_jwt);
            if self.by == By::Workers {
                for replica in &self.replicas {
                    replica.work().await;
                }
                assert_eq!(self.expired().await, 0, "no healthy token expires");
            }
            let at = |n: usize| &self.replicas[n % self.replicas.len()];
            join_all(
                self.dead.iter().enumerate().map(|(n, user)| user.ask_at(at(n), READ, json!({}))),
            )
            .await;
            let answers = join_all(
                self.healthy
                    .iter()
                    .enumerate()
                    .map(|(n, user)| user.ask_at(at(n), READ, json!({}))),
            )
            .await;
            for (user, answer) in self.healthy.iter().zip(answers) {
                let token = answer.text("/providerConnection/accessToken");
                assert!(user.can_use(GOOGLE, token).await, "no healthy read is refused");
                assert_eq!(answer.text("/providerConnection/status"), "ACTIVE");
            }
        }
    }

    async fn expired(&self) -> usize {
        let mut expired = 0;
        for user in &self.healthy {
            let row = self.world.row(user.id, GOOGLE).await.unwrap();
            expired += usize::from(row.access_token_expires_at.unwrap() <= self.world.now());
        }
        expired
    }

    async fn dead_are_told_to_sign_in_again(&self) {
        for user in &self.dead {
            let status = user.read(GOOGLE).await;
            assert_eq!(status.at("/data/providerConnection/status"), "REAUTHENTICATION_REQUIRED");
        }
    }
}

async fn ten_of_seventy_have_revoked(database: Database, by: By, direct: bool, replicas: usize) {
    let world = world(database, direct).await;
    let mut town = Town::of(&world, (10, 60), by, direct, replicas).await;
    town.pass(30, 1).await;
    town.revoke();
    // Past the end of two access tokens.
    town.pass(6, 16).await;
    town.dead_are_told_to_sign_in_again().await;
}

async fn a_hundred_are_blocked(database: Database, by: By, replicas: usize) {
    let world = world(database, true).await;
    let mut town = Town::of(&world, (100, 10), by, true, replicas).await;
    town.block(&Fault::json(403, &json!({ "error": "blocked_by_a_policy_that_nobody_knows" })));
    town.pass(10, 8).await;
}

on_both_empty_databases! {
    async fn ten_of_seventy_have_revoked_and_readers_of_the_others_notice_nothing(database: Database) {
        ten_of_seventy_have_revoked(database, By::Readers, false, 1).await;
    }

    async fn ten_of_seventy_have_revoked_and_the_worker_refreshes_the_others_in_time(database: Database) {
        ten_of_seventy_have_revoked(database, By::Workers, false, 1).await;
    }

    async fn the_same_where_the_provider_is_called_directly(database: Database) {
        ten_of_seventy_have_revoked(database, By::Readers, true, 1).await;
    }

    async fn a_hundred_are_blocked_and_ten_healthy_ones_read_on(database: Database) {
        a_hundred_are_blocked(database, By::Readers, 1).await;
    }

    async fn a_hundred_are_blocked_and_ten_healthy_ones_are_refreshed_in_time(database: Database) {
        a_hundred_are_blocked(database, By::Workers, 1).await;
    }

    // Three accounts that revoke their own grants and refresh as fast as they can.
    async fn attackers_who_revoke_and_refresh_leave_their_victim_alone(database: Database) {
        let world = world(database, false).await;
        let mut town = Town::of(&world, (3, 1), By::Readers, false, 1).await;
        town.revoke();
        for _ in 0..30 {
            world.advance(TimeDelta::seconds(6));
            for attacker in &town.dead {
                attacker.refresh(GOOGLE).await;
            }
            town.healthy[0].renew_jwt();
            town.healthy[0].refresh(GOOGLE).await.data("/refreshProviderToken/accessToken");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_agree_on_who_is_healthy_postgres() {
    ten_of_seventy_have_revoked(Database::postgres().await, By::Workers, false, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_read_on_beside_a_hundred_that_are_blocked_postgres() {
    a_hundred_are_blocked(Database::postgres().await, By::Readers, 3).await;
}
