//! Processes are killed at random moments under load, again and again: no connection is lost.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

use crate::harness::{Cluster, Database, LIMIT, Member, READ, Replica, Seeded};

const KILLS: usize = 200;
const NAMES: [&str; 2] = ["a", "b"];
const USERS: usize = 6;

/// What all who take part know.
struct Scene {
    cluster: Cluster,
    /// Where the processes are.
    urls: [watch::Sender<String>; NAMES.len()],
    /// How many tokens users were given.
    tokens: watch::Sender<usize>,
    kills: AtomicUsize,
}

impl Scene {
    /// Kills the process of this name and starts it anew, over and over. Answers the last one, which
    /// is to live until all is over: who reads there would wait for another.
    async fn kill_and_start(&self, slot: usize) -> Replica {
        let mut random = Seeded::new(slot as u64);
        let mut tokens = self.tokens.subscribe();
        let mut replica = self.cluster.start(NAMES[slot]).await;
        loop {
            self.urls[slot].send_replace(replica.url.clone());
            let after = *tokens.borrow() + usize::try_from(random.below(4)).unwrap();
            let some_more = tokens.wait_for(|count| *count >= after);
            let got = tokio::time::timeout(LIMIT, some_more).await.is_ok();
            assert!(got, "nobody gets a token:\n{}", replica.process.log());
            for _ in 0..random.below(2000) {
                tokio::task::yield_now().await;
            }
            if self.kills.fetch_add(1, Ordering::SeqCst) >= KILLS {
                return replica;
            }
            replica.process.kill().await;
            self.cluster.end_leases().await;
            replica = self.cluster.start(NAMES[slot]).await;
        }
    }

    /// Reads at either process, as fast as they answer.
    async fn read(&self, member: Member, number: usize) {
        let mut random = Seeded::new(100 + number as u64);
        let mut urls = self.urls.each_ref().map(watch::Sender::subscribe);
        loop {
            let slot = usize::from(random.below(2) == 0);
            let url = urls[slot].borrow_and_update().clone();
            match member.ask_at(&url, READ).await {
                Ok(answer) => {
                    let token = answer.0.pointer("/data/providerConnection/accessToken");
                    let got = usize::from(token.is_some_and(Value::is_string));
                    self.tokens.send_modify(|tokens| *tokens += got);
                }
                // Killed. Wait for it there, or go on at the other one.
                Err(_) if random.below(2) == 0 => drop(urls[slot].changed().await),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    /// Makes tokens run out as fast as they are refreshed.
    async fn expire(&self) {
        let mut tokens = self.tokens.subscribe();
        loop {
            self.cluster.expire_tokens().await;
            let _ = tokens.changed().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_kills_at_random_moments_lose_no_connection_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let first = cluster.start("first").await;
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

    let scene = Arc::new(Scene {
        cluster,
        urls: [watch::Sender::default(), watch::Sender::default()],
        tokens: watch::Sender::default(),
        kills: AtomicUsize::new(0),
    });
    let mut load = JoinSet::new();
    for (number, member) in members.iter().cloned().enumerate() {
        let scene = scene.clone();
        load.spawn(async move { scene.read(member, number).await });
    }
    let expiring = scene.clone();
    load.spawn(async move { expiring.expire().await });
    let survivors = tokio::join!(scene.kill_and_start(0), scene.kill_and_start(1));
    load.shutdown().await;
    drop(survivors);

    let cluster = &scene.cluster;
    cluster.end_leases().await;
    cluster.expire_tokens().await;
    let last = cluster.start(NAMES[0]).await;
    let mut losses = 0;
    for member in &members {
        let answer = member.read(&last).await;
        let token = answer.0["data"]["providerConnection"]["accessToken"].as_str();
        let works = match token {
            Some(token) => member.can_use(token).await,
            None => false,
        };
        let grant = cluster.simulator.grant_of(member.id, Provider::Google).unwrap();
        if !works || !cluster.simulator.grant(grant).alive {
            println!("lost: {answer:?}");
            losses += 1;
        }
    }
    let refreshes = cluster.simulator.calls(Endpoint::RefreshProviderToken);
    let tokens = *scene.tokens.borrow();
    println!("{KILLS} kills, {refreshes} refreshes, {tokens} tokens, {losses} losses");
    assert_eq!(losses, 0);
    // Under load indeed.
    assert!(refreshes > KILLS / 2, "{refreshes} refreshes");
}
