use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    connection::{Connection, Protocol},
    limits::Limits,
};
use crate::metrics;

/// The total that clients keep the server waiting with.
#[derive(Debug, Default)]
pub struct Totals {
    pub bodies: AtomicUsize,
    pub body_bytes: AtomicUsize,
    pub head_bytes: AtomicUsize,
    pub answer_bytes: AtomicUsize,
}

/// All connections.
pub struct Table {
    pub limits: Limits,
    pub totals: Arc<Totals>,
    all: Mutex<All>,
    /// Notified when a socket is closed.
    closed: Notify,
}

#[derive(Default)]
struct All {
    next: u64,
    connections: HashMap<u64, Arc<Connection>>,
    /// Connections of an address, not counting WebSockets and those reserved for health checks.
    of_network: HashMap<IpAddr, usize>,
    reserved: usize,
    /// Open sockets: those of `connections`, and of evicted connections that have yet to end.
    open: usize,
}

/// The result for a new connection.
pub enum Admitted {
    Connection(Arc<Connection>),
    /// The address has reached its limit, and all its connections wait for the server.
    AddressFull,
    /// The same, but there is room for its health checks.
    AddressOnlyForHealth(Arc<Connection>),
    /// There is room only for health checks.
    OnlyForHealth(Arc<Connection>),
}

impl Table {
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            totals: Arc::default(),
            all: Mutex::default(),
            closed: Notify::new(),
        })
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a new connection, if necessary in place of the one that has kept the server waiting
    /// longest.
    pub fn admit(&self, network: Option<IpAddr>, close: CancellationToken) -> Admitted {
        let mut all = self.all();
        if let Some(network) = network {
            let number = all.of_network.get(&network).copied().unwrap_or(0);
            if number >= self.limits.per_address
                && !all.evict(number, |of| of.network == Some(network) && !of.reserved)
            {
                // It takes no place that is reserved for others.
                let fits = all.reserved < self.limits.reserve
                    || all.evict(1, |of| of.network == Some(network) && of.reserved);
                if !fits {
                    return Admitted::AddressFull;
                }
                return Admitted::AddressOnlyForHealth(self.put(all, Some(network), true, close));
            }
        }
        let number = all.connections.len() - all.reserved;
        let fits = number < self.limits.connections || all.evict(number, |of| !of.reserved);
        if !fits && all.reserved >= self.limits.reserve {
            all.evict(1, |of| of.reserved);
        }
        let connection = self.put(all, network, !fits, close);
        if fits { Admitted::Connection(connection) } else { Admitted::OnlyForHealth(connection) }
    }

    fn put(
        &self,
        mut all: MutexGuard<'_, All>,
        network: Option<IpAddr>,
        reserved: bool,
        close: CancellationToken,
    ) -> Arc<Connection> {
        all.next += 1;
        all.open += 1;
        let connection =
            Arc::new(Connection::new((all.next, network, reserved), close, self.totals.clone()));
        all.connections.insert(connection.id, connection.clone());
        all.reserved += usize::from(reserved);
        if let Some(network) = network
            && !reserved
        {
            *all.of_network.entry(network).or_default() += 1;
        }
        metrics::http_connections(1.0);
        connection
    }

    /// The connection has become a WebSocket, so its address may have another one: subscribers have
    /// their own limits, and an untrusted proxy may bring all of them.
    pub fn upgraded(&self, connection: &Connection) {
        let mut all = self.all();
        if all.connections.contains_key(&connection.id) {
            all.count_out(connection);
        }
        connection.upgraded();
    }

    /// Makes room when no more connections can be accepted.
    pub fn evict_some(&self) {
        let mut all = self.all();
        let number = all.connections.len();
        all.evict(number, |_| true);
    }

    /// The socket is closed.
    pub fn remove(&self, connection: &Connection) {
        {
            let mut all = self.all();
            all.remove(connection.id);
            all.open -= 1;
        }
        self.closed.notify_one();
        connection.gone();
    }

    /// Resolves once evicted connections leave room for another socket. They no longer count, but
    /// each keeps a file open until its task has ended: a flood would be accepted faster than that.
    /// For one caller at a time.
    pub async fn room(&self) {
        while self.all().open > self.limits.connections + self.limits.reserve {
            self.closed.notified().await;
        }
    }

    pub fn connections(&self) -> Vec<Arc<Connection>> {
        self.all().connections.values().cloned().collect()
    }

    pub fn cut_all(&self) {
        for connection in self.connections() {
            connection.cut.cancel();
        }
    }
}

impl All {
    /// Ends some of `number` connections: those that have kept the server waiting longest, and
    /// several if there are many, so that this search is rare.
    fn evict(&mut self, number: usize, of: impl Fn(&Connection) -> bool) -> bool {
        let candidates = self.connections.values().filter(|connection| of(connection));
        let mut waiting: Vec<_> = candidates
            .filter_map(|connection| Some((connection.waits_since()?, connection.id)))
            .collect();
        if waiting.is_empty() {
            return false;
        }
        let many = (number / 16).clamp(1, waiting.len());
        if many < waiting.len() {
            waiting.select_nth_unstable(many - 1);
        }
        for (_, id) in &waiting[..many] {
            if let Some(connection) = self.remove(*id) {
                metrics::http_cut("room_needed");
                connection.cut.cancel();
            }
        }
        true
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Connection>> {
        let connection = self.connections.remove(&id)?;
        metrics::http_connections(-1.0);
        self.reserved -= usize::from(connection.reserved);
        self.count_out(&connection);
        Some(connection)
    }

    /// The connection no longer counts for its address.
    fn count_out(&mut self, connection: &Connection) {
        let counts = !connection.reserved && connection.state().protocol != Protocol::WebSocket;
        if counts
            && let Some(network) = connection.network
            && let Some(number) = self.of_network.get_mut(&network)
        {
            *number -= 1;
            if *number == 0 {
                self.of_network.remove(&network);
            }
        }
    }
}

impl Totals {
    pub fn read(total: &AtomicUsize) -> usize {
        total.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn admitted(table: &Table) -> Arc<Connection> {
        match table.admit(None, CancellationToken::new()) {
            Admitted::Connection(connection) => connection,
            _ => panic!("there is room after eviction"),
        }
    }

    #[test]
    fn evicted_connections_take_room_until_their_sockets_are_closed() {
        let limits = Limits { reserve: 0, ..Limits::of(2) };
        let table = Table::new(limits);
        let [first, second] = [admitted(&table), admitted(&table)];
        assert!(table.room().now_or_never().is_some());
        let _third = admitted(&table);
        assert!(table.room().now_or_never().is_none());
        let evicted = if first.cut.is_cancelled() { first } else { second };
        table.remove(&evicted);
        assert!(table.room().now_or_never().is_some());
    }
}
