//! Tokens are refreshed before they expire, also while nobody reads them: by every replica, none
//! twice, at a set pace, and fairly.

use std::time::Duration;

use chrono::TimeDelta;
use domain::State;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider, Signing};
use provider_connections::config::Config;
use serde_json::json;

use crate::harness::{Binary, Database, User, World, on_both_databases, simulator, until};

/// So many refreshes at once.
fn concurrently(config: &mut Config, concurrency: usize) {
    config.refresh.pacing.concurrency = concurrency;
}

/// So many users who are connected to a provider.
async fn crowd(
    world: &World,
    size: usize,
    provider: Provider,
    script: GrantScript,
) -> Vec<User<'_>> {
    crowd_named(world, size, provider, provider.as_str(), script).await
}

async fn crowd_named<'a>(
    world: &'a World,
    size: usize,
    provider: Provider,
    name: &str,
    script: GrantScript,
) -> Vec<User<'a>> {
    let users: Vec<_> = (0..size).map(|n| world.user(&format!("{name}{n}@example.com"))).collect();
    for users in users.chunks(16) {
        join_all(users.iter().map(|user| user.connected(provider, script))).await;
    }
    users
}

fn calls(world: &World) -> usize {
    world.simulator.calls(Endpoint::RefreshProviderToken)
}

