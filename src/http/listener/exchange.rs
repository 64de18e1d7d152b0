use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{answer::Answer, connection::Connection};

/// What a connection keeps for reading, besides what was read.
const BUFFER: usize = 32 * 1024;

/// A request and its answer, from the head of the one until the other is with the client.
pub struct Exchange {
    id: u64,
    pub connection: Arc<Connection>,
    pub http2: bool,
    pub begun: Instant,
    /// Whether it is the server's turn.
    servers: AtomicBool,
    /// Bytes of the body that have come, while the rest is waited for.
    body_bytes: AtomicUsize,
    /// Whether the body is waited for.
    reading: AtomicBool,
    /// Ends the body, and says why.
    pub body_cut: CancellationToken,
    pub too_slow: AtomicBool,
    /// Whoever reads the body was told that it has been ended. Until then the last bytes may come.
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

    /// From here on the server is to do something.
    pub fn servers_turn(&self) {
        if !self.servers.swap(true, Ordering::AcqRel) {
            self.connection.state().busy += 1;
        }
    }

    /// From here on the client is.
    pub fn clients_turn(&self) {
        if self.servers.swap(false, Ordering::AcqRel) {
            self.connection.state().busy -= 1;
        }
    }

    pub fn answer(&self) -> MutexGuard<'_, Option<Answer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, unless it is being worked on at this moment.
    pub fn answer_at_rest(&self) -> Option<MutexGuard<'_, Option<Answer>>> {
        self.answer.try_lock().ok()
    }

    /// Gives up an answer that the client does not take, and the connection with it. Over HTTP/2
    /// that is the only way to get back what the stream keeps: hyper asks for no more of the answer
    /// until there is a window, and has no other way to be told.
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

    /// The client has taken more of the answer.
    pub fn taken(&self) {
        if let Some(mut answer) = self.answer_at_rest()
            && let Some(handed_at) = answer.as_mut().and_then(|answer| answer.handed_at.as_mut())
        {
            *handed_at = Instant::now();
        }
    }

    /// The body has to be waited for, and so many bytes of it are here. Whether it is the first time.
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

    /// More of it has come. Whether it counts.
    pub fn more_of_body(&self, bytes: usize) -> bool {
        self.servers_turn();
        let counts = self.reading.load(Ordering::Acquire);
        if counts {
            self.body_bytes.fetch_add(bytes, Ordering::AcqRel);
            self.connection.totals.body_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        counts
    }

    /// The body is waited for no longer.
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

    /// How many bytes of the body are here; `None`: it is not waited for.
    pub fn waits_for_body(&self) -> Option<usize> {
        self.reading.load(Ordering::Acquire).then(|| self.body_bytes.load(Ordering::Acquire))
    }

    /// Waits for the body no longer: it has taken too long, or the room is needed.
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
