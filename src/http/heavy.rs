//! Limits heavy requests (large documents, or introspection): they never occupy the last processor,
//! so that small requests don't wait for them.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    task::{Context, Poll, ready},
    thread::available_parallelism,
};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::block_in_place,
};
use tokio_util::sync::PollSemaphore;

use super::places::{Full, Who};

/// Bytes of a request that counts as heavy. What pages send is much smaller.
const HEAVY: usize = 2 * 1024;
/// The maximum number of waiting requests per caller.
const LINE: usize = 16;
/// How many callers are remembered before those without requests are removed.
const REMEMBERED: usize = 1024;

/// Whether a request with this many bytes, or its document, is heavy.
pub fn is_heavy(bytes: usize, document: &str) -> bool {
    let reads_schema = || {
        // Documents without `__` end here: `contains` is much faster than `match_indices`.
        document.contains("__")
            && document.match_indices("__").any(|(at, _)| {
                let name = &document[at + 2..];
                name.starts_with("schema")
                    || (name.starts_with("type") && !name.starts_with("typename"))
            })
    };
    bytes > HEAVY || document.len() > HEAVY || reads_schema()
}

/// The processors that heavy requests share, which is half of them, and each caller's queue.
#[derive(Debug)]
pub struct Heavy {
    processors: Arc<Semaphore>,
    /// Total bytes of waiting requests: of strangers and of users.
    strangers: Arc<Semaphore>,
    users: Arc<Semaphore>,
    lines: Mutex<HashMap<Who, Weak<Line>>>,
}

/// A caller's waiting requests.
#[derive(Debug)]
struct Line {
    /// The caller whose turn is next.
    turn: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

impl Default for Heavy {
    fn default() -> Self {
        Self::on((processors() / 2).max(1))
    }
}

fn processors() -> usize {
    available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Heavy {
    fn on(processors: usize) -> Self {
        Self {
            processors: Arc::new(Semaphore::new(processors)),
            strangers: Arc::new(Semaphore::new(8 * 1024 * 1024)),
            users: Arc::new(Semaphore::new(16 * 1024 * 1024)),
            lines: Mutex::default(),
        }
    }

    /// Runs it on one of the processors while it is busy, and on none while it waits. A caller has
    /// one processor at a time, however many requests it sends.
    ///
    /// # Errors
    /// Too many wait already.
    pub fn run<F: Future>(
        &self,
        who: Who,
        bytes: usize,
        future: F,
    ) -> Result<impl Future<Output = F::Output>, Full> {
        let line = self.line(who);
        let of = if matches!(who, Who::Stranger(_)) { &self.strangers } else { &self.users };
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let room = line.room.clone().try_acquire_owned().map_err(|_| Full::Share)?;
        let bytes = of.clone().try_acquire_many_owned(bytes).map_err(|_| Full::Everything)?;
        Ok(Gated {
            future: Box::pin(future),
            turns: PollSemaphore::new(line.turn.clone()),
            turn: None,
            processors: PollSemaphore::new(self.processors.clone()),
            _line: line,
            waits: Some((room, bytes)),
        })
    }

    fn line(&self, who: Who) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(&who).and_then(Weak::upgrade) {
            return line;
        }
        if lines.len() >= REMEMBERED {
            lines.retain(|_, line| line.strong_count() > 0);
        }
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let line = Arc::new(Line { turn: semaphore(1), room: semaphore(LINE) });
        lines.insert(who, Arc::downgrade(&line));
        line
    }
}

struct Gated<F> {
    future: Pin<Box<F>>,
    turns: PollSemaphore,
    /// Kept until it has had a processor, so that each caller waits with one request at a time.
    turn: Option<OwnedSemaphorePermit>,
    processors: PollSemaphore,
    _line: Arc<Line>,
    /// Its place and its bytes in the queue, until it has had a processor: after that it waits for
    /// something else.
    waits: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

impl<F: Future> Future for Gated<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.turn.is_none() {
            self.turn = ready!(self.turns.poll_acquire(context));
        }
        let _processor = ready!(self.processors.poll_acquire(context));
        let _turn = self.turn.take();
        self.waits = None;
        let threads = Handle::current().runtime_flavor();
        if threads == RuntimeFlavor::MultiThread && processors() == 1 {
            // Without a second thread, one takes over this one's other work. If there are others,
            // one more would only cost memory.
            block_in_place(|| self.future.as_mut().poll(context))
        } else {
            self.future.as_mut().poll(context)
        }
    }
}

#[cfg(test)]
mod tests;
