//! One user's grant has ended while everybody else's is fine: that user is told so, with evidence,
//! and nobody else is. What is the operator's fault, or a rate limit, is nobody's.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::post};
use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, Fault, GrantId, GrantScript, Provider, Signing};
use provider_connections::config::Config;
use serde_json::json;
use url::Url;

use crate::harness::{
    Answer, Cluster, Database, READ, REFRESH, Replica, Server, User, World, directly, directly_at,
    on_both_databases, on_both_empty_databases,
};

const GOOGLE: Provider = Provider::Google;
const HISTORY: &str = "{ providerConnection(provider: google) { status lastFailure { code } \
                       events { kind code evidence } } }";
const BAD: &str = "SELECT COUNT(*) FROM provider_connection WHERE state <> 'active'";

async fn world_with_google_directly(database: Database) -> World {
    World::on_with(database, Signing::hs256(), |config| directly(config, GOOGLE)).await
}

/// Users who are connected with refresh tokens that are good once, and their grants; the first
/// one's is what each test is about.
async fn users(world: &World) -> (Vec<User<'_>>, Vec<GrantId>) {
    let users: Vec<_> = ["ada", "bob", "cy", "dan"]
        .map(|name| world.user(&format!("{name}@example.com")))
        .into_iter()
        .collect();
    let script = GrantScript::rotating_single_use();
    let grants = join_all(users.iter().map(|user| user.connected(GOOGLE, script))).await;
    (users, grants)
}

