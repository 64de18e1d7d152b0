//! Spans in tasks of their own. What is exported and the log's span of a request are apart, and the
//! log looks for its own among those that a task has entered: a task enters both.

use tracing::{Instrument, Span};

tokio::task_local! {
    /// The log's span of the request that is answered.
    static LOGGED: Span;
}

/// Answers a request; the current span is the log's.
pub async fn answering<T>(answer: impl Future<Output = T>) -> T {
    LOGGED.scope(Span::current(), answer).await
}

/// Work for a task of its own, under the spans of whoever starts it.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
    // Where nothing is exported, the current one is the log's.
    let logged = LOGGED.try_with(Span::clone).unwrap_or_else(|_| Span::none());
    LOGGED.scope(logged.clone(), work.in_current_span()).instrument(logged)
}
