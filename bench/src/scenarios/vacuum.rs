//! Refreshes of a large table while PostgreSQL vacuums it: how much larger it becomes, and what they cost.

use std::{fs, process::Command};

use super::{
    Measured, Stand,
    scale::{PUBLISHED, SIZES, Side, dead_rows, megabytes},
};
use crate::{
    Result,
    contestants::Simulator,
    database::Database,
    load::THREADS,
    process::output,
    results::{Contestant, Facts, Round},
    statistics::count_as_f64,
};

/// When PostgreSQL vacuums the table, and the parameter of the table for it.
const WHEN: [(&str, &str); 2] = [
    ("when a fifth is dead", "RESET (autovacuum_vacuum_scale_factor)"),
    ("when a fiftieth is dead", "SET (autovacuum_vacuum_scale_factor = 0.02)"),
];
/// PostgreSQL looks once a minute, so it takes some minutes until the size stays the same.
const TIMES_AS_LONG_AS_A_ROUND: u64 = 48;
const CLIENTS: u32 = 4;
/// In a check that the scenario works.
const QUICK_ROWS: u64 = 2_000;

/// The writes of a refresh by the worker, for any row: the lease, then the tokens and the event.
const REFRESH: &str = "\\set number random(1, :rows)
UPDATE provider_connection
    SET lease_owner = gen_random_uuid(), lease_until = now() + interval '12 seconds'
    WHERE id = (SELECT id FROM bench_numbered WHERE number = :number);
WITH written AS (
    UPDATE provider_connection
        SET lease_owner = NULL, lease_until = NULL, generation = generation + 1, access_token = access_token,
            refresh_token = refresh_token, refreshed_at = now(),
            access_token_expires_at = now() + interval '1 hour',
            refresh_due_at = now() + interval '1 hour' * (0.85 + 0.1 * random())
        WHERE id = (SELECT id FROM bench_numbered WHERE number = :number)
        RETURNING id, user_id, provider)
INSERT INTO provider_connection_event (connection_id, user_id, provider, kind, actor, commit_id, at)
    SELECT id, user_id, provider, 'refreshed', 'worker', gen_random_uuid(), now() FROM written;
";

pub async fn run(stand: &mut Stand) -> Result<Measured> {
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let rows = if stand.quick { QUICK_ROWS } else { stand.rows };
    let Side { mut database, server, .. } = Side::new(stand, &simulator, "vacuum", rows).await?;
    // Its worker would refresh as well.
    drop(server);
    database
        .execute(
            "ALTER TABLE provider_connection_event SET (autovacuum_enabled = on);
             CREATE TABLE bench_numbered AS
                 SELECT row_number() OVER () AS number, id FROM provider_connection;
             CREATE UNIQUE INDEX ON bench_numbered (number);
             ANALYZE bench_numbered",
        )
        .await?;
    let mut contestants = Vec::new();
    let mut columns = Vec::new();
    for (when, parameter) in WHEN {
        // Each begins with a table that has no room in it.
        database.execute("VACUUM FULL ANALYZE provider_connection").await?;
        let set =
            format!("ALTER TABLE provider_connection {parameter}, SET (autovacuum_enabled = on)");
        database.execute(&set).await?;
        database.execute("CHECKPOINT").await?;
        let (contestant, figures) = refreshes(stand, &mut database, (when, rows)).await?;
        contestants.push(contestant);
        columns.push(figures);
        database.execute("ALTER TABLE provider_connection SET (autovacuum_enabled = off)").await?;
    }
    let mut facts = Facts::new(WHEN.map(|(when, _)| format!("vacuumed {when}")));
    for (at, name) in FIGURES.iter().enumerate() {
        facts.add(name, columns.iter().map(|figures| figures[at]).collect());
    }
    Ok(Measured { contestants, facts: Some(facts) })
}

const FIGURES: [&str; 6] = [
    "refreshes for each connection",
    "growth of the table, %",
    "growth of its indexes, %",
    "dead rows at the end, % of the connections",
    "vacuums",
    "write-ahead log for each refresh, kB",
];

/// Refreshes rows at random, as fast as PostgreSQL can.
async fn refreshes(
    stand: &Stand,
    database: &mut Database,
    (when, rows): (&str, u64),
) -> Result<(Contestant, [f64; FIGURES.len()])> {
    let before = State::of(database, stand.quick).await?;
    let file = stand.folder.path().join("refresh.sql");
    fs::write(&file, REFRESH)?;
    let seconds = if stand.quick { 2 } else { stand.duration.as_secs() * TIMES_AS_LONG_AS_A_ROUND };
    let watch = stand.watch(&[])?;
    let mut pgbench = Command::new("pgbench");
    pgbench.args(["-n", "-M", "prepared"]).arg(format!("-c{CLIENTS}")).arg(format!("-j{THREADS}"));
    pgbench.arg(format!("-T{seconds}")).arg(format!("-Drows={rows}")).arg("-f").arg(&file);
    output(pgbench.arg(&database.url))?;
    let round = watch.end()?;
    let after = State::of(database, stand.quick).await?;

    let rows = count_as_f64(rows)?;
    let refreshes = after.refreshes - before.refreshes;
    let growth = |before: f64, after: f64| 100.0 * (after / before - 1.0);
    let figures = [
        refreshes / rows,
        growth(before.table, after.table),
        growth(before.indexes, after.indexes),
        100.0 * after.dead / rows,
        after.vacuums - before.vacuums,
        (after.log - before.log) / refreshes,
    ];
    let mut contestant = Contestant::new(&format!("refreshes, vacuumed {when}"));
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let per_second = refreshes / seconds as f64;
    contestant.rounds.push(Round { per_second, ..round });
    Ok((contestant, figures))
}

/// Megabytes, but kilobytes of the log.
struct State {
    table: f64,
    indexes: f64,
    dead: f64,
    vacuums: f64,
    log: f64,
    refreshes: f64,
}

impl State {
    async fn of(database: &mut Database, quick: bool) -> Result<Self> {
        // Soon after a run that only checks, figures may be missing.
        if !quick {
            tokio::time::sleep(PUBLISHED).await;
        }
        let [(_, table), (_, indexes), ..] = SIZES;
        let (table, indexes) =
            (megabytes(database, table).await?, megabytes(database, indexes).await?);
        let dead = dead_rows(database).await?;
        let mut number = async |sql: &str| count_as_f64(database.number(sql).await?);
        let vacuums = "SELECT autovacuum_count FROM pg_stat_user_tables \
            WHERE relname = 'provider_connection'";
        Ok(Self {
            table,
            indexes,
            dead,
            vacuums: number(vacuums).await?,
            log: number("SELECT ((pg_current_wal_lsn() - '0/0') / 1000)::bigint").await?,
            refreshes: number("SELECT sum(generation)::bigint FROM provider_connection").await?,
        })
    }
}
