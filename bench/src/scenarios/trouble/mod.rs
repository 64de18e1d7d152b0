//! Latency under trouble, at half of what the server can answer: with nothing else to do, and while something else
//! happens.

mod backlog;
mod hanging;
mod rotation;
mod subscribers;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use self::hanging::Hanging;
use super::{
    Measured, Stand,
    open_loop::half_of_the_peak,
    refreshing::{CONNECTIONS, FEW_CONNECTIONS, UPSTREAM, connect, start},
};
use crate::{
    Result,
    contestants::{LIST, ROWS, Server, Simulator, encryption_key},
    database::Database,
    load::{Target, open_loop_while},
    results::{Contestant, Facts, Round},
    statistics::{latency, median},
};

const ROTATED: &str = "values re-encrypted per second";

/// A server with a backlog's worth of connections, and its readers.
struct Scene {
    simulator: Simulator,
    database: Database,
    server: Server,
    /// Two keys, of which the server encrypts with the first.
    keys: [String; 2],
    list: Target,
    /// Reads a second.
    rate: f64,
}

pub async fn run(stand: &mut Stand) -> Result<Measured> {
    let mut scene = Scene::new(stand).await?;
    let subscribers = format!("{} are notified each second", subscribers::named(stand));
    let names = [
        "nothing else",
        "keys are rotated",
        "the worker drains a backlog",
        "the same, and a replica is killed",
        "a provider hangs",
        subscribers.as_str(),
    ];
    let mut contestants = names.map(Contestant::new);
    let mut rotated = Vec::new();
    let mut delays = Vec::new();
    for number in 1..=stand.rounds {
        let nothing = async {
            tokio::time::sleep(stand.duration).await;
            Ok(())
        };
        let (alone, ()) = scene.read(stand, &scene.server, &scene.list, nothing).await?;
        let (amid_rotation, values_per_second) = rotation::read(stand, &scene).await?;
        rotated.push(values_per_second);
        let amid_backlog = backlog::read(stand, &mut scene, false).await?;
        let amid_kill = backlog::read(stand, &mut scene, true).await?;
        // A new server each time: it remembers for a while that a provider is down.
        let amid_hang = Hanging::new(stand).await?.read(stand, &scene).await?;
        let (amid_news, delay) = subscribers::read(stand, &scene).await?;
        delays.push(delay);
        let rounds = [alone, amid_rotation, amid_backlog, amid_kill, amid_hang, amid_news];
        for (contestant, round) in contestants.iter_mut().zip(rounds) {
            let latency = round.latency.unwrap_or_default();
            let (p99, p999) = (latency.p99, latency.p999.unwrap_or_default());
            let name = &contestant.name;
            eprintln!("  round {number}: {name:<36} p99 {p99:.2} ms, p99.9 {p999:.2} ms");
            contestant.rounds.push(round);
        }
    }
    let mut facts = Facts::new(["median".to_owned()]);
    for (name, figures) in
        [(ROTATED, rotated), ("until the last subscriber is notified, ms", delays)]
    {
        facts.add(name, median(figures).into_iter().collect());
    }
    Ok(Measured { contestants: contestants.into(), facts: Some(facts) })
}

impl Scene {
    async fn new(stand: &mut Stand) -> Result<Self> {
        let simulator = Simulator::start(&stand.programs, "HS256")?;
        let database = stand.new_database().await?;
        let keys = [encryption_key(&stand.programs)?, encryption_key(&stand.programs)?];
        let server = start(stand, &simulator, &database.url, &keys.join(","))?;
        let connections = if stand.quick { FEW_CONNECTIONS } else { CONNECTIONS };
        connect(&server, &simulator, "user", connections).await?;
        let reader = server.user_with_connections(&simulator).await?;
        let list = Target::graphql(server.url(), &reader.jwt, LIST, ROWS);
        list.check().await?;
        let rate = half_of_the_peak(stand, &list, server.id())?;
        eprintln!("  {rate:.0} reads a second");
        simulator.slow_refreshes(UPSTREAM).await?;
        Ok(Self { simulator, database, server, keys, list, rate })
    }

    /// A second server on the same database.
    fn replica(&self, stand: &Stand) -> Result<Server> {
        start(stand, &self.simulator, &self.database.url, &self.keys.join(","))
    }

    /// Reads until the trouble is over, and returns what it returned.
    async fn read<T>(
        &self,
        stand: &Stand,
        server: &Server,
        list: &Target,
        trouble: impl Future<Output = Result<T>>,
    ) -> Result<(Round, T)> {
        let watch = stand.watch(&[server.id()])?;
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = is_over.clone();
        let since = Instant::now();
        let reading = open_loop_while(list, self.rate, move |_| !seen.load(Ordering::Relaxed));
        let trouble = async {
            let result = trouble.await;
            is_over.store(true, Ordering::Relaxed);
            result
        };
        let (result, latencies) = tokio::join!(trouble, reading);
        let (result, latencies) = (result?, latencies?);
        list.check().await?;
        let per_second = f64::from(u32::try_from(latencies.len())?) / since.elapsed().as_secs_f64();
        let Round { resident_bytes, .. } = watch.end()?;
        let latency = latency(latencies);
        Ok((Round { per_second, latency, resident_bytes, ..Round::default() }, result))
    }
}
