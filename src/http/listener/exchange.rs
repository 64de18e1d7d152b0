use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{answer::Answer, connection::Connection};

/// A connection's read buffer, besides what was read.
const BUFFER: usize = 32 * 1024;

/// A request and its response, from the arrival of the head until the client has the response.
pub struct Exchange {
    id: u64,
    pub connection: Arc<Connection>,
    pub http2: bool,
    pub begun: Instant,
    /// Whether the client waits for the server.
    servers: AtomicBool,
    /// Bytes of the body that have arrived while the server waits for the rest.
    body_bytes: AtomicUsize,
    /// Whether the server waits for the body.
    reading: AtomicBool,
    /// Ends the body, with the reason.
    pub body_cut: CancellationToken,
    pub too_slow: AtomicBool,
    /// The reader of the body has been told that it was cut off. Until then its last bytes may
    /// arrive.
    pub body_was_cut: AtomicBool,
    answer: Mutex<Option<Answer>>,
    abandoned: AtomicBool,
}

impl Exchange {
    pub fn new(id: u64, connection: Arc<Connection>, http2: bool) -> Self {
        Self {
            id,
            connection,
            http2,
            begun: Instant::now(),
            servers: AtomicBool::new(true),
            body_bytes: AtomicUsize::new(0),
            reading: AtomicBool::new(false),
            body_cut: CancellationToken::new(),
            too_slow: AtomicBool::new(false),
            body_was_cut: AtomicBool::new(false),
            answer: Mutex::new(None),
            abandoned: AtomicBool::new(false),
        }
    }

    /// From now on the client waits for the server.
    pub fn servers_turn(&self) {
        if !self.servers.swap(true, Ordering::AcqRel) {
            self.connection.state().busy += 1;
        }
    }

    /// From now on the server waits for the client.
    pub fn clients_turn(&self) {
        if self.servers.swap(false, Ordering::AcqRel) {
            self.connection.state().busy -= 1;
        }
    }

    pub fn answer(&self) -> MutexGuard<'_, Option<Answer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The response, unless it is being processed at this moment.
    pub fn answer_at_rest(&self) -> Option<MutexGuard<'_, Option<Answer>>> {
        self.answer.try_lock().ok()
    }

    /// Cuts off a response that the client does not read, and with it the connection. Over HTTP/2
    /// this is the only way to free the memory of the stream: hyper doesn't ask for more of the
    /// response until there is a window, and can't be told otherwise.
    pub fn abandon(&self) {
        let Some(answer) = self.answer_at_rest().and_then(|mut answer| answer.take()) else {
            return;
        };
        drop(answer);
        self.abandoned.store(true, Ordering::Release);
        if self.connection.abandons() || !self.http2 {
            self.connection.cut.cancel();
        }
    }

    /// The client has read more of the response.
    pub fn taken(&self) {
        if let Some(mut answer) = self.answer_at_rest()
            && let Some(handed_at) = answer.as_mut().and_then(|answer| answer.handed_at.as_mut())
        {
            *handed_at = Instant::now();
        }
    }

    /// The server waits for the body, of which this many bytes are here. Returns whether this is
    /// the first time.
    pub fn wait_for_body(&self, bytes: usize) -> bool {
        self.clients_turn();
        let first = !self.body_cut.is_cancelled() && !self.reading.swap(true, Ordering::AcqRel);
        if first {
            let bytes = bytes + BUFFER;
            self.body_bytes.store(bytes, Ordering::Release);
            let totals = &self.connection.totals;
            totals.bodies.fetch_add(1, Ordering::Relaxed);
            totals.body_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        first
    }

    /// More of it has arrived. Returns whether it counts.
    pub fn more_of_body(&self, bytes: usize) -> bool {
        self.servers_turn();
        let counts = self.reading.load(Ordering::Acquire);
        if counts {
            self.body_bytes.fetch_add(bytes, Ordering::AcqRel);
            self.connection.totals.body_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        counts
    }

    /// The server no longer waits for the body.
    pub fn end_of_body(&self) {
        self.servers_turn();
        self.forget_body();
    }

    fn forget_body(&self) {
        if self.reading.swap(false, Ordering::AcqRel) {
            let bytes = self.body_bytes.swap(0, Ordering::AcqRel);
            let totals = &self.connection.totals;
            totals.bodies.fetch_sub(1, Ordering::Relaxed);
            totals.body_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// How many bytes of the body are here; `None`: the server does not wait for it.
    pub fn waits_for_body(&self) -> Option<usize> {
        self.reading.load(Ordering::Acquire).then(|| self.body_bytes.load(Ordering::Acquire))
    }

    /// Stops waiting for the body, because it takes too long or its memory is needed.
    pub fn cut_body(&self, too_slow: bool) {
        self.too_slow.store(too_slow, Ordering::Release);
        self.body_cut.cancel();
        self.forget_body();
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.clients_turn();
        self.connection.end(self.id, self.abandoned.load(Ordering::Acquire));
    }
}
