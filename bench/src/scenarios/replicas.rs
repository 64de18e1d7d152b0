//! Reads by one, two and four servers on one database: how much each server adds, and what limits them.

use super::{
    Measured, Stand,
    closed_loop::{Entry, take_turns},
    users::connected_users,
};
use crate::{
    Result,
    contestants::{LIST, ROWS, Server, Settings, Simulator, encryption_key},
    load::{Load, Target},
    results::{Contestant, Facts, Round},
};

/// The load generator's connections are divided among them.
const SERVERS: [(usize, &str); 3] = [(1, "1 server"), (2, "2 servers"), (4, "4 servers")];
const MOST: usize = SERVERS[SERVERS.len() - 1].0;

pub async fn run(stand: &mut Stand) -> Result<Measured> {
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let database = stand.new_database().await?;
    let key = encryption_key(&stand.programs)?;
    let mut servers = Vec::new();
    for _ in 0..MOST {
        let (database_url, encryption_keys) = (Some(&*database.url), Some(&*key));
        let settings = Settings { database_url, encryption_keys, ..Settings::default() };
        servers.push(Server::start(&stand.programs, &simulator, settings)?);
    }
    let users = connected_users(stand, &servers[0], &simulator).await?;
    let lists: Vec<_> = servers
        .iter()
        .map(|server| Target::graphql(server.url(), &users[0], LIST, ROWS).as_users(&users))
        .collect();
    let entries = SERVERS.map(|(count, name)| Entry {
        name,
        load: Load::Replicas(&lists[..count]),
        processes: servers[..count].iter().map(Server::id).collect(),
    });
    let contestants = take_turns(stand, &entries).await?;
    Ok(Measured { facts: Some(facts(&contestants)?), contestants })
}

/// Where the CPU time goes. With more cores than this machine has, PostgreSQL's part is the limit.
fn facts(contestants: &[Contestant]) -> Result<Facts> {
    let mut facts = Facts::new(SERVERS.map(|(_, name)| name.to_owned()));
    let mut add = |name, figure: fn(&Round) -> f64| {
        let medians = contestants.iter().map(|one| one.median(|round| Some(figure(round))));
        let medians: Option<Vec<_>> = medians.collect();
        facts.add(name, medians.ok_or("no round was measured")?);
        Ok::<_, &str>(())
    };
    add("CPU time of the servers, cores", |round| round.cores)?;
    add("CPU time of PostgreSQL, cores", |round| round.database_cores)?;
    add("requests per second of PostgreSQL's CPU time", |round| {
        round.per_second / round.database_cores
    })?;
    Ok(facts)
}
