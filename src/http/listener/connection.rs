use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, atomic::Ordering},
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{answer::Answer, exchange::Exchange, table::Totals};

/// The memory of a connection as soon as there is something to read on it.
const BUFFER: usize = 8 * 1024;
/// The number of streams that are cut off before the whole connection is. A trusted proxy's
/// connection carries many clients, most of which read their responses.
const ABANDONED: usize = 8;

/// A client's connection, from its accept until its socket is closed.
pub struct Connection {
    pub id: u64,
    /// Its address; `None`: a trusted proxy.
    pub network: Option<IpAddr>,
    /// It is one of those reserved for health checks.
    pub reserved: bool,
    /// Ends it immediately.
    pub cut: CancellationToken,
    /// Ends it after its running requests.
    pub close: CancellationToken,
    pub totals: Arc<Totals>,
    state: Mutex<State>,
}

/// The protocol of a connection, as far as its requests have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// There was no request yet.
    Unknown,
    Http1,
    Http2,
    /// It has become a WebSocket, which has its own limits.
    WebSocket,
}

/// The state of a connection.
pub struct State {
    pub accepted: Instant,
    /// Requests, from their head until the client has the response.
    pub exchanges: Vec<(u64, Weak<Exchange>)>,
    next: u64,
    /// Of these, those that were cut off but still use memory.
    abandoned: usize,
    /// Of these, those that wait for the server.
    pub busy: usize,
    /// Since when it has had a running request, or none.
    pub since: Instant,
    /// When the first byte of an incomplete head arrived.
    pub head_since: Option<Instant>,
    pub head_bytes: usize,
    pub protocol: Protocol,
    /// Since when the socket has accepted no data.
    pub blocked_since: Option<Instant>,
    /// Responses in the buffers of this process and, after a flush, in those of the operating
    /// system.
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

    /// Since when the client has kept the server waiting; `None`: it hasn't, or it is a WebSocket.
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

    /// A request has arrived.
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

    /// A request has ended.
    pub fn end(&self, id: u64, abandoned: bool) {
        let mut state = self.state();
        state.abandoned -= usize::from(abandoned);
        state.exchanges.retain(|(of, _)| *of != id);
        if state.exchanges.is_empty() {
            state.since = Instant::now();
        }
    }

    /// A response was cut off. Returns whether the connection should be, too.
    pub fn abandons(&self) -> bool {
        let mut state = self.state();
        state.abandoned += 1;
        self.network.is_some() || state.abandoned >= ABANDONED
    }

    /// All running requests.
    pub fn exchanges(&self) -> Vec<Arc<Exchange>> {
        self.state().exchanges.iter().filter_map(|(_, exchange)| exchange.upgrade()).collect()
    }

    /// This many bytes have arrived.
    pub fn heard(&self, bytes: usize) {
        let mut state = self.state();
        // Over HTTP/2, more arrives than heads.
        let reads_heads = matches!(state.protocol, Protocol::Unknown | Protocol::Http1);
        if reads_heads && state.exchanges.is_empty() {
            let buffer = if state.head_since.is_none() { BUFFER } else { 0 };
            state.head_since.get_or_insert_with(Instant::now);
            let bytes = bytes + buffer;
            state.head_bytes += bytes;
            self.totals.head_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Whether the socket accepts data.
    pub fn takes(&self, takes: bool) {
        let mut state = self.state();
        if takes {
            state.blocked_since = None;
        } else {
            state.blocked_since.get_or_insert_with(Instant::now);
        }
    }

    /// The whole response is in the buffers of this process.
    pub fn buffered(&self, answer: Answer, exchange: Arc<Exchange>) {
        let mut state = self.state();
        // Over HTTP/2 a response may end after its connection. Dropping it takes the lock.
        if !state.gone {
            state.unflushed.push((answer, exchange));
        }
    }

    /// Everything written is in the buffers of the operating system: the client can read it.
    pub fn flushed(&self) {
        // Dropping these takes the lock as well.
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
