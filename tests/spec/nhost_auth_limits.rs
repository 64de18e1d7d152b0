//! Nhost Auth allows an address ten sign-ins in five minutes, and the fetch of a session is one. That
//! stops nobody's refreshes, callers behind a trusted proxy have ten each, and no user can use up
//! what others need.

use std::pin::pin;

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{
    Endpoint, Fault, GrantScript, Options, Provider, RateLimits, Signing, Simulator,
};
use provider_connections::{
    auth::JwtSecret,
    config::Config,
    connections::{Demand, Remembered},
};
use serde_json::{Value, json};

use crate::harness::{
    Answer, Database, READ, User, World, on_both_databases, on_both_empty_databases,
};

const GOOGLE: Provider = Provider::Google;
const CONNECT: &str = "mutation { connectProvider(provider: google) { id accessToken } }";

/// The limits of Nhost Auth itself.
async fn limited(database: Database, change: impl FnOnce(&mut Config, &Simulator)) -> World {
    let options = Options { rate_limits: RateLimits::nhost_auth(), ..Options::default() };
    World::on_with_options(database, options, change).await
}

/// The limits that a server has for users where nothing is set.
fn users_are_limited(config: &mut Config) {
    config.refresh.user_rate = 10;
}

fn behind_a_proxy(config: &mut Config) {
    config.listener.trusted_proxies = "127.0.0.0/8".parse().unwrap();
}

fn users(world: &World, number: usize) -> Vec<User<'_>> {
    (0..number).map(|n| world.user(&format!("user{n}@example.com"))).collect()
}

async fn connect_from(user: &User<'_>, forwarded_for: &str) -> Answer {
    user.sign_in(GOOGLE, GrantScript::rotating_single_use());
    let authorization = format!("Bearer {}", user.jwt);
    let headers = [("authorization", authorization.as_str()), ("x-forwarded-for", forwarded_for)];
    user.world.server.ask(&headers, CONNECT, json!({})).await
}

fn is_connected(answer: &Answer) -> bool {
    answer.0.pointer("/data/connectProvider/id").is_some_and(Value::is_string)
}

