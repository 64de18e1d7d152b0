//! A job's concurrent calls to several providers: one that hangs does not hold up the others.

use std::collections::HashMap;

use domain::Provider;
use tokio::task::{Id, JoinSet};

/// The maximum number of concurrent calls of a job: to one provider, and in total.
pub(in crate::connections) const AT_PROVIDER: usize = 4;
const IN_ALL: usize = 16;

/// Calls to providers that a run has started. They are cancelled with it.
#[derive(Default)]
pub(super) struct UnderWay {
    tasks: JoinSet<()>,
    at: HashMap<Id, Provider>,
}

/// The result of a call.
pub(super) struct Panicked;

impl UnderWay {
    /// Starts a call to this provider.
    pub fn begin(&mut self, provider: Provider, call: impl Future<Output = ()> + Send + 'static) {
        self.at.insert(self.tasks.spawn(call).id(), provider);
    }

    /// Waits until one has finished. `None`: there is none.
    pub async fn ended(&mut self) -> Option<Result<(), Panicked>> {
        let ended = self.tasks.join_next_with_id().await?;
        let (id, ended) = match ended {
            Ok((id, ())) => (id, Ok(())),
            Err(error) => (error.id(), Err(Panicked)),
        };
        self.at.remove(&id);
        Some(ended)
    }

    /// How many calls to this provider are running.
    pub fn with(&self, provider: Provider) -> usize {
        self.at.values().filter(|at| **at == provider).count()
    }

    /// How many more there may be.
    pub fn free(&self, provider: Provider) -> usize {
        (AT_PROVIDER - self.with(provider)).min(IN_ALL - self.at.len())
    }
}
