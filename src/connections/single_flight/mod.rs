use std::{
    collections::HashMap,
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use domain::ConnectionKey;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span};

use crate::connections::error::{Error, InternalError};
use crate::{
    store::ConnectionRecord,
    telemetry::{carried, spans},
};

/// The result of a connect or a refresh: the current connection, and what went wrong, if anything
/// did.
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

    /// Records the result in a span.
    pub fn tell(&self, span: &Span) {
        if let Some(record) = &self.record {
            spans::is_about(span, record.id);
        }
        spans::ended(span, self.error.as_ref().map_or("OK", Error::code));
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

type Answer = Shared<BoxFuture<'static, Outcome>>;

/// A flight, and the span of its work.
#[derive(Clone)]
struct InFlight {
    answer: Answer,
    span: Span,
}

/// The running upstream calls of this process, one per connection: callers that want the same join,
/// and a caller that disconnects cancels nothing.
pub struct SingleFlight {
    /// The kind of work in its flights, for traces.
    name: &'static str,
    in_flight: Arc<Mutex<HashMap<ConnectionKey, InFlight>>>,
}

impl SingleFlight {
    /// Flights of this name.
    pub fn of(name: &'static str) -> Self {
        Self { name, in_flight: Arc::default() }
    }

    /// Joins the flight of `key`, or starts one in its own task. Returns whether it was started
    /// here.
    pub fn join<F>(
        &self,
        key: ConnectionKey,
        tasks: &TaskTracker,
        start: impl FnOnce() -> F,
    ) -> (Answer, bool)
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = in_flight.get(&key) {
            spans::joins(&Span::current(), &flight.span);
            return (flight.answer.clone(), false);
        }
        let answer = self.start(&mut in_flight, key, tasks, start());
        (answer, true)
    }

    /// Starts a flight of `key` unless one is running. Returns whether it did.
    pub fn join_if_none<F>(
        &self,
        key: ConnectionKey,
        tasks: &TaskTracker,
        start: impl FnOnce() -> Option<F>,
    ) -> bool
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if in_flight.contains_key(&key) {
            return false;
        }
        let Some(work) = start() else { return false };
        // Its task runs whether or not anyone waits for it.
        drop(self.start(&mut in_flight, key, tasks, work));
        true
    }

    fn start<F>(
        &self,
        in_flight: &mut HashMap<ConnectionKey, InFlight>,
        key: ConnectionKey,
        tasks: &TaskTracker,
        work: F,
    ) -> Answer
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let leaves = Leaves { in_flight: self.in_flight.clone(), key };
        let span = spans::flight(self.name, key.provider);
        let flight = span.clone();
        let task = async move {
            // Leaves the map when the work is committed, or if it panics: later callers read what
            // was committed.
            let _leaves = leaves;
            let outcome = work.await;
            outcome.tell(&flight);
            outcome
        };
        // Logs with the id of the request that started it.
        let task = tasks.spawn(carried(task.instrument(span.clone())));
        let answer = task
            .map(|ended| ended.unwrap_or_else(|_| InternalError::TaskLost.into()))
            .boxed()
            .shared();
        in_flight.insert(key, InFlight { answer: answer.clone(), span });
        answer
    }
}

struct Leaves {
    in_flight: Arc<Mutex<HashMap<ConnectionKey, InFlight>>>,
    key: ConnectionKey,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl fmt::Debug for SingleFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SingleFlight")
    }
}
