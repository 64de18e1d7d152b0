//! Spans in separate tasks. The exported span and the log's span of a request are separate, and the
//! log looks for its own among those that a task has entered: so a task enters both.

use futures_util::{FutureExt, future::BoxFuture};
use tracing::{Instrument, Span};

tokio::task_local! {
    /// The log's span of the current request.
    static LOGGED: Span;
}

/// Answers a request; the current span is the log's.
pub async fn answering<T>(answer: impl Future<Output = T>) -> T {
    LOGGED.scope(Span::current(), answer).await
}

/// Wraps work for a separate task in the spans of its caller. Boxed, so that tokio's code for a task is
/// compiled once for each type of result, and not for each place that starts one.
pub fn carried<T>(work: impl Future<Output = T> + Send + 'static) -> BoxFuture<'static, T> {
    // If nothing is exported, the current one is the log's.
    let logged = LOGGED.try_with(Span::clone).unwrap_or_else(|_| Span::none());
    LOGGED.scope(logged.clone(), work.in_current_span()).instrument(logged).boxed()
}
