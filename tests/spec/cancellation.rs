//! Clients that hang up, and clocks that are wrong: no session, no rotation and no grant is lost.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, GrantScript, JwtOptions, Provider};
use provider_connections::clock::Clock;
use serde_json::json;

use crate::harness::{Seeded, Server, User, World, on_both_databases};

const GOOGLE: Provider = Provider::Google;
const READ: &str = "{ providerConnection(provider: google) { accessToken } }";

/// Runs a request for a while, and hangs up; or gets its answer, if that comes first.
async fn hang_up<T>(request: impl Future<Output = T>, moment: u64) -> Option<T> {
    let wait = async {
        for _ in 0..moment {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = wait => None,
        answer = request => Some(answer),
    }
}

/// How many yields a request takes that nobody disturbs.
async fn length<T>(request: impl Future<Output = T>) -> u64 {
    let yields = AtomicU64::new(0);
    let count = async {
        loop {
            tokio::task::yield_now().await;
            yields.fetch_add(1, Ordering::SeqCst);
        }
    };
    tokio::select! {
        biased;
        () = count => {}
        _ = request => {}
    }
    yields.into_inner().max(1)
}

/// Users who are signed in, each with a refresh token that is good once.
fn users(world: &World, number: usize) -> Vec<User<'_>> {
    let users = (0..number).map(|n| world.user(&format!("user-{n}@example.com")));
    users
        .inspect(|user| {
            user.sign_in(GOOGLE, GrantScript::rotating_single_use());
        })
        .collect()
}

/// The token that is read works, and the grant behind it lives.
async fn keeps_its_connection(user: &User<'_>) {
    let token = user.access_token(GOOGLE).await;
    assert!(user.can_use(GOOGLE, &token).await);
    let grant = user.world.simulator.grant_of(user.id, GOOGLE).unwrap();
    assert!(user.world.simulator.grant(grant).alive);
}

/// A clock that is wrong, by a number of seconds that can be changed.
fn wrong_clock(world: &World) -> (Clock, Arc<AtomicI64>) {
    let (right, seconds) = (world.clock(), Arc::new(AtomicI64::new(0)));
    let off_by = seconds.clone();
    let now = move || right.now() + TimeDelta::seconds(off_by.load(Ordering::SeqCst));
    (Clock::from_fn(now), seconds)
}

/// A JWT that is good by any of the clocks.
fn give_long_jwt(user: &mut User<'_>) {
    let options = JwtOptions { lifetime: Some(TimeDelta::days(7)), ..JwtOptions::default() };
    user.jwt = user.world.simulator.jwt_with(user.id, options);
}

async fn token_at(user: &User<'_>, server: &Server) -> String {
    let answer = user.ask_at(server, READ, json!({})).await;
    answer.text("/providerConnection/accessToken").to_owned()
}