on_both_databases! {
    async fn a_token_is_refreshed_before_it_expires_while_nobody_reads_it(world: World) {
        let replica = world.replica_with(|config| concurrently(config, 8)).await;
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating_single_use()).await;
        replica.work().await;
        assert_eq!(calls(&world), 0, "it is far from its end");

        world.advance(TimeDelta::minutes(56));
        replica.work().await;
        assert_eq!(calls(&world), 1);
        replica.work().await;
        assert_eq!(calls(&world), 1, "and once");

        world.advance(TimeDelta::minutes(10));
        ada.renew_jwt();
        let token = ada.access_token(Provider::Google).await;
        assert!(ada.can_use(Provider::Google, &token).await);
        assert_eq!(calls(&world), 1, "its reader finds it fresh");
    }

    async fn a_token_that_lives_shorter_than_the_margin_is_refreshed_in_the_middle_of_its_life(world: World) {
        let replica = world.replica_with(|config| concurrently(config, 8)).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable().lifetime(120)).await;
        replica.work().await;
        assert_eq!(calls(&world), 0);
        world.advance(TimeDelta::seconds(61));
        replica.work().await;
        assert_eq!(calls(&world), 1);
    }

    async fn a_connection_that_nobody_used_for_long_is_left_alone_until_somebody_does(world: World) {
        let replica = world.replica_with(|config| concurrently(config, 8)).await;
        let mut ada = world.user("ada@example.com");
        // GitLab's refresh tokens don't die of idleness.
        let script = GrantScript::rotating_single_use().lifetime(40 * 86400);
        ada.connected(Provider::Gitlab, script).await;
        world.advance(TimeDelta::days(40) - TimeDelta::minutes(2));
        replica.work().await;
        assert_eq!(calls(&world), 0);
        replica.connections.put_off_idle().await.unwrap();
        replica.work().await;
        let row = world.row(ada.id, Provider::Gitlab).await.unwrap();
        assert_eq!((calls(&world), row.refresh_due_at), (0, None), "nor is it looked at again");

        world.advance(TimeDelta::minutes(5));
        ada.renew_jwt();
        let token = ada.access_token(Provider::Gitlab).await;
        assert!(ada.can_use(Provider::Gitlab, &token).await);
        assert_eq!(calls(&world), 1);
        world.advance(TimeDelta::days(40) - TimeDelta::minutes(2) - TimeDelta::days(11));
        let row = world.row(ada.id, Provider::Gitlab).await.unwrap();
        assert!(row.refresh_due_at.is_some(), "it is in use again");
    }

    async fn a_refresh_token_that_dies_of_idleness_is_used_in_time(world: World) {
        let replica = world.replica_with(|config| concurrently(config, 8)).await;
        let ada = world.user("ada@example.com");
        // Google's end after six months without use.
        let grant = GrantScript::stable().lifetime(400 * 86400);
        ada.connected(Provider::Google, grant).await;
        for day in 0..180 {
            replica.work().await;
            if day % 20 == 0 {
                replica.connections.put_off_idle().await.unwrap();
            }
            world.advance(TimeDelta::days(1));
        }
        assert_eq!(calls(&world), 1, "although nobody used the connection");
    }

    async fn no_two_replicas_refresh_the_same_connection(world: World) {
        let replicas = join_all(
            (0..3).map(|_| world.replica_with(|config| concurrently(config, 16))),
        )
        .await;
        crowd(&world, 60, Provider::Google, GrantScript::rotating_single_use()).await;
        world.advance(TimeDelta::minutes(56));
        join_all(replicas.iter().map(crate::harness::Server::work)).await;
        assert_eq!(calls(&world), 60);
        let alive = "SELECT COUNT(*) FROM provider_connection WHERE generation = 2 AND state = 'active'";
        assert_eq!(world.database.number(alive).await, 60);
    }

    async fn a_provider_that_hangs_does_not_starve_the_others(world: World) {
        let replica = world.replica_with(|config| concurrently(config, 8)).await;
        crowd(&world, 30, Provider::Google, GrantScript::rotating()).await;
        crowd(&world, 10, Provider::Spotify, GrantScript::rotating()).await;
        let hangs = Fault::Slow(Duration::from_mins(10));
        world.simulator.fail_always(Endpoint::RefreshProviderToken, Some(Provider::Google), hangs);
        world.advance(TimeDelta::minutes(56));
        // Google's calls never end while this goes on.
        let refreshed = "SELECT COUNT(*) FROM provider_connection WHERE provider = 'spotify' AND generation = 2";
        while world.database.number(refreshed).await < 10 {
            replica.connections.refresh_due().await.unwrap();
        }
        let google = world.simulator.calls_for(Endpoint::RefreshProviderToken, Provider::Google);
        assert!((1..=6).contains(&google), "the last quarter was left to others: {google}");
    }

    async fn the_pace_is_kept_by_all_replicas_together_and_the_soonest_to_expire_come_first(world: World) {
        let slowly = |config: &mut Config| {
            concurrently(config, 64);
            config.refresh.pacing.per_second = 10;
        };
        let replicas = [world.replica_with(slowly).await, world.replica_with(slowly).await];
        let mut users = Vec::new();
        for minutes in [90, 60, 75] {
            let script = GrantScript::rotating().lifetime(minutes * 60);
            users.push((minutes, crowd_named(&world, 15, Provider::Google, &minutes.to_string(), script).await));
            world.advance(TimeDelta::seconds(1));
        }
        world.advance(TimeDelta::minutes(100));
        let mut order = Vec::new();
        for _ in 0..5 {
            let before = calls(&world);
            join_all(replicas.iter().map(crate::harness::Server::work)).await;
            let made = calls(&world) - before;
            assert!(made <= 10, "{made} calls in one second");
            order.push(made);
            world.advance(TimeDelta::seconds(1));
        }
        assert_eq!(order, [10, 10, 10, 10, 5]);
        let mut first_generation = Vec::new();
        for (minutes, users) in &users {
            for user in users {
                let row = world.row(user.id, Provider::Google).await.unwrap();
                first_generation.push((row.refreshed_at.unwrap(), *minutes));
            }
        }
        first_generation.sort_unstable();
        let minutes: Vec<_> = first_generation.iter().map(|(_, minutes)| *minutes).collect();
        assert!(minutes.is_sorted(), "{minutes:?}");
    }

    async fn what_failed_is_tried_again_later_and_then_works(world: World) {
        let replica = world.replica_with(|config| concurrently(config, 8)).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        world.simulator.fail_next(Endpoint::RefreshProviderToken, Fault::RefuseProvider);
        world.advance(TimeDelta::minutes(56));
        replica.work().await;
        replica.work().await;
        assert_eq!(calls(&world), 1, "not at once");
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(row.state, State::RefreshFailing);
        world.advance(TimeDelta::seconds(10));
        replica.work().await;
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!((calls(&world), row.state), (2, State::Active));
    }
}

/// A project whose JWTs can be verified and not minted.
async fn world_without_a_signing_key(personal_access_token: bool) -> World {
    let database = Database::sqlite();
    World::on_with_simulator(database, Signing::rs256(), |config, simulator| {
        concurrently(config, 8);
        let secret: serde_json::Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
        let verifying = json!({ "type": "RS256", "key": secret["key"] });
        config.jwt_secrets =
            provider_connections::auth::JwtSecret::parse(&verifying.to_string()).unwrap().into();
        if personal_access_token {
            let service = simulator.add_user("service@example.com");
            let token = simulator.personal_access_token(service);
            config.refresh.service_pat = Some(token.to_string().into());
        }
    })
    .await
}

