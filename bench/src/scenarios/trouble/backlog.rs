//! The worker refreshes a backlog of due connections, alone or with a second replica that is killed meanwhile.

use std::time::{Duration, Instant};

use super::Scene;
use crate::{
    Result,
    database::Database,
    results::Round,
    scenarios::{Stand, refreshing::wake},
};

const DUE: &str = "SELECT count(*) FROM provider_connection \
    WHERE refresh_token IS NOT NULL AND refresh_due_at <= statement_timestamp()";
/// How often the database is asked whether the worker has begun, or ended.
const LOOK: Duration = Duration::from_millis(200);
/// How long it may take until it begins.
const LIMIT: Duration = Duration::from_mins(2);

/// Reads while connections are due, for at most the duration of a round. `kills`: a second replica works on them too,
/// until it is killed after half of that time. Its connections wait until its leases expire.
pub async fn read(stand: &Stand, scene: &mut Scene, kills: bool) -> Result<Round> {
    scene.database.execute("VACUUM ANALYZE provider_connection").await?;
    let now = "UPDATE provider_connection SET refresh_due_at = statement_timestamp()";
    scene.database.execute(now).await?;
    let mut replica = if kills { Some(scene.replica(stand)?) } else { None };
    wake(&scene.server, &scene.simulator).await?;
    let all = scene.database.number(DUE).await?;
    let since = Instant::now();
    while all > 0 && scene.database.number(DUE).await? >= all {
        if since.elapsed() > LIMIT {
            return Err(
                "the worker didn't begin within two minutes. Run it with less else running.".into(),
            );
        }
        tokio::time::sleep(LOOK).await;
    }

    let mut database = Database::open(scene.database.url.clone()).await?;
    let backlog = async {
        let since = Instant::now();
        while since.elapsed() < stand.duration && database.number(DUE).await? > 0 {
            tokio::time::sleep(LOOK).await;
            if since.elapsed() >= stand.duration / 2 {
                // By SIGKILL.
                drop(replica.take());
            }
        }
        Ok(())
    };
    let (round, ()) = scene.read(stand, &scene.server, &scene.list, backlog).await?;

    // The rest must not disturb what is measured next.
    let later = "UPDATE provider_connection SET refresh_due_at = statement_timestamp() + interval '1 hour' \
        WHERE refresh_due_at <= statement_timestamp()";
    scene.database.execute(later).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok(round)
}
