use std::{
    collections::HashMap,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::error::{Error, InternalError};
use crate::store::{ConnectionKey, ConnectionRecord};

/// How a connect or a refresh ended: the connection as it is now, and what went wrong, if
/// anything did.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub record: Option<Arc<ConnectionRecord>>,
    pub error: Option<Error>,
}

impl Outcome {
    pub fn ok(record: ConnectionRecord) -> Self {
        Self { record: Some(Arc::new(record)), error: None }
    }

    pub fn failed(record: ConnectionRecord, error: Error) -> Self {
        Self { record: Some(Arc::new(record)), error: Some(error) }
    }

    /// The connection, unless something went wrong.
    pub fn into_result(self) -> Result<Arc<ConnectionRecord>, Error> {
        match (self.record, self.error) {
            (_, Some(error)) => Err(error),
            (Some(record), None) => Ok(record),
            (None, None) => Err(InternalError::TaskLost.into()),
        }
    }
}

impl<E: Into<Error>> From<E> for Outcome {
    fn from(error: E) -> Self {
        Self { record: None, error: Some(error.into()) }
    }
}

type Flight = Shared<BoxFuture<'static, Outcome>>;

/// The upstream calls of this process that are under way, one a connection: whoever wants the
/// same joins, and whoever goes away cancels nothing.
#[derive(Default)]
pub struct Flights {
    flying: Arc<Mutex<HashMap<ConnectionKey, Flight>>>,
}

impl Flights {
    /// Joins the flight of `key`, or starts one in a task of its own. Answers whether it was
    /// started here.
    pub fn join<F>(
        &self,
        key: ConnectionKey,
        tasks: &TaskTracker,
        start: impl FnOnce() -> F,
    ) -> (Flight, bool)
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flying.get(&key) {
            return (flight.clone(), false);
        }
        let flight = self.take_off(&mut flying, key, tasks, start());
        (flight, true)
    }

    /// Starts a flight of `key` unless one is under way. Answers whether it did.
    pub fn join_if_none<F>(
        &self,
        key: ConnectionKey,
        tasks: &TaskTracker,
        start: impl FnOnce() -> Option<F>,
    ) -> bool
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        if flying.contains_key(&key) {
            return false;
        }
        let Some(work) = start() else { return false };
        // Its task runs whether or not anybody waits for it.
        drop(self.take_off(&mut flying, key, tasks, work));
        true
    }

    fn take_off<F>(
        &self,
        flying: &mut HashMap<ConnectionKey, Flight>,
        key: ConnectionKey,
        tasks: &TaskTracker,
        work: F,
    ) -> Flight
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let landing = Landing { flying: self.flying.clone(), key };
        let task = async move {
            // Leaves the map when the work is committed, and also if it panics: whoever comes
            // later reads what was committed.
            let _landing = landing;
            work.await
        };
        // Logs under the id of the request that started it.
        let task = tasks.spawn(task.in_current_span());
        let flight = task
            .map(|ended| ended.unwrap_or_else(|_| InternalError::TaskLost.into()))
            .boxed()
            .shared();
        flying.insert(key, flight.clone());
        flight
    }
}

struct Landing {
    flying: Arc<Mutex<HashMap<ConnectionKey, Flight>>>,
    key: ConnectionKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flights")
    }
}