on_both_empty_databases! {
    async fn sixteen_who_connect_within_a_minute_from_one_address_stop_no_refresh(database: Database) {
        let world = limited(database, |config, _| {
            users_are_limited(config);
            config.refresh.remembered = Remembered::default();
        })
        .await;
        let mut victim = world.user("victim@example.com");
        victim.connected(GOOGLE, GrantScript::rotating_single_use()).await;
        let mut connected = 0;
        for user in users(&world, 16) {
            user.sign_in(GOOGLE, GrantScript::rotating());
            let answer = user.connect(GOOGLE).await;
            if is_connected(&answer) {
                connected += 1;
            } else {
                assert_eq!(answer.code(), "UPSTREAM_UNAVAILABLE");
                assert_eq!(answer.extension("upstream"), "nhost-auth");
                // One of ten in five minutes is had back by then.
                assert_eq!(answer.extension("retryAfter"), 30);
            }
            world.advance(TimeDelta::seconds(3));
            victim.refresh(GOOGLE).await;
        }
        assert_eq!(connected, 9, "the tenth was the victim's");
        let calls = world.simulator.call_log();
        let refused = calls.iter().filter(|call| call.status == Some(429)).count();
        assert!(refused <= 3, "{refused} in 21 seconds: they count among all calls of an address");
        world.advance(TimeDelta::hours(2));
        victim.renew_jwt();
        let token = victim.access_token(GOOGLE).await;
        assert!(victim.can_use(GOOGLE, &token).await);
        let status = victim.read(GOOGLE).await;
        assert_eq!(status.at("/data/providerConnection/status"), "ACTIVE");
    }

    async fn fourteen_callers_behind_a_trusted_proxy_all_connect(database: Database) {
        let world = limited(database, |config, _| behind_a_proxy(config)).await;
        for (n, user) in users(&world, 14).iter().enumerate() {
            let answer = connect_from(user, &format!("198.51.100.{n}")).await;
            answer.data("/connectProvider/id");
        }
    }

    async fn a_stranger_who_says_he_is_forwarded_gets_nothing_by_it(database: Database) {
        let world = limited(database, |_, _| {}).await;
        let mut connected = 0;
        for (n, user) in users(&world, 14).iter().enumerate() {
            connected += usize::from(is_connected(&connect_from(user, &format!("198.51.100.{n}")).await));
        }
        assert_eq!(connected, 10);
    }

    async fn nor_where_the_proxy_adds_his_own_address(database: Database) {
        let world = limited(database, |config, _| behind_a_proxy(config)).await;
        let mut connected = 0;
        for (n, user) in users(&world, 14).iter().enumerate() {
            let forwarded = format!("198.51.100.{n}, 203.0.113.9");
            connected += usize::from(is_connected(&connect_from(user, &forwarded).await));
        }
        assert_eq!(connected, 10);
    }

    async fn a_user_who_calls_once_a_second_is_told_to_wait_and_costs_nobody_a_read(database: Database) {
        let world = World::on_with(database, Signing::hs256(), |config| {
            users_are_limited(config);
        })
        .await;
        let mut victim = world.user("victim@example.com");
        victim.connected(GOOGLE, GrantScript::rotating_single_use().lifetime(62)).await;
        let attacker = world.user("attacker@example.com");
        world.simulator.reset_calls();
        let mut refused = 0;
        for second in 1..=75 {
            world.advance(TimeDelta::seconds(1));
            let answer = attacker.connect(GOOGLE).await;
            if answer.code() == "RATE_LIMITED" {
                let wait = answer.extension("retryAfter").as_u64().unwrap();
                assert!((1..=7).contains(&wait), "{wait}");
                refused += 1;
            } else {
                assert_eq!(answer.code(), "PROVIDER_SESSION_NOT_FOUND");
            }
            if second % 10 == 0 {
                victim.renew_jwt();
                let token = victim.access_token(GOOGLE).await;
                assert!(victim.can_use(GOOGLE, &token).await);
            }
        }
        let asked = world.simulator.calls(Endpoint::ProviderTokens);
        assert_eq!(asked + refused, 75, "who is refused has nothing called");
        // All at once, and then one in six seconds.
        assert!((32..=32 + 75 / 6 + 1).contains(&asked), "{asked}");
    }

    async fn sixteen_providers_are_connected_twice_in_a_row(database: Database) {
        let world = World::on_with(database, Signing::hs256(), |config| {
            users_are_limited(config);
        })
        .await;
        let ada = world.user("ada@example.com");
        for provider in Provider::ALL.iter().copied() {
            ada.sign_in(provider, GrantScript::stable());
            let id = ada.connect(provider).await.text("/connectProvider/id").to_owned();
            assert_eq!(ada.connect(provider).await.text("/connectProvider/id"), id);
        }
    }

    async fn refreshes_of_a_user_are_bounded_and_reads_and_other_callers_are_not(database: Database) {
        let world = World::on_with(database, Signing::hs256(), users_are_limited).await;
        let mut ada = world.user("ada@example.com");
        ada.connected(GOOGLE, GrantScript::rotating_single_use()).await;
        ada.refresh(GOOGLE).await.data("/refreshProviderToken/accessToken");
        for _ in 0..50 {
            // Under five seconds after the last: nothing is called, and nothing counts.
            ada.refresh(GOOGLE).await.data("/refreshProviderToken/accessToken");
        }
        let asked = || world.simulator.calls(Endpoint::RefreshProviderToken);
        let mut refused = None;
        for _ in 0..200 {
            world.advance(TimeDelta::seconds(5));
            let before = asked();
            let answer = ada.refresh(GOOGLE).await;
            if answer.0.get("errors").is_some() {
                assert_eq!((answer.code(), asked()), ("RATE_LIMITED", before));
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("12 in a minute are more than ten");
        assert!(refused.extension("retryAfter").as_u64().is_some());
        let row = world.row(ada.id, GOOGLE).await.unwrap();
        assert_eq!(row.lease_owner, None, "no lease was taken");

        world.advance(TimeDelta::seconds(1));
        let admin = world.subject(ada.id).await;
        let connections = &world.server.connections;
        let before = asked();
        connections.refresh(&admin, domain::Provider::Google, Demand::Fresh).await.unwrap();
        assert_eq!(asked(), before + 1, "a service that may name any user is not counted");
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        let token = ada.access_token(GOOGLE).await;
        assert!(ada.can_use(GOOGLE, &token).await);
    }

    async fn a_service_that_acts_as_one_user_is_counted_as_that_user(database: Database) {
        let world = World::on_with(database, Signing::hs256(), |config| {
            users_are_limited(config);
        })
        .await;
        let ada = world.user("ada@example.com");
        let id = ada.id.to_string();
        let headers = [("x-hasura-role", "user"), ("x-hasura-user-id", id.as_str())];
        let mut codes = Vec::new();
        for _ in 0..33 {
            codes.push(world.ask_as_service(&headers, CONNECT).await.code().to_owned());
        }
        assert_eq!(codes.pop().unwrap(), "RATE_LIMITED");
        assert!(codes.iter().all(|code| code == "PROVIDER_SESSION_NOT_FOUND"), "{codes:?}");
    }

    async fn a_session_that_was_not_there_is_not_asked_for_at_once_again(database: Database) {
        let world = World::on_with(database, Signing::hs256(), |config| {
            config.refresh.remembered.no_session = TimeDelta::hours(1);
        })
        .await;
        let ada = world.user("ada@example.com");
        assert_eq!(ada.connect(GOOGLE).await.code(), "PROVIDER_SESSION_NOT_FOUND");
        let mut again = pin!(join_all((0..3).map(|_| ada.connect(GOOGLE))));
        // Much happens meanwhile, and none of it for her.
        for user in users(&world, 5) {
            user.sign_in(GOOGLE, GrantScript::stable());
            tokio::select! {
                ended = &mut again => panic!("Nhost Auth was asked: {ended:?}"),
                answer = user.connect(GOOGLE) => drop(answer.data("/connectProvider/id").clone()),
            }
        }
        assert_eq!(world.simulator.calls(Endpoint::ProviderTokens), 1 + 5);
    }

    async fn a_sign_in_counts_however_soon_after_a_call_that_came_too_early(database: Database) {
        let world = World::on_with(database, Signing::hs256(), |config| {
            config.refresh.remembered.no_session = TimeDelta::milliseconds(300);
        })
        .await;
        let ada = world.user("ada@example.com");
        assert_eq!(ada.connect(GOOGLE).await.code(), "PROVIDER_SESSION_NOT_FOUND");
        ada.sign_in(GOOGLE, GrantScript::stable());
        ada.connect(GOOGLE).await.data("/connectProvider/id");
    }

    async fn with_the_jwt_of_a_new_sign_in_nobody_waits(database: Database) {
        let world = World::on_with(database, Signing::hs256(), |config| {
            // Whoever waits for that does so for longer than a test.
            config.refresh.remembered.no_session = TimeDelta::hours(1);
        })
        .await;
        let mut ada = world.user("ada@example.com");
        assert_eq!(ada.connect(GOOGLE).await.code(), "PROVIDER_SESSION_NOT_FOUND");
        world.advance(TimeDelta::seconds(1));
        ada.sign_in(GOOGLE, GrantScript::stable());
        ada.renew_jwt();
        ada.connect(GOOGLE).await.data("/connectProvider/id");
    }
}

on_both_databases! {
    async fn a_full_bucket_of_sessions_says_nothing_of_nhost_auth(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(GOOGLE, GrantScript::rotating_single_use()).await;
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        world.simulator.fail_always(Endpoint::ProviderTokens, None, Fault::RateLimited);
        for user in users(&world, 5) {
            assert_eq!(user.connect(GOOGLE).await.code(), "UPSTREAM_UNAVAILABLE");
        }
        let token = ada.access_token(GOOGLE).await;
        assert!(ada.can_use(GOOGLE, &token).await);
    }

    async fn refreshes_that_are_limited_stop_no_session(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(GOOGLE, GrantScript::rotating_single_use()).await;
        world.simulator.fail_always(Endpoint::RefreshProviderToken, None, Fault::RateLimited);
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        assert_eq!(ada.refresh(GOOGLE).await.code(), "UPSTREAM_UNAVAILABLE");
        let bob = world.user("bob@example.com");
        bob.connected(GOOGLE, GrantScript::rotating_single_use()).await;
    }
}

/// A server whose service account can't sign in any more.
async fn with_a_service_account(signing: Signing, can_mint: bool) -> (World, uuid::Uuid) {
    let mut service = uuid::Uuid::nil();
    let world = World::on_with_simulator(Database::sqlite(), signing, |config, simulator| {
        config.refresh.pacing.concurrency = 8;
        service = simulator.add_user("service@example.com");
        let token = simulator.personal_access_token(service);
        config.refresh.service_pat = Some(token.to_string().into());
        if !can_mint {
            let secret: Value = serde_json::from_str(&simulator.jwt_secret_json()).unwrap();
            let verifying = json!({ "type": "RS256", "key": secret["key"] });
            config.jwt_secrets = JwtSecret::parse(&verifying.to_string()).unwrap().into();
        }
    })
    .await;
    (world, service)
}

#[tokio::test]
async fn a_sign_in_of_the_service_that_is_limited_stops_neither_sessions_nor_refreshes() {
    let (world, _) = with_a_service_account(Signing::rs256(), false).await;
    let mut ada = world.user("ada@example.com");
    ada.connected(GOOGLE, GrantScript::rotating()).await;
    world.simulator.fail_always(Endpoint::Pat, None, Fault::RateLimited);
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
    let bob = world.user("bob@example.com");
    bob.connected(GOOGLE, GrantScript::rotating()).await;
    ada.renew_jwt();
    ada.refresh(GOOGLE).await.data("/refreshProviderToken/accessToken");
    world.simulator.heal(Endpoint::Pat);
    world.advance(TimeDelta::minutes(56));
    world.server.work().await;
    assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 3, "the worker goes on");
}

#[tokio::test]
async fn where_the_service_account_is_refused_jwts_of_its_own_are_used() {
    for fault in [None, Some(Fault::RateLimited), Some(Fault::nhost(401, "invalid-pat"))] {
        let (world, service) = with_a_service_account(Signing::hs256(), true).await;
        let ada = world.user("ada@example.com");
        ada.connected(GOOGLE, GrantScript::rotating()).await;
        assert_eq!(world.server.connections.refresh_ahead().nhost_auth, "personal access token");
        match fault {
            Some(fault) => world.simulator.fail_always(Endpoint::Pat, None, fault),
            None => world.simulator.disable_user(service),
        }
        world.advance(TimeDelta::minutes(56));
        world.server.work().await;
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        assert_eq!(world.simulator.calls(Endpoint::Pat), 1, "and it isn't asked again at once");
        let with = world.server.connections.refresh_ahead().nhost_auth;
        assert!(with.starts_with("minted JWT, as NHOST_SERVICE_PAT brings none"), "{with}");
        let read = world.server.get("/readyz").send().await.unwrap().text().await.unwrap();
        assert!(read.contains(with), "{read}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_is_not_refused_for_the_calls_of_whoever_he_joins() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        users_are_limited(config);
        config.refresh.user_rate = 1;
    })
    .await;
    let ada = world.user("ada@example.com");
    ada.connected(GOOGLE, GrantScript::rotating_single_use().lifetime(6)).await;
    let mut calls_made = 0;
    loop {
        world.advance(TimeDelta::seconds(7));
        if ada.refresh(GOOGLE).await.0.get("errors").is_some() {
            break;
        }
        calls_made += 1;
        assert!(calls_made < 40, "one in a minute is let through");
    }
    world.advance(TimeDelta::seconds(7));
    let mut calls = Vec::new();
    for _ in 0..10 {
        calls.push(ada.ask("mutation { refreshProviderToken(provider: google) { accessToken } }"));
    }
    let (_, reads) = tokio::join!(join_all(calls), join_all((0..10).map(|_| ada.ask(READ))));
    for read in reads {
        assert!(ada.can_use(GOOGLE, read.text("/providerConnection/accessToken")).await);
    }
}

on_both_empty_databases! {
    async fn refreshes_through_nhost_auth_stay_below_what_it_allows_an_address(database: Database) {
        let world = limited(database, |config, _| {
            config.refresh.pacing.concurrency = 64;
            config.refresh.pacing.nhost_auth_per_minute = 90;
            behind_a_proxy(config);
        })
        .await;
        for (n, user) in users(&world, 120).iter().enumerate() {
            connect_from(user, &format!("198.51.100.{n}")).await.data("/connectProvider/id");
        }
        world.advance(TimeDelta::minutes(56));
        world.simulator.reset_calls();
        let refreshed = "SELECT COUNT(*) FROM provider_connection WHERE generation = 2";
        let mut seconds = 0;
        while world.database.number(refreshed).await < 120 {
            world.server.work().await;
            seconds += 1;
            assert!(seconds < 150, "it takes less than 1.5 s for each");
            world.advance(TimeDelta::seconds(1));
        }
        let calls = world.simulator.call_log();
        assert!(calls.iter().all(|call| call.status != Some(429)), "nothing was refused");
        let made = calls.iter().filter(|call| call.endpoint == Endpoint::RefreshProviderToken);
        let times: Vec<_> = made.map(|call| call.at).collect();
        for time in &times {
            let minute = times.iter().filter(|at| (**at - *time).num_seconds() < 60 && *at >= time);
            assert!(minute.count() <= 90);
        }
    }
}
