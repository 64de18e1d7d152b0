//! A database with a number of connections, and a server on it. Some connections are real; SQL adds the others.

use crate::{
    Result,
    contestants::{PROVIDERS, Server, Simulator, User, encryption_key},
    database::Database,
    scenarios::{
        Stand,
        refreshing::{connect, start},
    },
};

/// Users who take turns, with three connections each.
const READERS: usize = 64;
/// Further real connections, which the worker refreshes.
const REFRESHED: usize = 5_000;
/// In a check that the scenario works.
const QUICK: (usize, usize) = (4, 20);

pub struct Side {
    pub rows: u64,
    pub database: Database,
    pub server: Server,
    pub readers: Vec<User>,
    name: String,
}

impl Side {
    /// `name` tells its users from those of the other side.
    pub async fn new(
        stand: &mut Stand,
        simulator: &Simulator,
        name: &str,
        rows: u64,
    ) -> Result<Self> {
        let (readers, refreshed) = if stand.quick { QUICK } else { (READERS, REFRESHED) };
        let mut database = stand.new_database().await?;
        let key = encryption_key(&stand.programs)?;
        let url = database.url.clone();
        let start = || start(stand, simulator, &url, &key);
        let server = start()?;
        for reader in 0..readers {
            let user = simulator.user(&reader_address(name, reader)).await?;
            server.connect(simulator, &user, &PROVIDERS).await?;
        }
        connect(&server, simulator, &format!("{name}-worker"), refreshed).await?;
        drop(server);
        fill(&mut database, rows).await?;
        Ok(Self { rows, database, server: start()?, readers: Vec::new(), name: name.to_owned() })
    }

    /// The readers get new JWTs.
    pub async fn sign_readers_in(&mut self, stand: &Stand, simulator: &Simulator) -> Result<()> {
        let (readers, _) = if stand.quick { QUICK } else { (READERS, REFRESHED) };
        self.readers.clear();
        for reader in 0..readers {
            self.readers.push(simulator.user(&reader_address(&self.name, reader)).await?);
        }
        Ok(())
    }

    pub fn jwts(&self) -> Vec<String> {
        self.readers.iter().map(|user| user.jwt.clone()).collect()
    }
}

fn reader_address(side: &str, number: usize) -> String {
    format!("{side}-reader-{number}@example.com")
}

/// Adds users with three connections each, until there are `rows`, and an event for each. Their tokens begin as
/// real ones do, with the id of the key, and are as long, but no key decrypts them: none is due within the next six
/// hours. They have no account: a server without account lookups would delete it.
async fn fill(database: &mut Database, rows: u64) -> Result<()> {
    database
        .execute(&format!(
            "CREATE TABLE bench_connected AS SELECT id FROM provider_connection;
             CREATE UNIQUE INDEX ON bench_connected (id);
             -- It would run in one of the two databases, and not in the other.
             ALTER TABLE provider_connection SET (autovacuum_enabled = off);
             ALTER TABLE provider_connection_event SET (autovacuum_enabled = off);
             INSERT INTO provider_connection (id, user_id, provider, state, access_token, refresh_token,
                 access_token_expires_at, generation, connected_at, refreshed_at, used_at, refresh_due_at,
                 end_look_at)
             SELECT gen_random_uuid(), md5('user ' || number / 3)::uuid,
                 (ARRAY['github', 'google', 'spotify'])[number % 3 + 1], 'active', sample.access_token,
                 sample.refresh_token, due.at + interval '5 minutes', 2, now() - interval '20 days' * random(),
                 due.at - interval '1 day', now(), due.at, now() + interval '7 days'
             FROM generate_series(1, {rows} - (SELECT count(*) FROM provider_connection)) AS number,
                 LATERAL (SELECT now() + interval '6 hours' * (1 + random()) + number * interval '0' AS at) AS due,
                 (SELECT substr(access_token, 1, 40) || decode(repeat('5a', 160), 'hex') AS access_token,
                      substr(refresh_token, 1, 40) || decode(repeat('5a', 110), 'hex') AS refresh_token
                  FROM provider_connection WHERE refresh_token IS NOT NULL LIMIT 1) AS sample;
             INSERT INTO provider_connection_event (connection_id, user_id, provider, kind, actor, at)
             SELECT id, user_id, provider, 'refreshed', 'worker', connected_at
             FROM provider_connection WHERE id NOT IN (SELECT id FROM bench_connected)
             -- As time writes them: the oldest lie together.
             ORDER BY connected_at;"
        ))
        .await?;
    // Not in the transaction of the others.
    database.execute("VACUUM ANALYZE provider_connection").await?;
    database.execute("VACUUM ANALYZE provider_connection_event").await
}
