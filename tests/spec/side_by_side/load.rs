//! Users who read while servers come and go.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

use crate::harness::{Cluster, LIMIT, Member, READ, Replica};

/// How many users there are.
pub const USERS: usize = 4;

/// As time would bring it about; one that was refreshed moments ago is as fresh as it can be.
const SOON: &str = "UPDATE provider_connection \
     SET access_token_expires_at = statement_timestamp() + interval '30 seconds', \
         refreshed_at = statement_timestamp() - interval '61 seconds', \
         connected_at = statement_timestamp() - interval '2 minutes'";

/// Users who read at whichever server there is, as a load balancer has it.
pub struct Load {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

struct Shared {
    urls: watch::Sender<Vec<String>>,
    /// How many answers each of them has had.
    answers: watch::Sender<Vec<usize>>,
    failures: Mutex<Vec<String>>,
}

impl Load {
    /// Connects them, and lets them read. Their tokens are always about to expire: reads refresh them,
    /// and are answered with one that lives for half a minute yet where another server is at it.
    pub async fn begin(cluster: &Arc<Cluster>, replicas: &[&Replica]) -> Self {
        let script = GrantScript::rotating_with_grace(TimeDelta::hours(1));
        let shared = Arc::new(Shared {
            urls: watch::Sender::default(),
            answers: watch::Sender::new(vec![0; USERS]),
            failures: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        let expiring = cluster.clone();
        let mut answers = shared.answers.subscribe();
        shared.urls.send_replace(urls_of(replicas));
        for number in 0..USERS {
            let member = cluster.member(&format!("user-{number}@example.com"));
            cluster.simulator.sign_in(member.id, Provider::Google, script);
            member.connect(replicas[0]).await.data("/connectProvider/id");
            let shared = shared.clone();
            tasks.spawn(async move { shared.read(member, number).await });
        }
        tasks.spawn(async move {
            while answers.changed().await.is_ok() {
                expiring.database.execute(SOON).await;
            }
        });
        let load = Self { shared, tasks };
        load.goes_on().await;
        load
    }

    /// From now on there are these. Answers once nobody is at another any more.
    pub async fn at(&self, replicas: &[&Replica]) {
        self.shared.urls.send_replace(urls_of(replicas));
        self.goes_on().await;
    }

    /// Waits until each of them has had some more answers.
    pub async fn goes_on(&self) {
        let before = self.shared.answers.borrow().clone();
        let mut answers = self.shared.answers.subscribe();
        let enough = |answers: &Vec<usize>| {
            answers.iter().zip(&before).all(|(now, before)| *now >= before + 5)
        };
        let waited = tokio::time::timeout(LIMIT, answers.wait_for(enough)).await;
        assert!(waited.is_ok(), "no answers: {:?}", self.shared.failures.lock().unwrap());
    }

    /// Ends it, and answers what failed.
    pub async fn end(mut self) -> Vec<String> {
        self.tasks.shutdown().await;
        self.shared.failures.lock().unwrap().clone()
    }
}

impl Shared {
    async fn read(&self, member: Member, number: usize) {
        for turn in number.. {
            let urls = self.urls.borrow().clone();
            let answer = member.ask_at(&urls[turn % urls.len()], READ).await;
            let got = answer.as_ref().is_ok_and(|answer| {
                let token = answer.0.pointer("/data/providerConnection/accessToken");
                token.is_some_and(Value::is_string)
            });
            if !got {
                self.failures.lock().unwrap().push(format!("{answer:?}"));
            }
            self.answers.send_modify(|answers| answers[number] += 1);
        }
    }
}

fn urls_of(replicas: &[&Replica]) -> Vec<String> {
    replicas.iter().map(|replica| replica.url.clone()).collect()
}
