use std::task::Poll;

use async_graphql::Response;
use futures_util::{StreamExt, stream::BoxStream};

/// The running operations of one socket.
#[derive(Default)]
pub struct Operations(Vec<Operation>);

struct Operation {
    id: String,
    responses: BoxStream<'static, Response>,
    /// Whether it has sent a result.
    begun: bool,
}

/// The outcome of an operation.
pub enum Outcome {
    Next(Response),
    /// It was never executed: there are only these errors.
    Failed(Response),
    Complete,
}

impl Operations {
    /// Subscriptions on one socket.
    pub const LIMIT: usize = 10;

    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|operation| operation.id == id)
    }

    pub fn is_full(&self) -> bool {
        self.0.len() >= Self::LIMIT
    }

    pub fn begin(&mut self, id: String, responses: BoxStream<'static, Response>) {
        self.0.push(Operation { id, responses, begun: false });
    }

    pub fn end(&mut self, id: &str) {
        self.0.retain(|operation| operation.id != id);
    }

    /// The next outcome of any of them; never resolves while there are none. Safe to cancel.
    pub async fn next(&mut self) -> (String, Outcome) {
        std::future::poll_fn(|context| {
            for index in 0..self.0.len() {
                let operation = &mut self.0[index];
                let Poll::Ready(response) = operation.responses.poll_next_unpin(context) else {
                    continue;
                };
                let Some(response) = response else {
                    return Poll::Ready((self.0.remove(index).id, Outcome::Complete));
                };
                let failed = !operation.begun
                    && response.data == async_graphql::Value::Null
                    && !response.errors.is_empty();
                if failed {
                    return Poll::Ready((self.0.remove(index).id, Outcome::Failed(response)));
                }
                operation.begun = true;
                let id = operation.id.clone();
                // The others come first next time.
                self.0[index..].rotate_left(1);
                return Poll::Ready((id, Outcome::Next(response)));
            }
            Poll::Pending
        })
        .await
    }
}