on_both_databases! {
    async fn a_client_that_hangs_up_anywhere_in_a_connect_loses_nothing(world: World) {
        let mut random = Seeded::new(1);
        let users = users(&world, 50);
        let length = length(users[0].connect(GOOGLE)).await;
        for user in &users {
            hang_up(user.connect(GOOGLE), random.below(length)).await;
            user.connect(GOOGLE).await.data("/connectProvider/id");
            keeps_its_connection(user).await;
            let row = world.row(user.id, GOOGLE).await.unwrap();
            assert_eq!(row.generation, 1, "the session was handed out once");
        }
        // Each call asks whether there is a newer sign-in; the first was made to measure one.
        assert!(world.simulator.calls(Endpoint::ProviderTokens) <= 2 * users.len() + 1);
    }

    async fn a_client_that_hangs_up_anywhere_in_a_refresh_loses_nothing(world: World) {
        let mut random = Seeded::new(2);
        let mut users = users(&world, 50);
        for user in &users {
            user.connect(GOOGLE).await.data("/connectProvider/id");
        }
        world.advance(TimeDelta::hours(1));
        users[0].renew_jwt();
        let length = length(users[0].read(GOOGLE)).await;
        for user in &mut users {
            user.renew_jwt();
            let moment = random.below(length);
            if random.below(2) == 0 {
                hang_up(user.read(GOOGLE), moment).await;
            } else {
                hang_up(user.refresh(GOOGLE), moment).await;
            }
            keeps_its_connection(user).await;
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), users.len());
    }

    async fn a_client_that_hangs_up_before_or_after_the_upstreams_work_loses_nothing(world: World) {
        let mut users = users(&world, 2);
        for (number, user) in users.iter().enumerate() {
            let gate = if number == 0 {
                world.simulator.gate(Endpoint::ProviderTokens)
            } else {
                world.simulator.gate_answers(Endpoint::ProviderTokens)
            };
            tokio::select! {
                _ = user.connect(GOOGLE) => panic!("the gate is closed"),
                () = gate.arrived(1) => {}
            }
            gate.release();
            user.connect(GOOGLE).await.data("/connectProvider/id");
            keeps_its_connection(user).await;
        }
        world.advance(TimeDelta::hours(1));
        for (number, user) in users.iter_mut().enumerate() {
            user.renew_jwt();
            let gate = if number == 0 {
                world.simulator.gate(Endpoint::RefreshProviderToken)
            } else {
                world.simulator.gate_answers(Endpoint::RefreshProviderToken)
            };
            tokio::select! {
                _ = user.refresh(GOOGLE) => panic!("the gate is closed"),
                () = gate.arrived(1) => {}
            }
            gate.release();
            keeps_its_connection(user).await;
        }
        for user in &users {
            assert_eq!(world.row(user.id, GOOGLE).await.unwrap().generation, 2);
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), users.len());
    }

    async fn replicas_whose_clocks_are_an_hour_apart_refresh_once_and_lose_nothing(world: World) {
        let mut users = users(&world, 1);
        let ada = &mut users[0];
        give_long_jwt(ada);
        let (early, seconds) = wrong_clock(&world);
        seconds.store(-1800, Ordering::SeqCst);
        let (late, seconds) = wrong_clock(&world);
        seconds.store(1800, Ordering::SeqCst);
        let replicas = [world.replica_on(early).await, world.replica_on(late).await];
        ada.connect(GOOGLE).await.data("/connectProvider/id");
        for round in 1..=6 {
            world.advance(TimeDelta::minutes(61));
            // Whoever is first refreshes; in turns, so that each clock is the one that counts.
            token_at(ada, &replicas[round % 2]).await;
            let tokens = join_all(replicas.iter().map(|replica| token_at(ada, replica))).await;
            assert_eq!(tokens[0], tokens[1]);
            keeps_its_connection(ada).await;
            assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), round, "round {round}");
        }
    }

    async fn a_clock_that_jumps_back_and_forth_neither_refreshes_twice_nor_loses_a_grant(world: World) {
        let mut users = users(&world, 1);
        let ada = &mut users[0];
        give_long_jwt(ada);
        let (clock, seconds) = wrong_clock(&world);
        let replica = world.replica_on(clock).await;
        ada.ask_at(&replica, "mutation { connectProvider(provider: google) { id } }", json!({}))
            .await
            .data("/connectProvider/id");
        for (round, jump) in [3600, -3600, 86_400, -86_400, 59, -59, 0].into_iter().enumerate() {
            world.advance(TimeDelta::minutes(61));
            seconds.store(jump, Ordering::SeqCst);
            let token = token_at(ada, &replica).await;
            // And back, in the middle of the token's life.
            seconds.store(-jump, Ordering::SeqCst);
            assert_eq!(token_at(ada, &replica).await, token, "a jump by {jump} s");
            keeps_its_connection(ada).await;
            assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), round + 1, "a jump by {jump} s");
        }
    }
}
