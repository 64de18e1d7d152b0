use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Buf;
use tokio::time::Instant;

use super::{exchange::Exchange, relief::Relief, table::Totals};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The size of the pieces passed to the connection. It buffers little beyond that, so the rest of a
/// response stays here until the client has read what came before.
const PIECE: usize = 16 * 1024;

/// The client did not read the response.
#[derive(Debug, thiserror::Error)]
#[error("the client does not read the response")]
struct Abandoned;

/// A response that the client does not have completely.
pub struct Answer {
    body: Body,
    /// What was taken from the body and not passed on.
    rest: Bytes,
    /// `None`: a stream that lasts as long as there is something to send.
    size: Option<u64>,
    pub begun: Instant,
    /// Since when the client has not read what it was sent.
    pub handed_at: Option<Instant>,
    ended: bool,
    totals: Arc<Totals>,
}

impl Answer {
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    fn counted(&self) -> usize {
        self.size.map_or(0, |size| usize::try_from(size).unwrap_or(usize::MAX))
    }

    fn piece(&mut self) -> Option<Frame<Bytes>> {
        if self.rest.is_empty() {
            return None;
        }
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        // A copy, so that a kept piece does not keep the whole buffer.
        Some(Frame::data(Bytes::copy_from_slice(&piece)))
    }

    fn is_over(&self) -> bool {
        self.rest.is_empty() && (self.ended || self.body.is_end_stream())
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.totals.answer_bytes.fetch_sub(self.counted(), Ordering::Relaxed);
    }
}

/// Bytes of a response on their way. Over HTTP/2 they wait in h2 for the client's window, and a
/// response that was passed on may still be unread: its pieces hold this until the last one is
/// written.
pub struct Piece {
    bytes: Bytes,
    exchange: Option<Arc<Exchange>>,
}

impl Piece {
    fn of(bytes: Bytes, exchange: &Arc<Exchange>) -> Self {
        Self { bytes, exchange: exchange.http2.then(|| exchange.clone()) }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(exchange) = &self.exchange {
            exchange.taken();
        }
    }
}

/// The body of a response as the connection sees it. What it holds, such as a place in a queue, is
/// held until the client has everything, or is cut off.
pub struct AnswerBody(Arc<Exchange>);

impl AnswerBody {
    pub fn of(body: Body, exchange: Arc<Exchange>, relief: &Relief) -> Self {
        let now = Instant::now();
        let size = body.size_hint().exact();
        let totals = exchange.connection.totals.clone();
        let answer = Answer {
            body,
            rest: Bytes::new(),
            size,
            begun: now,
            handed_at: Some(now),
            ended: false,
            totals,
        };
        let bytes = answer.counted();
        exchange.connection.totals.answer_bytes.fetch_add(bytes, Ordering::Relaxed);
        *exchange.answer() = Some(answer);
        relief.answers();
        Self(exchange)
    }
}

impl HttpBody for AnswerBody {
    type Data = Piece;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, BoxError>>> {
        let mut answer = self.0.answer();
        let Some(answer) = &mut *answer else {
            return Poll::Ready(Some(Err(Abandoned.into())));
        };
        self.0.servers_turn();
        answer.handed_at = None;
        let frame = match answer.piece() {
            Some(piece) => Some(Ok(piece)),
            None => match Pin::new(&mut answer.body).poll_frame(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if data.len() > PIECE => {
                        answer.rest = data;
                        answer.piece().map(Ok)
                    }
                    Ok(data) => Some(Ok(Frame::data(data))),
                    Err(frame) => Some(Ok(frame)),
                },
                Poll::Ready(Some(Err(error))) => Some(Err(error.into())),
                Poll::Ready(None) => {
                    answer.ended = true;
                    None
                }
            },
        };
        answer.handed_at = Some(Instant::now());
        self.0.clients_turn();
        Poll::Ready(
            frame.map(|frame| frame.map(|of| of.map_data(|bytes| Piece::of(bytes, &self.0)))),
        )
    }

    fn is_end_stream(&self) -> bool {
        self.0.answer().as_ref().is_some_and(Answer::is_over)
    }

    fn size_hint(&self) -> SizeHint {
        let answer = self.0.answer();
        let Some(answer) = &*answer else { return SizeHint::default() };
        let mut hint = answer.body.size_hint();
        let rest = answer.rest.len() as u64;
        if rest > 0 {
            hint.set_upper(hint.upper().map_or(u64::MAX, |upper| upper + rest));
            hint.set_lower(hint.lower() + rest);
        }
        hint
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        let mut held = self.0.answer();
        let over = held.as_ref().is_some_and(Answer::is_over);
        // Unwritten pieces hold it.
        if over && self.0.http2 {
            return;
        }
        let answer = held.take();
        drop(held);
        let Some(answer) = answer else { return };
        self.0.clients_turn();
        // Otherwise nobody is left to read it.
        if over {
            self.0.connection.buffered(answer, self.0.clone());
        }
    }
}
