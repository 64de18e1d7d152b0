use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, atomic::Ordering},
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{answer::Answer, exchange::Exchange, table::Totals};

/// What a connection takes as soon as there is anything to read on it.
const BUFFER: usize = 8 * 1024;
/// Streams of one connection that are given up before the connection is. A trusted proxy's has many
/// clients, of which most read their answers.
const ABANDONED: usize = 8;

/// A client's connection, from its accept until its socket is closed.
pub struct Connection {
    pub id: u64,
    /// Whose it is; `None`: a trusted proxy's.
    pub network: Option<IpAddr>,
    /// It is one of those that are kept for health checks.
    pub reserved: bool,
    /// Ends it at once.
    pub cut: CancellationToken,
    /// Ends it after what is under way.
    pub close: CancellationToken,
    pub totals: Arc<Totals>,
    state: Mutex<State>,
}

/// What a connection speaks, as far as its requests have told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// There was none yet.
    Unknown,
    Http1,
    Http2,
    /// It has become a WebSocket, which has limits of its own.
    WebSocket,
}

/// How a connection stands.
pub struct State {
    pub accepted: Instant,
    /// Requests from their head until their answer is with the client.
    pub exchanges: Vec<(u64, Weak<Exchange>)>,
    next: u64,
    /// Of these, those that were given up and aren't over: their streams still take memory.
    abandoned: usize,
    /// Of these, those for which it is the server's turn.
    pub busy: usize,
    /// Since when there is a request under way, or none.
    pub since: Instant,
    /// The first byte of a head that is not complete.
    pub head_since: Option<Instant>,
    pub head_bytes: usize,
    pub protocol: Protocol,
    /// Since when the socket takes nothing.
    pub blocked_since: Option<Instant>,
    /// Answers that are in the buffers of this process, and after a flush in those of the system.
    unflushed: Vec<(Answer, Arc<Exchange>)>,
    /// The socket is closed.
    gone: bool,
}

impl Connection {
    pub fn new(
        (id, network, reserved): (u64, Option<IpAddr>, bool),
        close: CancellationToken,
        totals: Arc<Totals>,
    ) -> Self {
        let now = Instant::now();
        let state = State {
            accepted: now,
            exchanges: Vec::new(),
            next: 0,
            abandoned: 0,
            busy: 0,
            since: now,
            head_since: None,
            head_bytes: 0,
            protocol: Protocol::Unknown,
            blocked_since: None,
            unflushed: Vec::new(),
            gone: false,
        };
        let cut = CancellationToken::new();
        Self { id, network, reserved, cut, close, totals, state: Mutex::new(state) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since when the client keeps the server waiting; `None`: it doesn't, or is a WebSocket.
    pub fn waits_since(&self) -> Option<Instant> {
        let state = self.state();
        if state.protocol == Protocol::WebSocket {
            None
        } else if state.busy == 0 {
            Some(state.since)
        } else {
            state.blocked_since
        }
    }

    /// A request has come.
    pub fn begin(self: &Arc<Self>, http2: bool) -> Arc<Exchange> {
        let mut state = self.state();
        state.protocol = if http2 { Protocol::Http2 } else { Protocol::Http1 };
        state.head_since = None;
        self.totals.head_bytes.fetch_sub(std::mem::take(&mut state.head_bytes), Ordering::Relaxed);
        if state.exchanges.is_empty() {
            state.since = Instant::now();
        }
        state.next += 1;
        state.busy += 1;
        let exchange = Arc::new(Exchange::new(state.next, self.clone(), http2));
        let id = state.next;
        state.exchanges.push((id, Arc::downgrade(&exchange)));
        exchange
    }

    /// A request is over.
    pub fn end(&self, id: u64, abandoned: bool) {
        let mut state = self.state();
        state.abandoned -= usize::from(abandoned);
        state.exchanges.retain(|(of, _)| *of != id);
        if state.exchanges.is_empty() {
            state.since = Instant::now();
        }
    }

    /// An answer has been given up. Whether the connection is to be, too.
    pub fn abandons(&self) -> bool {
        let mut state = self.state();
        state.abandoned += 1;
        self.network.is_some() || state.abandoned >= ABANDONED
    }

    /// All requests that are under way.
    pub fn exchanges(&self) -> Vec<Arc<Exchange>> {
        self.state().exchanges.iter().filter_map(|(_, exchange)| exchange.upgrade()).collect()
    }

    /// So many bytes have come.
    pub fn heard(&self, bytes: usize) {
        let mut state = self.state();
        // Over HTTP/2 more comes than heads.
        let reads_heads = matches!(state.protocol, Protocol::Unknown | Protocol::Http1);
        if reads_heads && state.exchanges.is_empty() {
            let buffer = if state.head_since.is_none() { BUFFER } else { 0 };
            state.head_since.get_or_insert_with(Instant::now);
            let bytes = bytes + buffer;
            state.head_bytes += bytes;
            self.totals.head_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Whether the socket takes what it is given.
    pub fn takes(&self, takes: bool) {
        let mut state = self.state();
        if takes {
            state.blocked_since = None;
        } else {
            state.blocked_since.get_or_insert_with(Instant::now);
        }
    }

    /// All of the answer is in the buffers of this process.
    pub fn buffered(&self, answer: Answer, exchange: Arc<Exchange>) {
        let mut state = self.state();
        // Over HTTP/2 an answer may end after its connection. Dropping it takes the lock.
        if !state.gone {
            state.unflushed.push((answer, exchange));
        }
    }

    /// All that was written is in the buffers of the system: the client can have it.
    pub fn flushed(&self) {
        // They take the lock as well when they are dropped.
        let flushed = std::mem::take(&mut self.state().unflushed);
        drop(flushed);
    }

    pub fn upgraded(&self) {
        self.state().protocol = Protocol::WebSocket;
    }

    /// The socket is closed.
    pub fn gone(&self) {
        let bytes = {
            let mut state = self.state();
            state.gone = true;
            std::mem::take(&mut state.head_bytes)
        };
        self.totals.head_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.flushed();
    }
}
