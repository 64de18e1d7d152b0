//! An hour without an upstream, and a thousand connections: nobody is logged out, what is alive is
//! served, and the backlog drains at the set pace.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider, Signing};
use provider_connections::config::Config;

use crate::harness::{Database, Server, User, World, directly, on_both_databases};

const PROVIDERS: [Provider; 3] = [Provider::Google, Provider::Spotify, Provider::Gitlab];

/// Calls to one upstream a second, of all replicas together.
const PACE: u32 = 50;

fn paced(config: &mut Config) {
    config.refresh.pacing.per_second = PACE;
    config.refresh.pacing.concurrency = 48;
}

/// So many connections, of the three providers in turns, and two replicas whose workers keep pace.
struct Crowd<'a> {
    world: &'a World,
    users: Vec<(User<'a>, Provider)>,
    replicas: [Server; 2],
}

impl<'a> Crowd<'a> {
    async fn connected(world: &'a World, size: usize) -> Self {
        Self::connected_with(world, size, paced).await
    }

    async fn connected_with(world: &'a World, size: usize, change: impl Fn(&mut Config)) -> Self {
        let replicas = [world.replica_with(&change).await, world.replica_with(&change).await];
        let user = |n: usize| (world.user(&format!("{n}@example.com")), PROVIDERS[n % 3]);
        let users: Vec<_> = (0..size).map(user).collect();
        for some in users.chunks(32) {
            join_all(some.iter().map(|(user, provider)| user.connected(*provider, script()))).await;
        }
        Self { world, users, replicas }
    }

    /// A minute after the other; both workers look what is due in each.
    async fn pass(&self, minutes: usize) {
        for _ in 0..minutes {
            self.work().await;
            self.world.advance(TimeDelta::minutes(1));
        }
    }

    async fn work(&self) {
        join_all(self.replicas.iter().map(Server::work)).await;
    }

    /// A few users of a provider, with JWTs that are good now.
    fn sample(&mut self, provider: Provider) -> impl Iterator<Item = &User<'a>> {
        let of = self.users.iter_mut().filter(move |(_, of)| *of == provider).take(5);
        of.map(|(user, _)| {
            user.renew_jwt();
            &*user
        })
    }

    async fn are_served(&mut self, provider: Provider) {
        for user in self.sample(provider) {
            let token = user.access_token(provider).await;
            assert!(user.can_use(provider, &token).await);
        }
    }

    /// Readers are told that it is the upstream's fault, and when to come back.
    async fn are_put_off(&mut self, provider: Provider) {
        for user in self.sample(provider) {
            let answer = user.read(provider).await;
            assert_eq!(answer.code(), "UPSTREAM_UNAVAILABLE");
            let retry_after = answer.extension("retryAfter").as_u64().unwrap();
            assert!((1..=60).contains(&retry_after), "{answer:?}");
        }
    }

    async fn count(&self, which: &str) -> usize {
        let count = "SELECT COUNT(*) FROM provider_connection WHERE";
        self.world.database.number(&format!("{count} {which}")).await.try_into().unwrap()
    }

    async fn nobody_is_logged_out(&self) {
        assert_eq!(self.count("state IN ('reauthentication_required', 'connecting')").await, 0);
        assert_eq!(self.count("refresh_token IS NOT NULL").await, self.users.len());
    }

    /// Second by second, until every connection was refreshed once; answers how many it took.
    async fn drained(&self, calls: impl Fn(&Endpoint) -> bool) -> usize {
        let begin = self.world.now();
        let mut seconds = 0;
        while self.count("generation = 2 AND state = 'active'").await < self.users.len() {
            self.work().await;
            self.world.advance(TimeDelta::seconds(1));
            seconds += 1;
            assert!(seconds < 600, "the backlog does not drain");
        }
        let mut by_second = BTreeMap::<_, u32>::new();
        let log = self.world.simulator.call_log();
        for call in log.iter().filter(|call| call.at >= begin && calls(&call.endpoint)) {
            *by_second.entry(call.at).or_default() += 1;
        }
        let most = by_second.values().max().unwrap();
        assert!(*most <= PACE, "{most} calls in a second");
        seconds
    }
}

fn script() -> GrantScript {
    GrantScript::rotating_single_use()
}

/// How long a backlog of this size takes, with a little for the probe and for those that have just
/// failed.
fn seconds_for(size: usize) -> usize {
    size / PACE as usize + 90
}

