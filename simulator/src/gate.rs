//! Gates: hold calls until a test releases them, so that races can be built without sleeping.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

/// Where a call is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hold {
    /// Before any work, and before any fault.
    Request,
    /// After the work, before the response.
    Answer,
}

/// The part that held calls wait on.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    arrived: Arc<watch::Sender<usize>>,
    /// A permit lets one call through; closed, it lets all through.
    permits: Arc<Semaphore>,
}

impl Bar {
    pub(crate) fn is_open(&self) -> bool {
        self.permits.is_closed()
    }

    /// Holds the caller.
    pub(crate) async fn wait(&self) {
        self.arrived.send_modify(|count| *count += 1);
        if let Ok(permit) = self.permits.acquire().await {
            permit.forget();
        }
    }
}

/// Holds every call to an endpoint until it is released. Dropping it releases, too.
#[derive(Debug)]
#[must_use = "a gate that is dropped holds nothing"]
pub struct Gate(Bar);

impl Gate {
    pub(crate) fn new() -> (Self, Bar) {
        let bar =
            Bar { arrived: Arc::new(watch::Sender::new(0)), permits: Arc::new(Semaphore::new(0)) };
        (Self(bar.clone()), bar)
    }

    /// Waits until `n` calls have arrived since the gate was closed.
    pub async fn arrived(&self, n: usize) {
        let mut arrived = self.0.arrived.subscribe();
        // It can't fail: the gate itself keeps the sender.
        let _ = arrived.wait_for(|count| *count >= n).await;
    }

    /// How many calls have arrived so far.
    pub fn count(&self) -> usize {
        *self.0.arrived.borrow()
    }

    /// Lets one call through: the one that has waited longest, or the next one to arrive.
    pub fn release_one(&self) {
        self.0.permits.add_permits(1);
    }

    /// Lets all calls through, now and later.
    pub fn release(&self) {
        self.0.permits.close();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.release();
    }
}