#[tokio::test]
async fn without_credentials_of_its_own_it_refreshes_nothing_ahead() {
    let world = world_without_a_signing_key(false).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::rotating()).await;
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    assert_eq!(calls(&world), 0);
    assert_eq!(world.server.connections.refresh_ahead().nhost_auth, "off");
}

#[tokio::test]
async fn a_personal_access_token_brings_one_jwt_for_all_and_another_before_it_ends() {
    let world = world_without_a_signing_key(true).await;
    crowd(&world, 12, Provider::Google, GrantScript::rotating()).await;
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    let sign_ins = || world.simulator.calls(Endpoint::Pat);
    assert_eq!((calls(&world), sign_ins()), (12, 1));
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    assert_eq!((calls(&world), sign_ins()), (24, 2));
    let bad = "SELECT COUNT(*) FROM provider_connection WHERE state <> 'active'";
    assert_eq!(world.database.number(bad).await, 0);
}

#[tokio::test]
async fn a_personal_access_token_that_is_refused_costs_no_connection_its_state() {
    let world = world_without_a_signing_key(true).await;
    crowd(&world, 3, Provider::Google, GrantScript::rotating()).await;
    world.simulator.fail_always(Endpoint::Pat, None, Fault::nhost(401, "invalid-pat"));
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    let bad = "SELECT COUNT(*) FROM provider_connection WHERE state <> 'active'";
    assert_eq!((calls(&world), world.database.number(bad).await), (0, 0));
    world.simulator.heal(Endpoint::Pat);
    // Nhost Auth allows ten sign-ins in five minutes: it is not asked at once again.
    world.server.work().await;
    assert_eq!(world.simulator.calls(Endpoint::Pat), 1);
    world.advance(TimeDelta::seconds(31));
    world.server.work().await;
    assert_eq!(calls(&world), 3);
}

#[tokio::test]
async fn a_service_refreshes_on_demand_by_the_personal_access_token_too() {
    let world = world_without_a_signing_key(true).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::rotating()).await;
    world.advance(TimeDelta::hours(2));
    let query = format!(
        "{{ providerConnection(provider: google, userId: \"{}\") {{ accessToken }} }}",
        ada.id
    );
    let answer = world.ask_as_service(&[], &query).await;
    let token = answer.text("/providerConnection/accessToken");
    assert!(ada.can_use(Provider::Google, token).await);
}

#[tokio::test]
async fn the_start_up_log_and_readyz_say_by_what_it_refreshes() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let mut minting = Binary::serve(&simulator, &database.url).start();
    let url = minting.url().await;
    let log = minting.logged("tokens are refreshed in the background before they expire").await;
    assert!(log.contains("minted JWT"), "{log}");
    let ready: serde_json::Value =
        reqwest::get(format!("{url}/readyz")).await.unwrap().json().await.unwrap();
    assert_eq!(ready["refreshAhead"], json!({ "nhostAuth": "minted JWT", "direct": [] }));

    let off = Binary::serve(&simulator, &database.url).env("REFRESH_CONCURRENCY", "0");
    let mut off = off.start();
    off.url().await;
    off.logged("refreshed only when someone reads them: to refresh them in the background too, set NHOST_SERVICE_PAT").await;
}

#[tokio::test]
async fn the_binary_refreshes_by_itself() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let mut process = Binary::serve(&simulator, &database.url).start();
    let url = process.url().await;
    let ada = simulator.add_user("ada@example.com");
    // In the middle of its life, but not sooner than after ten seconds.
    simulator.sign_in(ada, Provider::Google, GrantScript::rotating().lifetime(4));
    let answer: serde_json::Value = reqwest::Client::new()
        .post(format!("{url}/graphql"))
        .bearer_auth(simulator.jwt(ada))
        .json(&json!({ "query": "mutation { connectProvider(provider: google) { id } }" }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(answer["errors"].is_null(), "{answer}");
    until(async || simulator.calls(Endpoint::RefreshProviderToken) >= 2).await;
}
