//! Where attacks are seen: the server as a process, a normal client, those who attack, and figures.

mod attackers;
mod client;
mod document;
mod figures;
mod normal;
pub mod pour;
mod report;
mod target;
mod transport;
pub mod wire;

use std::future::Future;

use tokio::sync::{Mutex, MutexGuard};

use crate::harness::{Binary, Cluster, Database, LIMIT, Replica};
use attackers::Attackers;
pub use document::{Document, repeat};
pub use figures::ticks;
use figures::{Latencies, Usage};
use normal::NormalClient;
use report::Row;
pub use target::Target;
pub use transport::Transport;

/// No attack may make the server need more memory than this.
const MEMORY_MIB: u64 = 128;
/// How many times its usual time an answer may take while an attack goes on.
const SLOWER: u32 = 2;
/// Noise of a busy machine makes a client slower, never faster. An attack that works does each time.
const ATTEMPTS: usize = 5;
/// Nor does noise make it so many times slower.
const BEYOND_NOISE: f64 = 50.0;

/// One family of attacks, and the server that they go to.
pub struct Arena {
    family: &'static str,
    /// Starts the server anew.
    settings: fn(Binary) -> Binary,
    cluster: Cluster,
    server: Replica,
    normal: NormalClient,
    attackers: Attackers,
    rows: Vec<Row>,
    failures: Vec<String>,
    _alone: MutexGuard<'static, ()>,
}

/// Two at once would be measured as one. cargo-nextest runs them one at a time by its own settings.
pub async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

impl Arena {
    pub async fn open(family: &'static str) -> Self {
        Self::open_with(family, |binary| binary).await
    }

    /// The same with other settings of the server.
    pub async fn open_with(family: &'static str, settings: fn(Binary) -> Binary) -> Self {
        let alone = alone().await;
        let cluster = Cluster::over(Database::sqlite()).await;
        let server = Replica::start(settings(cluster.binary("attacked"))).await;
        let normal = NormalClient::new(&cluster, &server).await;
        let attackers = Attackers::new();
        Self {
            family,
            settings,
            cluster,
            server,
            normal,
            attackers,
            rows: Vec::new(),
            failures: Vec::new(),
            _alone: alone,
        }
    }

    /// Lets `attack` go on until the normal client has asked often enough.
    pub async fn attack<F>(&mut self, name: &str, attack: impl Fn(Target) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if let Ok(only) = std::env::var("ATTACK_ONLY")
            && !name.contains(&only)
        {
            return;
        }
        eprintln!("{name} ...");
        for attempt in 1..=ATTEMPTS {
            let row = self.attempt(name, &attack).await;
            let slower = row.is_slower_than(SLOWER);
            let may_be_noise = row.wrong.is_empty() && row.ratio() < BEYOND_NOISE;
            if slower && attempt < ATTEMPTS && may_be_noise {
                continue;
            }
            let mut row = row;
            if slower {
                row.wrong.push(format!("the normal client is {:.1} times as slow", row.ratio()));
            }
            if row.counted_mib() >= MEMORY_MIB {
                row.wrong.push(format!("{} MiB", row.peak_mib()));
            }
            for wrong in &row.wrong {
                eprintln!("  {wrong}");
                self.failures.push(format!("{name}: {wrong}"));
            }
            if !row.wrong.is_empty() {
                // What this one has left behind is no fault of the next one's.
                let binary = (self.settings)(self.cluster.binary("attacked"));
                self.server = Replica::start(binary).await;
                self.normal = NormalClient::new(&self.cluster, &self.server).await;
            }
            println!("{row}");
            self.rows.push(row);
            return;
        }
    }

    async fn attempt<F>(&mut self, name: &str, attack: impl Fn(Target) -> F) -> Row
    where
        F: Future<Output = ()> + Send + 'static,
    {
        assert!(!self.server.process.has_ended(), "{name}: the server has died");
        let before = self.normal.ask(&self.cluster).await;
        let usage = Usage::begin(self.server.process.id());
        let target = Target::new(&self.cluster, &self.server, self.normal.user());
        let attack = self.attackers.spawn(attack(target.clone()));
        let during = self.normal.ask_amid(&target, &self.cluster).await;
        target.end();
        let ended = tokio::time::timeout(LIMIT, attack).await;
        if self.server.process.has_ended() {
            let log = self.server.process.log();
            let last: Vec<_> = log.lines().rev().take(5).collect();
            panic!("{name}: the server has died: {last:#?}");
        }
        let mut wrong = [before.wrong, during.wrong].concat();
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => wrong.push(format!("the attack itself failed: {error}")),
            Err(_) => wrong.push("the attack does not end".to_owned()),
        }
        wrong.extend(target.wrong());
        let usage = usage.end();
        Row {
            family: self.family,
            name: name.to_owned(),
            requests: target.requests(),
            usage,
            before: Latencies::of(before.latencies),
            during: Latencies::of(during.latencies),
            wrong,
        }
    }

    /// Writes the report. Fails if an attack did harm.
    pub async fn close(self) {
        report::write(self.family, &self.rows);
        let ended = self.server.stop().await;
        let panics = ended.stderr.lines().filter(|line| line.contains("panicked")).count();
        let failures = &self.failures;
        assert!(failures.is_empty(), "attacks that worked:\n  {}", failures.join("\n  "));
        assert_eq!(panics, 0, "requests panicked:\n{}", ended.stderr);
        assert_eq!(ended.code, Some(0), "it did not stop as it should:\n{}", ended.stderr);
    }
}
