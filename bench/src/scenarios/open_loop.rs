//! Latency at half of what a contestant can answer, at a constant rate.

use std::time::{Duration, Instant};

use super::{
    Stand,
    closed_loop::{Entry, measure},
};
use crate::{
    Result,
    contestants::{BetterAuth, HANDWRITTEN, LIST, Peer, ROWS, Server, Settings, Simulator},
    load::{Target, open_loop},
    results::{Contestant, Round},
    statistics::latency,
};

/// How long the peak is looked for.
const PEAK: Duration = Duration::from_secs(3);

pub async fn run(stand: &mut Stand) -> Result<Vec<Contestant>> {
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let database = stand.new_database().await?;
    let settings = Settings { database_url: Some(&database.url), ..Settings::default() };
    let server = Server::start(&stand.programs, &simulator, settings)?;
    let user = server.user_with_connections(&simulator).await?;
    let list = Target::graphql(server.url(), &user.jwt, LIST, ROWS);
    let handwritten = Peer::start(&stand.programs, HANDWRITTEN, &simulator, &database.url)?;
    let handler = handwritten.list(&user.jwt);
    let better_auth = BetterAuth::start(&stand.new_database().await?.url)?;
    let accounts = better_auth.list_accounts();

    let entries = [
        ("provider-connections", &list, server.id()),
        ("hand-written handler", &handler, handwritten.id()),
        ("better-auth", &accounts, better_auth.id()),
    ];
    let mut contestants = Vec::new();
    let mut rates = Vec::new();
    for (name, target, process) in entries {
        target.check().await?;
        let rate = half_of_the_peak(stand, target, process)?;
        eprintln!("  {name} at {rate:.0} a second");
        rates.push(rate);
        contestants.push(Contestant::new(name));
    }
    for number in 1..=stand.rounds {
        for (index, (name, target, process)) in entries.into_iter().enumerate() {
            let watch = stand.watch(&[process])?;
            let start = Instant::now();
            let latencies = open_loop(target, rates[index], stand.duration).await?;
            // Late answers make it longer: then fewer were answered in a second than were sent.
            let answered = f64::from(u32::try_from(latencies.len())?);
            let per_second = answered / start.elapsed().as_secs_f64();
            let round = Round { per_second, latency: latency(latencies), ..watch.end()? };
            target.check().await?;
            let p99 = round.latency.unwrap_or_default().p99;
            eprintln!("  round {number}: {name:<28} p99 {p99:.2} ms");
            contestants[index].rounds.push(round);
        }
    }
    Ok(contestants)
}

/// Requests per second.
pub fn half_of_the_peak(stand: &Stand, target: &Target, process: u32) -> Result<f64> {
    let entry = Entry::http("", target, process);
    measure(stand, &entry, Duration::from_secs(1))?;
    Ok(measure(stand, &entry, PEAK)?.per_second / 2.0)
}
