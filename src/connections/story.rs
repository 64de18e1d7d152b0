//! The four operations (connect, read, refresh, disconnect) as spans: each names its connection and
//! how it ended.

use domain::Provider;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::Error;
use crate::telemetry::spans;

/// Runs one operation in its span; `id` returns the id of its connection.
pub(super) async fn told<T>(
    name: &'static str,
    provider: Provider,
    id: impl FnOnce(&T) -> Uuid,
    story: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let span = spans::story(name, provider);
    // Boxed, because a resolver holds it and it is as large as everything that it awaits.
    let ended = Box::pin(story).instrument(span.clone()).await;
    end(&span, ended.as_ref().map(id));
    ended
}

/// Records how the operation ended.
pub(super) fn end(span: &Span, ended: Result<Uuid, &Error>) {
    match ended {
        Ok(connection) => {
            spans::is_about(span, connection);
            spans::ended(span, "OK");
        }
        Err(error) => spans::ended(span, error.code()),
    }
}
