//! A job's concurrent calls to several providers: one that hangs does not hold up the others.

use std::collections::HashMap;

use domain::Provider;
use tokio::task::{Id, JoinSet};

/// Calls that a job has under way at once: at one provider, and in all.
pub(in crate::connections) const AT_PROVIDER: usize = 4;
const IN_ALL: usize = 16;

/// Calls of providers that a run has begun. They end with it.
#[derive(Default)]
pub(super) struct UnderWay {
    tasks: JoinSet<()>,
    at: HashMap<Id, Provider>,
}

/// A call did.
pub(super) struct Panicked;

impl UnderWay {
    /// Begins a call of this provider.
    pub fn begin(&mut self, provider: Provider, call: impl Future<Output = ()> + Send + 'static) {
        self.at.insert(self.tasks.spawn(call).id(), provider);
    }

    /// Waits until one has ended. `None`: there is none.
    pub async fn ended(&mut self) -> Option<Result<(), Panicked>> {
        let ended = self.tasks.join_next_with_id().await?;
        let (id, ended) = match ended {
            Ok((id, ())) => (id, Ok(())),
            Err(error) => (error.id(), Err(Panicked)),
        };
        self.at.remove(&id);
        Some(ended)
    }

    /// How many calls of this provider there are.
    pub fn with(&self, provider: Provider) -> usize {
        self.at.values().filter(|at| **at == provider).count()
    }

    /// How many more there may be.
    pub fn free(&self, provider: Provider) -> usize {
        (AT_PROVIDER - self.with(provider)).min(IN_ALL - self.at.len())
    }
}