/// Time passes, and all bring a JWT that is good then.
fn advance(world: &World, users: &mut [User<'_>], by: TimeDelta) {
    world.advance(by);
    users.iter_mut().for_each(User::renew_jwt);
}

async fn are_fine(users: &[User<'_>]) {
    for user in users {
        let token = user.access_token(GOOGLE).await;
        assert!(user.can_use(GOOGLE, &token).await);
        let answer = user.ask(HISTORY).await;
        assert_eq!(answer.text("/providerConnection/status"), "ACTIVE");
        assert_eq!(answer.data("/providerConnection/lastFailure"), &json!(null));
        let events = answer.data("/providerConnection/events").as_array().unwrap();
        assert!(events.iter().all(|event| event["evidence"].is_null()), "{answer:?}");
    }
}

/// The user is told to sign in again. Answers what was seen that speaks for it.
async fn has_ended(user: &User<'_>) -> String {
    let answer = user.ask(HISTORY).await;
    assert_eq!(answer.text("/providerConnection/status"), "REAUTHENTICATION_REQUIRED");
    let event = answer.data("/providerConnection/events/0");
    assert_eq!(event["code"], "REAUTHENTICATION_REQUIRED", "{answer:?}");
    event["evidence"].as_str().unwrap().to_owned()
}

async fn signs_in_again(user: &User<'_>) {
    user.connected(GOOGLE, GrantScript::rotating_single_use()).await;
    let answer = user.read(GOOGLE).await;
    assert_eq!(answer.text("/providerConnection/status"), "ACTIVE");
    let token = answer.text("/providerConnection/accessToken");
    assert!(user.can_use(GOOGLE, token).await);
}

on_both_empty_databases! {
    async fn a_revoked_grant_that_is_refreshed_directly_ends_at_once(database: Database) {
        let world = world_with_google_directly(database).await;
        let (mut users, grants) = users(&world).await;
        world.simulator.revoke(grants[0]);
        advance(&world, &mut users, TimeDelta::hours(1));
        let answer = users[0].read(GOOGLE).await;
        assert_eq!(answer.code(), "REAUTHENTICATION_REQUIRED");
        let url = answer.extension("reauthenticationUrl").as_str().unwrap();
        assert!(reqwest::get(url).await.unwrap().status().is_success());
        are_fine(&users[1..]).await;
        assert_eq!(has_ended(&users[0]).await, "invalid_grant (HTTP 400) from 127.0.0.1");
        signs_in_again(&users[0]).await;
        assert_eq!(world.database.number(BAD).await, 0);
    }

    async fn a_refusal_by_the_provider_itself_heals_if_a_later_refresh_succeeds(database: Database) {
        let world = world_with_google_directly(database).await;
        let replica = world.replica_with(|config| {
            directly(config, GOOGLE);
            config.refresh.pacing.concurrency = 8;
        }).await;
        let (mut users, _) = users(&world).await;
        world.simulator.fail_next(Endpoint::ProviderToken, Fault::RefuseProvider);
        advance(&world, &mut users, TimeDelta::hours(1));
        assert_eq!(users[0].read(GOOGLE).await.code(), "REAUTHENTICATION_REQUIRED");
        are_fine(&users[1..]).await;
        advance(&world, &mut users, TimeDelta::minutes(13));
        // Nobody reads it: the worker tries again.
        replica.work().await;
        assert_eq!(world.database.number(BAD).await, 0);
        let token = users[0].access_token(GOOGLE).await;
        assert!(users[0].can_use(GOOGLE, &token).await);
    }

    async fn a_wrong_client_secret_ends_nobodys_grant_and_heals_when_it_is_right(database: Database) {
        let world = world_with_google_directly(database).await;
        let (mut users, _) = users(&world).await;
        world.simulator.set_client(GOOGLE, "simulator-client", "rolled over");
        advance(&world, &mut users, TimeDelta::hours(1));
        for _ in 0..13 {
            for user in &users {
                assert_eq!(user.read(GOOGLE).await.code(), "UPSTREAM_UNAVAILABLE");
            }
            advance(&world, &mut users, TimeDelta::minutes(5));
        }
        let ended = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'reauthentication_required'";
        assert_eq!(world.database.number(ended).await, 0);
        let history = users[0].ask(HISTORY).await;
        let evidence = history.text("/providerConnection/events/0/evidence");
        assert_eq!(evidence, "invalid_client (HTTP 401) from 127.0.0.1");
        world.simulator.set_client(GOOGLE, "simulator-client", "simulator-secret");
        for user in &users {
            let token = user.access_token(GOOGLE).await;
            assert!(user.can_use(GOOGLE, &token).await);
        }
        assert_eq!(world.database.number(BAD).await, 0);
    }

    async fn a_429_of_one_user_is_nobody_elses_and_one_of_several_is_respected_by_all_replicas(database: Database) {
        let limited = Limited::start().await;
        let set = |config: &mut Config| {
            directly_at(config, GOOGLE, limited.token_url.clone());
            config.refresh.pacing.concurrency = 8;
        };
        let world = World::on_with(database, Signing::hs256(), set).await;
        let replicas = [world.replica_with(set).await, world.replica_with(set).await];
        let (mut users, _) = users(&world).await;
        advance(&world, &mut users, TimeDelta::hours(1));
        // Each is limited for itself, until three are: then all replicas leave those alone.
        for user in &users {
            let refused = read_at(user, &replicas[0]).await;
            let told = (refused.code(), refused.extension("retryAfter"));
            assert_eq!(told, ("UPSTREAM_UNAVAILABLE", &json!(120)));
        }
        for passed in [0, 5, 4, 60, 50] {
            advance(&world, &mut users, TimeDelta::seconds(passed));
            is_left_alone(&users, &replicas, users.len(), || limited.calls()).await;
        }
        limited.end();
        advance(&world, &mut users, TimeDelta::seconds(1));
        for user in &users {
            read_at(user, &replicas[1]).await.text("/providerConnection/accessToken");
        }
        assert_eq!(limited.calls(), 2 * users.len());
    }
}

on_both_databases! {
    async fn a_grant_that_was_revoked_behind_nhost_auth_ends_after_three_refusals_over_ten_minutes(world: World) {
        let (mut users, grants) = users(&world).await;
        world.simulator.revoke(grants[0]);
        advance(&world, &mut users, TimeDelta::hours(1));
        for expected in ["UPSTREAM_UNAVAILABLE", "UPSTREAM_UNAVAILABLE", "REAUTHENTICATION_REQUIRED"] {
            for user in &users[1..] {
                user.refresh(GOOGLE).await.data("/refreshProviderToken/accessToken");
            }
            assert_eq!(users[0].read(GOOGLE).await.code(), expected);
            advance(&world, &mut users, TimeDelta::minutes(5));
        }
        are_fine(&users[1..]).await;
        let evidence = has_ended(&users[0]).await;
        assert!(evidence.contains("refused 3 times since 2026-01-01 13:00:00"), "{evidence}");
        assert!(evidence.contains("last refreshed a token at 2026-01-01 13:10:00"), "{evidence}");
        signs_in_again(&users[0]).await;
        assert_eq!(world.database.number(BAD).await, 0);
    }

    async fn what_nhost_auth_refused_for_long_heals_if_a_later_refresh_succeeds(world: World) {
        let replica = world.replica_with(|config| config.refresh.pacing.concurrency = 8).await;
        let (mut users, _) = users(&world).await;
        advance(&world, &mut users, TimeDelta::hours(1));
        for _ in 0..3 {
            world.simulator.fail_next(Endpoint::RefreshProviderToken, Fault::RefuseProvider);
            users[0].read(GOOGLE).await.code();
            for user in &users[1..] {
                user.refresh(GOOGLE).await.data("/refreshProviderToken/accessToken");
            }
            advance(&world, &mut users, TimeDelta::minutes(5));
        }
        has_ended(&users[0]).await;
        advance(&world, &mut users, TimeDelta::minutes(10));
        replica.work().await;
        assert_eq!(world.database.number(BAD).await, 0);
        let token = users[0].access_token(GOOGLE).await;
        assert!(users[0].can_use(GOOGLE, &token).await);
    }

    async fn a_429_without_retry_after_is_respected_by_all_replicas(world: World) {
        let set = |config: &mut Config| config.refresh.pacing.concurrency = 8;
        let replicas = [world.replica_with(set).await, world.replica_with(set).await];
        let (mut users, _) = users(&world).await;
        world.simulator.fail_next(Endpoint::RefreshProviderToken, Fault::RateLimited);
        advance(&world, &mut users, TimeDelta::hours(1));
        let calls = || world.simulator.calls(Endpoint::RefreshProviderToken);
        assert_eq!(read_at(&users[0], &replicas[0]).await.code(), "UPSTREAM_UNAVAILABLE");
        for passed in [0, 5, 4] {
            advance(&world, &mut users, TimeDelta::seconds(passed));
            is_left_alone(&users, &replicas, 1, calls).await;
        }
        advance(&world, &mut users, TimeDelta::seconds(1));
        for user in &users {
            read_at(user, &replicas[1]).await.text("/providerConnection/accessToken");
        }
        assert_eq!(calls(), 1 + users.len());
    }
}

async fn read_at(user: &User<'_>, server: &Server) -> Answer {
    user.ask_at(server, READ, json!({})).await
}

/// Neither readers nor workers of any replica call the upstream again.
async fn is_left_alone(
    users: &[User<'_>],
    replicas: &[Server],
    called: usize,
    calls: impl Fn() -> usize,
) {
    for replica in replicas {
        replica.work().await;
        for user in users {
            assert_eq!(read_at(user, replica).await.code(), "UPSTREAM_UNAVAILABLE");
        }
    }
    assert_eq!(calls(), called);
}

/// A provider that answers `429` with `Retry-After` until that has ended, and then with a token.
struct Limited {
    token_url: Url,
    calls: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
}

impl Limited {
    async fn start() -> Self {
        let (calls, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, over) = (calls.clone(), ended.clone());
        let token = async move || {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            if !over.load(Ordering::SeqCst) {
                return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "120")]).into_response();
            }
            let token = format!("token-{call}");
            Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }))
                .into_response()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let token_url = format!("http://{}/token", listener.local_addr().unwrap());
        let router = Router::new().route("/token", post(token));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { token_url: token_url.parse().unwrap(), calls, ended }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_client_secret_is_said_loudly_in_the_log() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let token_url = cluster.simulator.origin().join("providers/google/token").unwrap();
    let binary = cluster
        .binary("server")
        .env("PROVIDER_GOOGLE_CLIENT_ID", "simulator-client")
        .env("PROVIDER_GOOGLE_CLIENT_SECRET", "simulator-secret")
        .env("PROVIDER_GOOGLE_TOKEN_URL", token_url.as_str());
    let mut server = Replica::start(binary).await;
    let ada = cluster.connected(&server, GrantScript::rotating_single_use()).await;
    cluster.simulator.set_client(GOOGLE, "simulator-client", "rolled over");
    let refused = ada.ask(&server, REFRESH).await.unwrap();
    assert_eq!(refused.code(), "UPSTREAM_UNAVAILABLE");
    let words = "the provider rejects this server's client credentials";
    let what_to_do = "check PROVIDER_GOOGLE_CLIENT_SECRET";
    server.logged(&[words, "ERROR", "google", "invalid_client (HTTP 401)", what_to_do]).await;
    let listed = ada.ask(&server, HISTORY).await.unwrap();
    assert_eq!(listed.text("/providerConnection/status"), "REFRESH_FAILING");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_is_refused_moments_after_its_sign_in_makes_the_log_name_the_client() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let token_url = cluster.simulator.origin().join("providers/google/token").unwrap();
    let binary = cluster
        .binary("server")
        .env("PROVIDER_GOOGLE_CLIENT_ID", "simulator-client")
        .env("PROVIDER_GOOGLE_CLIENT_SECRET", "simulator-secret")
        .env("PROVIDER_GOOGLE_TOKEN_URL", token_url.as_str());
    let mut server = Replica::start(binary).await;
    let ada = cluster.connected(&server, GrantScript::rotating_single_use()).await;
    // Another client's grant is refused like one that has ended. Of a single one nobody can tell.
    for code in ["REAUTHENTICATION_REQUIRED", "REAUTHENTICATION_REQUIRED", "UPSTREAM_UNAVAILABLE"] {
        let grant = cluster.simulator.grant_of(ada.id, GOOGLE).unwrap();
        cluster.simulator.block(grant, Fault::OauthError("invalid_grant".to_owned()));
        let refused = ada.ask(&server, REFRESH).await.unwrap();
        assert_eq!(refused.code(), code);
        let words = "the provider rejects new grants";
        server.logged(&[words, "ERROR", "google", "PROVIDER_GOOGLE_CLIENT_ID"]).await;
        if code == "REAUTHENTICATION_REQUIRED" {
            let again = GrantScript::rotating_single_use();
            cluster.simulator.sign_in(ada.id, GOOGLE, again);
            ada.connect(&server).await.data("/connectProvider/id");
        }
    }
    let listed = ada.ask(&server, HISTORY).await.unwrap();
    assert_eq!(listed.text("/providerConnection/status"), "REFRESH_FAILING");
}
