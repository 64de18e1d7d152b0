//! The same operations on a small table of connections and on a large one: what is done for one user must not take
//! longer because there are more of the others.

mod operations;
mod side;
mod statements;
mod storage;
mod worker;

use std::time::Instant;

use self::{operations::Operation, statements::Statements, storage::Updates};
pub use self::{
    side::Side,
    storage::{PUBLISHED, SIZES, dead_rows, megabytes},
};
use super::{Measured, Stand, start::idle_percent};
use crate::{
    Result,
    contestants::Simulator,
    process::{output, resident_bytes},
    results::{Contestant, Facts, Round, Sizes},
    statistics::median,
};

const FEW_ROWS: u64 = 10_000;
/// In a check that the scenario works.
const QUICK_ROWS: (u64, u64) = (200, 2_000);

/// The commands that read every row. They take as long as the table is large.
const COMMANDS: [(&str, &[&str]); 2] =
    [("`status`, ms", &["status", "--json"]), ("`keys check`, ms", &["keys", "check"])];
const RUNS_OF_A_COMMAND: u32 = 3;

/// Each operation of a round is done in so many pieces, and the sides take turns: what changes on the machine meanwhile
/// changes for both.
const PIECES: u32 = 4;

pub async fn run(stand: &mut Stand) -> Result<Measured> {
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let statements = Statements::of_the_server(stand, &simulator).await?;
    let (few, many) = if stand.quick { QUICK_ROWS } else { (FEW_ROWS, stand.rows) };
    let mut sides = [
        Side::new(stand, &simulator, "small", few).await?,
        Side::new(stand, &simulator, "large", many).await?,
    ];
    for side in &mut sides {
        // Filling a large table may take longer than a JWT is valid.
        side.sign_readers_in(stand, &simulator).await?;
        statements.prepare(&mut side.database).await?;
    }
    // Otherwise the pages of the larger one would be written while both are measured.
    stand.database.execute("CHECKPOINT").await?;
    for side in &mut sides {
        operations::warm_up(stand, side, &statements).await?;
    }

    let mut contestants = Vec::new();
    for operation in Operation::ALL {
        contestants.push(Contestant::new(operation.name()));
    }
    for number in 1..=stand.rounds {
        for (operation, contestant) in Operation::ALL.into_iter().zip(&mut contestants) {
            let sides = &mut sides;
            let milliseconds = in_pieces(stand, sides, &statements, (operation, number)).await?;
            contestant.rounds.push(round(number, operation.name(), milliseconds));
        }
    }
    let processes = sides.each_ref().map(|side| side.server.id());
    let idle = idle_percent(stand, &processes).await?;
    let (refreshes, updates) = backlogs(stand, &simulator, &mut sides).await?;
    contestants.push(refreshes);
    // The worst comes first.
    contestants.sort_by(|one, other| {
        let ratio = |of: &Contestant| of.ratio_of_sizes().unwrap_or_default();
        ratio(other).total_cmp(&ratio(one))
    });
    let facts = facts(&mut sides, &updates, &idle).await?;
    Ok(Measured { contestants, facts: Some(facts) })
}

/// One operation of a round: the median time on each side.
async fn in_pieces(
    stand: &Stand,
    sides: &mut [Side; 2],
    statements: &Statements,
    (operation, round): (Operation, u32),
) -> Result<[f64; 2]> {
    let mut milliseconds = [const { Vec::new() }; 2];
    for piece in 0..PIECES {
        for index in order(round + piece) {
            let side = &mut sides[index];
            milliseconds[index].extend(operation.piece(stand, side, statements, piece).await?);
        }
    }
    let [small, large] = milliseconds.map(|of_side| median(of_side).ok_or("nothing was measured"));
    Ok([small?, large?])
}

/// Of the sides in their turns: neither is always the first.
fn order(turn: u32) -> [usize; 2] {
    if turn.is_multiple_of(2) { [0, 1] } else { [1, 0] }
}