async fn nhost_auth_is_down_for_an_hour(world: World, size: usize) {
    let mut crowd = Crowd::connected(&world, size).await;
    crowd.pass(30).await;
    let refresh = Endpoint::RefreshProviderToken;
    world.simulator.fail_always(refresh, None, Fault::Empty(503));
    crowd.pass(20).await;
    for provider in PROVIDERS {
        crowd.are_served(provider).await;
    }
    world.simulator.fail_always(refresh, None, Fault::Disconnect);
    crowd.pass(30).await;
    for provider in PROVIDERS {
        crowd.are_put_off(provider).await;
    }
    crowd.pass(10).await;
    crowd.nobody_is_logged_out().await;
    let in_vain = world.simulator.calls(refresh);
    assert!(in_vain < size + 300, "each tried once, and then a few looked: {in_vain} calls");

    world.simulator.heal(refresh);
    let seconds = crowd.drained(|endpoint| *endpoint == refresh).await;
    assert!(seconds <= seconds_for(size), "{seconds} s");
    for provider in PROVIDERS {
        crowd.are_served(provider).await;
    }
}

async fn one_provider_is_down_for_an_hour(
    world: World,
    size: usize,
    endpoint: Endpoint,
    change: impl Fn(&mut Config),
) {
    let mut crowd = Crowd::connected_with(&world, size, change).await;
    crowd.pass(30).await;
    let down = Provider::Google;
    world.simulator.provider_outage(down, true);
    crowd.pass(20).await;
    // The provider's own API is down as well: whether it takes the token is not asked.
    for user in crowd.sample(down) {
        user.access_token(down).await;
    }
    crowd.pass(30).await;
    for user in crowd.sample(down) {
        assert_eq!(user.read(down).await.extension("upstream"), "google");
    }
    crowd.are_put_off(down).await;
    for provider in [Provider::Spotify, Provider::Gitlab] {
        crowd.are_served(provider).await;
    }
    crowd.pass(10).await;
    crowd.nobody_is_logged_out().await;
    let others = "provider <> 'google' AND state = 'active' AND generation = 2";
    let of_google = size.div_ceil(3);
    assert_eq!(crowd.count(others).await, size - of_google, "the others were refreshed");
    let failures = "SELECT COUNT(*) FROM provider_connection_event AS event JOIN provider_connection \
                    AS connection ON connection.id = event.connection_id \
                    WHERE kind = 'refresh_failed' AND connection.provider <> 'google'";
    assert_eq!(world.database.number(failures).await, 0, "and not one of them failed");
    let in_vain = world.simulator.calls_for(endpoint, down);
    assert!(in_vain < size + 300, "each tried once, and then a few looked: {in_vain} calls");

    world.simulator.provider_outage(down, false);
    let seconds = crowd.drained(|called| *called == endpoint).await;
    assert!(seconds <= seconds_for(of_google), "{seconds} s");
    crowd.are_served(down).await;
}

/// Google is refreshed without Nhost Auth.
fn google_directly(config: &mut Config) {
    paced(config);
    directly(config, Provider::Google);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_nhost_auth_logs_no_one_out_and_the_backlog_drains_at_the_pace_sqlite() {
    nhost_auth_is_down_for_an_hour(World::on(Database::sqlite()).await, 300).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_nhost_auth_logs_no_one_out_and_the_backlog_drains_at_the_pace_postgres() {
    nhost_auth_is_down_for_an_hour(World::on(Database::postgres().await).await, 1000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_one_provider_logs_no_one_out_and_leaves_the_others_alone_sqlite() {
    let world = World::on(Database::sqlite()).await;
    one_provider_is_down_for_an_hour(world, 300, Endpoint::RefreshProviderToken, paced).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_one_provider_logs_no_one_out_and_leaves_the_others_alone_postgres() {
    let world = World::on(Database::postgres().await).await;
    one_provider_is_down_for_an_hour(world, 1000, Endpoint::RefreshProviderToken, paced).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_a_provider_that_is_refreshed_directly_logs_no_one_out_sqlite() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), google_directly).await;
    one_provider_is_down_for_an_hour(world, 300, Endpoint::ProviderToken, google_directly).await;
}

on_both_databases! {
    async fn an_outage_that_begins_with_one_more_success_logs_no_one_out(world: World) {
        let emails = ["ada@example.com", "bob@example.com", "cy@example.com"];
        let mut users = emails.map(|email| world.user(email));
        for user in &users {
            user.connected(Provider::Google, GrantScript::stable()).await;
        }
        world.advance(TimeDelta::hours(1));
        users.iter_mut().for_each(User::renew_jwt);
        let [ada, bob, cy] = &mut users;
        world.simulator.fail_next(Endpoint::RefreshProviderToken, Fault::RefuseProvider);
        assert_eq!(ada.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
        world.advance(TimeDelta::seconds(1));
        bob.access_token(Provider::Google).await;
        world.simulator.provider_outage(Provider::Google, true);
        for _ in 0..12 {
            world.advance(TimeDelta::minutes(5));
            for user in [&mut *cy, &mut *ada] {
                user.renew_jwt();
                assert_eq!(user.read(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
                world.advance(TimeDelta::seconds(11));
            }
        }
        world.simulator.provider_outage(Provider::Google, false);
        world.advance(TimeDelta::minutes(1));
        for user in [ada, cy] {
            user.renew_jwt();
            user.access_token(Provider::Google).await;
        }
    }
}
