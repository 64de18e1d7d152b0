use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use futures_util::Stream;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use uuid::Uuid;

use super::{Change, End, hub::Hub};

/// The changes of a user's connections, and finally why there are no more.
pub struct Subscription {
    pub(super) user_id: Uuid,
    pub(super) id: u64,
    pub(super) hub: Arc<Hub>,
    changes: mpsc::Receiver<Arc<Change>>,
    end: Arc<OnceLock<End>>,
    expired: Pin<Box<WaitForCancellationFutureOwned>>,
    over: bool,
}

impl Subscription {
    pub(super) fn new(
        hub: Arc<Hub>,
        (user_id, id): (Uuid, u64),
        changes: mpsc::Receiver<Arc<Change>>,
        end: Arc<OnceLock<End>>,
        expired: CancellationToken,
    ) -> Self {
        let expired = Box::pin(expired.cancelled_owned());
        Self { user_id, id, hub, changes, end, expired, over: false }
    }
}

impl Stream for Subscription {
    type Item = Result<Arc<Change>, End>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        // This comes first: after the end, the caller may no longer see changes that it has not
        // received.
        if self.expired.as_mut().poll(context).is_ready() {
            self.over = true;
            return Poll::Ready(Some(Err(End::Expired)));
        }
        if let Some(change) = ready!(self.changes.poll_recv(context)) {
            return Poll::Ready(Some(Ok(change)));
        }
        self.over = true;
        Poll::Ready(self.end.get().map(|end| Err(*end)))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.leave(self.user_id, self.id);
    }
}