fn round(number: u32, name: &str, [small, large]: [f64; 2]) -> Round {
    let sizes = Sizes { small, large };
    eprintln!("  round {number}: {name:<40} {small:.3} ms, {large:.3} ms, {:.2}", sizes.ratio());
    Round { sizes: Some(sizes), ..Round::default() }
}

/// The worker refreshes the real connections of both sides, once in each round. Returns what they took, and how their
/// rows were updated.
async fn backlogs(
    stand: &Stand,
    simulator: &Simulator,
    sides: &mut [Side; 2],
) -> Result<(Contestant, [Updates; 2])> {
    let mut contestant = Contestant::new("refresh by the worker, 64 at a time");
    tokio::time::sleep(PUBLISHED).await;
    let mut before = Vec::new();
    for side in sides.iter_mut() {
        before.push(Updates::so_far(&mut side.database).await?);
    }
    let mut own = [Updates::default(); 2];
    let mut refreshes = 0;
    for number in 1..=stand.rounds {
        let mut milliseconds = [0.0; 2];
        for index in order(number) {
            let backlog = worker::backlog(&mut sides[index], simulator).await?;
            milliseconds[index] = backlog.milliseconds;
            own[index] = own[index].plus(&backlog.own_updates);
            refreshes = backlog.refreshes;
        }
        contestant.rounds.push(round(number, &contestant.name, milliseconds));
    }
    tokio::time::sleep(PUBLISHED).await;
    let mut updates = own;
    for (index, side) in sides.iter_mut().enumerate() {
        let all = Updates::so_far(&mut side.database).await?.minus(&before[index]);
        updates[index] = all.minus(&own[index]);
        updates[index].refreshes = refreshes * i64::from(stand.rounds);
    }
    Ok((contestant, updates))
}

async fn facts(sides: &mut [Side; 2], updates: &[Updates; 2], idle: &[f64]) -> Result<Facts> {
    let mut facts = Facts::new(["small table".to_owned(), "large table".to_owned()]);
    let mut add_both = |name: &str, figures: [f64; 2]| facts.add(name, figures.to_vec());
    #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
    add_both("connections", [sides[0].rows as f64, sides[1].rows as f64]);
    for (name, sql) in SIZES {
        let [small, large] = &mut *sides;
        let small = megabytes(&mut small.database, sql).await?;
        add_both(name, [small, megabytes(&mut large.database, sql).await?]);
    }
    add_both("updates of rows for each refresh", [updates[0].each()?, updates[1].each()?]);
    add_both("share of them that were HOT", [updates[0].hot_share()?, updates[1].hot_share()?]);
    let [small, large] = &mut *sides;
    let dead = dead_rows(&mut small.database).await?;
    add_both("dead rows at the end", [dead, dead_rows(&mut large.database).await?]);
    for (name, arguments) in COMMANDS {
        add_both(name, [command(&sides[0], arguments)?, command(&sides[1], arguments)?]);
    }
    add_both("idle CPU time of the server, %", [idle[0], idle[1]]);
    let megabytes = |side: &Side| -> Result<f64> {
        let bytes = resident_bytes(&[side.server.id()])?;
        Ok(f64::from(u32::try_from(bytes / 1000)?) / 1e3)
    };
    add_both("memory of the server, MB", [megabytes(&sides[0])?, megabytes(&sides[1])?]);
    Ok(facts)
}

/// The median of some runs, in milliseconds.
fn command(side: &Side, arguments: &[&str]) -> Result<f64> {
    let mut milliseconds = Vec::new();
    for _ in 0..RUNS_OF_A_COMMAND {
        let begin = Instant::now();
        output(&mut side.server.command(arguments))?;
        milliseconds.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    median(milliseconds).ok_or_else(|| "the command was not run".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sides_take_turns_at_being_first() {
        assert_eq!([0, 1, 2].map(order), [[0, 1], [1, 0], [0, 1]]);
    }

    #[test]
    fn a_round_has_both_tables() {
        let ratio = round(1, "list", [2.0, 3.0]).sizes.unwrap().ratio();
        assert!((ratio - 1.5).abs() < 1e-9);
    }
}
