//! Requests that take much of a processor, by the size of their document or because they read the
//! schema, never take the last one: small requests don't wait for them.

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

use super::places::Who;

/// Bytes of a request that is heavy by its size. What pages ask for is far smaller.
const HEAVY: usize = 2 * 1024;
/// Callers that are remembered before it is looked which of them are still there.
const REMEMBERED: usize = 1024;

/// Whether a request of so many bytes is heavy, or its document is.
pub fn is_heavy(bytes: usize, document: &str) -> bool {
    let reads_schema = || {
        document.match_indices("__").any(|(at, _)| {
            let name = &document[at + 2..];
            name.starts_with("schema")
                || (name.starts_with("type") && !name.starts_with("typename"))
        })
    };
    bytes > HEAVY || document.len() > HEAVY || reads_schema()
}

/// The processors that heavy requests share, half of all, and the line of each caller for them.
#[derive(Debug)]
pub struct Heavy {
    processors: Arc<Semaphore>,
    lines: Mutex<HashMap<Who, Weak<Semaphore>>>,
}

impl Default for Heavy {
    fn default() -> Self {
        Self::on(available_parallelism().map_or(1, |number| number.get() / 2).max(1))
    }
}

impl Heavy {
    fn on(processors: usize) -> Self {
        Self { processors: Arc::new(Semaphore::new(processors)), lines: Mutex::default() }
    }

    /// Runs it with one of the processors while it has something to do, and with none while it
    /// waits. A caller has one at a time, however many requests it sends.
    pub fn run<F: Future>(&self, who: Who, future: F) -> impl Future<Output = F::Output> {
        Gated {
            future: Box::pin(future),
            line: PollSemaphore::new(self.line(who)),
            turn: None,
            processors: PollSemaphore::new(self.processors.clone()),
        }
    }

    fn line(&self, who: Who) -> Arc<Semaphore> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(&who).and_then(Weak::upgrade) {
            return line;
        }
        if lines.len() >= REMEMBERED {
            lines.retain(|_, line| line.strong_count() > 0);
        }
        let line = Arc::new(Semaphore::new(1));
        lines.insert(who, Arc::downgrade(&line));
        line
    }
}

struct Gated<F> {
    future: Pin<Box<F>>,
    line: PollSemaphore,
    /// Kept until it has had a processor, so that a caller waits for one with one request.
    turn: Option<OwnedSemaphorePermit>,
    processors: PollSemaphore,
}

impl<F: Future> Future for Gated<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.turn.is_none() {
            self.turn = ready!(self.line.poll_acquire(context));
        }
        let _processor = ready!(self.processors.poll_acquire(context));
        let _turn = self.turn.take();
        match Handle::current().runtime_flavor() {
            // What waits for this thread is taken over by another.
            RuntimeFlavor::MultiThread => block_in_place(|| self.future.as_mut().poll(context)),
            _ => self.future.as_mut().poll(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::IpAddr,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[test]
    fn what_is_large_or_reads_the_schema_is_heavy() {
        for (bytes, document, heavy) in [
            (100, "{ providerConnections { __typename accessToken } }", false),
            (3_000, "{ providerConnections { id } }", true),
            (100, "{ __schema { types { name } } }", true),
            (100, "{ __typename __type(name: \"Query\") { name } }", true),
            (100, "{ __type", true),
            (100, "{ __ }", false),
        ] {
            assert_eq!(is_heavy(bytes, document), heavy, "{document}");
        }
    }

    fn stranger(last: u8) -> Who {
        Who::Stranger(IpAddr::from([198, 51, 100, last]))
    }

    /// How many of these run at once at most, when each works and waits in turn.
    async fn at_once(heavy: &Arc<Heavy>, callers: impl Iterator<Item = Who>) -> usize {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = callers
            .map(|who| {
                let (heavy, running, most) = (heavy.clone(), running.clone(), most.clone());
                tokio::spawn(async move {
                    let work = async {
                        for _ in 0..20 {
                            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            std::thread::yield_now();
                            running.fetch_sub(1, Ordering::SeqCst);
                            tokio::task::yield_now().await;
                        }
                    };
                    heavy.run(who, work).await;
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        most.load(Ordering::SeqCst)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn so_many_processors_are_shared_and_a_caller_has_one_of_them() {
        let heavy = Arc::new(Heavy::on(2));
        assert_eq!(at_once(&heavy, (0..40).map(|_| stranger(1))).await, 1);
        assert!(at_once(&heavy, (0..40).map(stranger)).await <= 2);
    }

    #[tokio::test]
    async fn while_it_waits_it_has_none() {
        let heavy = Heavy::on(1);
        let (done, waits) = tokio::sync::oneshot::channel::<()>();
        let mut waiting = Box::pin(heavy.run(stranger(1), waits));
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        heavy.run(stranger(1), async {}).await;
        done.send(()).unwrap();
        waiting.await.unwrap();
    }

    #[test]
    fn callers_that_are_gone_are_forgotten() {
        let heavy = Heavy::on(1);
        for number in 0..10_000_u32 {
            heavy.line(Who::Stranger(IpAddr::from(number.to_be_bytes())));
        }
        assert!(heavy.lines.lock().unwrap().len() <= REMEMBERED);
    }
}
