//! A release is rolled out while users read: no request of theirs fails.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

use super::{next_release, readyz};
use crate::harness::{Cluster, Database, LIMIT, Member, READ, until};

/// What all who read know.
struct Load {
    /// Where there is a server, as a load balancer has it.
    urls: watch::Sender<Vec<String>>,
    /// How many tokens each of them has got.
    tokens: watch::Sender<Vec<usize>>,
    failures: Mutex<Vec<String>>,
}

impl Load {
    async fn read(&self, member: Member, number: usize) {
        for turn in number.. {
            let urls = self.urls.borrow().clone();
            let answer = member.ask_at(&urls[turn % urls.len()], READ).await;
            let token = answer.as_ref().ok().map(|answer| {
                answer
                    .0
                    .pointer("/data/providerConnection/accessToken")
                    .is_some_and(Value::is_string)
            });
            if token != Some(true) {
                self.failures.lock().unwrap().push(format!("{answer:?}"));
            }
            self.tokens.send_modify(|tokens| tokens[number] += 1);
        }
    }

    /// Waits until each of them has had so many more answers.
    async fn go_on(&self, more: usize) {
        let before = self.tokens.borrow().clone();
        let mut tokens = self.tokens.subscribe();
        let enough = |tokens: &Vec<usize>| {
            tokens.iter().zip(&before).all(|(now, before)| *now >= before + more)
        };
        let waited = tokio::time::timeout(LIMIT, tokens.wait_for(enough)).await;
        assert!(waited.is_ok(), "no answers: {:?}", self.failures.lock().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_the_next_release_is_rolled_out_and_this_one_starts_again_postgres()
{
    let cluster = Arc::new(Cluster::over(Database::postgres().await).await);
    let (one, other) = (cluster.start("one").await, cluster.start("other").await);
    let script = GrantScript::rotating_with_grace(TimeDelta::hours(1));
    let members = join_all((0..4).map(|number| {
        let member = cluster.member(&format!("user-{number}@example.com"));
        cluster.simulator.sign_in(member.id, Provider::Google, script);
        let one = &one;
        async move {
            member.connect(one).await.data("/connectProvider/id");
            member
        }
    }))
    .await;
    let urls = vec![one.url.clone(), other.url.clone()];
    let load = Arc::new(Load {
        urls: watch::Sender::new(urls),
        tokens: watch::Sender::new(vec![0; members.len()]),
        failures: Mutex::default(),
    });
    let mut tasks = JoinSet::new();
    for (number, member) in members.iter().cloned().enumerate() {
        let load = load.clone();
        tasks.spawn(async move { load.read(member, number).await });
    }
    let (expiring, mut tokens) = (cluster.clone(), load.tokens.subscribe());
    // Tokens run out all the time: reads refresh them.
    tasks.spawn(async move {
        while tokens.changed().await.is_ok() {
            expiring.expire_tokens().await;
        }
    });
    load.go_on(5).await;

    let store = cluster.database.store().await;
    let applied = store.apply(&next_release::migrations()).await.unwrap();
    assert_eq!(applied, ["m29990101_000001_expand", "m29990101_000002_large_index"]);
    store.close().await;
    load.go_on(5).await;

    // The old version starts again beside it, as after a crash or on another machine.
    load.urls.send_replace(vec![other.url.clone()]);
    load.go_on(2).await;
    assert_eq!(one.stop().await.code, Some(0));
    let one = cluster.start("one").await;
    load.urls.send_replace(vec![one.url.clone(), other.url.clone()]);
    load.go_on(5).await;
    tasks.shutdown().await;

    assert_eq!(*load.failures.lock().unwrap(), Vec::<String>::new());
    for replica in [&one, &other] {
        let newer = async || {
            let (status, body) = readyz(replica).await;
            status == 200 && body["migrations"].as_str().unwrap().starts_with("newer")
        };
        until(newer).await;
    }
    let kept = "SELECT count(*) FROM provider_connection WHERE note = 'kept'";
    assert_eq!(cluster.database.number(kept).await, 4);
    assert!(cluster.events("rotated").await > 4, "nothing was refreshed meanwhile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_version_wrote_into_a_row_outlives_a_refresh_by_an_older_one_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let server = cluster.start("old").await;
    let ada = cluster.connected(&server, GrantScript::rotating()).await;
    let store = cluster.database.store().await;
    store.apply(&next_release::migrations()).await.unwrap();
    store.close().await;
    cluster.database.execute("UPDATE provider_connection SET note = 'newer'").await;
    cluster.expire_tokens().await;
    ada.working_token(&server).await;
    cluster.until_generation(2).await;
    let kept = "SELECT count(*) FROM provider_connection WHERE note = 'newer'";
    assert_eq!(cluster.database.number(kept).await, 1);
}
