use crate::config::Config;

/// Connections besides those of subscribers, unless the settings say otherwise.
const BESIDE_SUBSCRIBERS: usize = 2048;
/// Open files for everything that is not counted below: logs, spool, SQLite, and key fetches.
const OTHERS: usize = 128;

/// The maximum number of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    pub connections: usize,
    pub subscribers: usize,
}

impl Capacity {
    /// From the settings, as far as `open_files` allow: each connection needs one, some need
    /// another for an upstream call, and the database needs its own.
    pub fn of(config: &Config, open_files: usize) -> Self {
        let wanted = config
            .listener
            .connection_limit
            .unwrap_or(config.subscription_limit.saturating_add(BESIDE_SUBSCRIBERS));
        let database = usize::try_from(config.database.max_connections).unwrap_or(usize::MAX);
        let others = OTHERS.saturating_add(database);
        let others = others.saturating_add(config.refresh.pacing.concurrency);
        let connections = wanted.min(open_files.saturating_sub(others) / 4 * 3).max(8);
        Self {
            connections,
            // Queries need connections, too.
            subscribers: config.subscription_limit.min(connections / 4 * 3),
        }
    }
}
