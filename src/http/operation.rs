//! Records each operation in the metrics and as a span.

use std::time::Instant;

use async_graphql::{
    Response,
    parser::types::{DocumentOperations, ExecutableDocument, OperationType, Selection},
};
use tracing::Span;

use crate::{graphql::code_of_library_error, metrics, telemetry::spans};

/// The outcome of an operation whose client did not wait for the end.
const CANCELLED: &str = "cancelled";

/// An operation that is about to run. If it is dropped, its end is recorded as well.
pub(super) struct Operation {
    kind: &'static str,
    /// Each once: they come from the schema, so there are few.
    fields: Vec<String>,
    began: Instant,
    pub span: Span,
    told: bool,
}

impl Operation {
    /// `name`: the client's own, from its request.
    pub fn of(
        document: Option<&ExecutableDocument>,
        kind: OperationType,
        name: Option<&str>,
    ) -> Self {
        let kind = match kind {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        };
        let fields = document.map(root_fields).unwrap_or_default();
        let span = spans::operation(kind, name, &fields);
        Self { kind, fields, began: Instant::now(), span, told: false }
    }

    /// It has ended with this response.
    pub fn ended(mut self, response: &Response) {
        self.tell(&code(response), true);
    }

    /// A subscription lasts as long as its client: it counts once.
    pub fn begun(mut self) {
        self.tell("OK", false);
    }

    fn tell(&mut self, outcome: &str, is_timed: bool) {
        self.told = true;
        let took = is_timed.then(|| self.began.elapsed());
        metrics::operation_ended(self.kind, &self.fields, outcome, took);
        spans::ended(&self.span, outcome);
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if !self.told {
            self.tell(CANCELLED, true);
        }
    }
}

/// `OK`, or the code of the first error.
pub(super) fn code(response: &Response) -> String {
    let Some(error) = response.errors.first() else { return "OK".to_owned() };
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    match code {
        Some(async_graphql::Value::String(code)) => code.clone(),
        Some(async_graphql::Value::Enum(code)) => code.to_string(),
        _ => code_of_library_error(error).to_owned(),
    }
}

/// From the single operation of a document that was written out, so it contains no fragments.
fn root_fields(document: &ExecutableDocument) -> Vec<String> {
    let operation = match &document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => operations.values().next(),
    };
    let selections = operation.map(|operation| &operation.node.selection_set.node.items);
    let mut fields: Vec<_> = selections
        .into_iter()
        .flatten()
        .filter_map(|selection| match &selection.node {
            Selection::Field(field) => Some(field.node.name.node.to_string()),
            _ => None,
        })
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}
