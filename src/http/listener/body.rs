use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{exchange::Exchange, relief::Relief};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The client's body was cut off.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come in time, or there were too many of them")]
struct Cut;

/// The body of a request. It counts as soon as the server has to wait for it.
pub struct RequestBody {
    incoming: Incoming,
    exchange: Arc<Exchange>,
    relief: Arc<Relief>,
    /// Bytes that have arrived.
    seen: usize,
    /// Set once the server waits for it.
    cut: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl RequestBody {
    pub fn of(incoming: Incoming, exchange: &Arc<Exchange>, relief: &Arc<Relief>) -> Body {
        if incoming.is_end_stream() {
            return Body::empty();
        }
        let (exchange, relief) = (exchange.clone(), relief.clone());
        Body::new(Self { incoming, exchange, relief, seen: 0, cut: None })
    }

    fn is_cut(&mut self, context: &mut Context<'_>) -> bool {
        let token = &self.exchange.body_cut;
        let cut = self.cut.get_or_insert_with(|| Box::pin(token.clone().cancelled_owned()));
        cut.as_mut().poll(context).is_ready()
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let Poll::Ready(frame) = Pin::new(&mut this.incoming).poll_frame(context) else {
            if this.is_cut(context) {
                this.exchange.body_was_cut.store(true, Ordering::Release);
                this.exchange.end_of_body();
                return Poll::Ready(Some(Err(Cut.into())));
            }
            if this.exchange.wait_for_body(this.seen) {
                this.relief.bodies();
            }
            return Poll::Pending;
        };
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            this.seen += bytes;
            if this.exchange.more_of_body(bytes) {
                this.relief.bodies();
            }
        } else {
            this.exchange.end_of_body();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.exchange.end_of_body();
    }
}
