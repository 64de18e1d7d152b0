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

/// The client's body has been given up.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come in time, or there were too many of them")]
struct Cut;

/// The body of a request, which counts as soon as it has to be waited for.
pub struct RequestBody {
    incoming: Incoming,
    exchange: Arc<Exchange>,
    relief: Arc<Relief>,
    /// There once it is waited for.
    cut: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl RequestBody {
    pub fn of(incoming: Incoming, exchange: &Arc<Exchange>, relief: &Arc<Relief>) -> Body {
        if incoming.is_end_stream() {
            return Body::empty();
        }
        let (exchange, relief) = (exchange.clone(), relief.clone());
        Body::new(Self { incoming, exchange, relief, cut: None })
    }

    fn is_cut(&mut self, context: &mut Context<'_>) -> bool {
        let token = &self.exchange.body_cut;
        let cut = self.cut.get_or_insert_with(|| Box::pin(token.clone().cancelled_owned()));
        cut.as_mut().poll(context).is_ready()
    }

    fn over(&mut self) {
        self.exchange.servers_turn();
        if self.exchange.reading.swap(false, Ordering::AcqRel) {
            let bytes = self.exchange.body_bytes.swap(0, Ordering::AcqRel);
            self.exchange.connection.totals.bodies.fetch_sub(1, Ordering::Relaxed);
            self.exchange.connection.totals.body_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
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
                this.over();
                return Poll::Ready(Some(Err(Cut.into())));
            }
            this.exchange.clients_turn();
            if !this.exchange.reading.swap(true, Ordering::AcqRel) {
                this.exchange.connection.totals.bodies.fetch_add(1, Ordering::Relaxed);
                this.relief.bodies();
            }
            return Poll::Pending;
        };
        this.exchange.servers_turn();
        match &frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                if this.exchange.reading.load(Ordering::Acquire) {
                    this.exchange.body_bytes.fetch_add(bytes, Ordering::AcqRel);
                    let totals = &this.exchange.connection.totals;
                    totals.body_bytes.fetch_add(bytes, Ordering::Relaxed);
                    this.relief.bodies();
                }
            }
            Some(Err(_)) | None => this.over(),
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
        self.over();
    }
}
