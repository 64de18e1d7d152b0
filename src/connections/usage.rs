//! Who read which access token: recorded in memory during a request, and written to the database in
//! batches, so that no request waits for it.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::Actor;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Connections, pause::Pause};
use crate::store::{ConnectionRecord, StoreError, TokenReads};

/// Reads per write; when this many wait, they are written at once.
const BATCH: usize = 1_000;
/// Reads that are kept in memory while the database can't be written to: about 20 MB.
const MOST: usize = 100_000;
/// How long a shutdown tries to write the rest.
const LAST: Duration = Duration::from_secs(10);

/// The reads of this process that are not written yet.
#[derive(Default)]
pub struct Usage {
    unwritten: Mutex<Unwritten>,
    /// A batch is full.
    full: Arc<Notify>,
    /// One batch after the other, so that a shutdown knows when the last one is written.
    turn: tokio::sync::Mutex<()>,
}

type Key = (Uuid, Actor);

#[derive(Default)]
struct Unwritten {
    reads: HashMap<Key, TokenReads>,
    /// The same, the oldest first.
    order: VecDeque<Key>,
    /// There was no room for all.
    overflowed: bool,
}

impl Connections {
    /// Records that the access token was read, at the time when `record` was read: that is the
    /// database's time, like that of all other events.
    pub(super) fn note_read(&self, record: &ConnectionRecord, actor: &Actor) {
        let overflows = self.parts.work.usage.note(TokenReads {
            connection_id: record.id,
            key: record.key(),
            actor: actor.clone(),
            first_at: record.now,
            last_at: record.now,
            times: 1,
        });
        if overflows {
            too_many();
        }
    }

    /// Writes the recorded reads: an event for each connection and actor, and the connection's last
    /// use. Reads that can't be written are kept for the next time.
    ///
    /// If the database commits but its answer is lost, they are written twice: the events may show
    /// too many reads, but never too few.
    pub async fn flush_reads(&self) -> Result<(), StoreError> {
        let usage = &self.parts.work.usage;
        let _turn = usage.turn.lock().await;
        // No more than there are now: others are recorded in the meantime.
        let mut left = usage.lock().reads.len();
        while left > 0 {
            let batch = usage.take(left.min(BATCH));
            left = left.saturating_sub(BATCH);
            self.parts.store.record_token_reads(&batch.reads).await?;
            batch.written();
        }
        Ok(())
    }

    /// Resolves when a batch is full.
    pub(super) fn full_batches(&self) -> BoxStream<'static, ()> {
        let full = self.parts.work.usage.full.clone();
        stream::unfold(full, async |full| {
            full.notified().await;
            Some(((), full))
        })
        .boxed()
    }

    /// Writes the rest at a shutdown, even if the database is briefly unavailable, for at most
    /// `limit`.
    pub(super) async fn flush_last_reads(&self, limit: Duration) {
        let flush = async {
            let mut pause = Pause::new();
            while let Err(error) = self.flush_reads().await {
                not_written(&error);
                pause.wait().await;
            }
        };
        if tokio::time::timeout(LAST.min(limit), flush).await.is_err() {
            let lost = self.parts.work.usage.lock().reads.len();
            tracing::error!(lost, "reads of tokens could not be written: the events lack them");
        }
    }
}

fn not_written(error: &StoreError) {
    tracing::warn!(
        cause = error.causes(),
        "reads of tokens could not be written yet and stay in memory: check that the database is \
         up, reachable and writable"
    );
}

fn too_many() {
    tracing::error!(
        kept = MOST,
        "reads of tokens can't be written, and there are too many to keep in memory: from now on \
         the oldest are dropped, and the events lack them"
    );
}

impl Usage {
    /// Returns whether this is the first time that there is no room for all.
    fn note(&self, read: TokenReads) -> bool {
        let mut unwritten = self.lock();
        let overflows = unwritten.add(read);
        if unwritten.reads.len() == BATCH {
            self.full.notify_one();
        }
        overflows
    }

    fn take(&self, number: usize) -> Batch<'_> {
        Batch { usage: self, reads: self.lock().take(number) }
    }

    fn lock(&self) -> MutexGuard<'_, Unwritten> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads that are being written. Whatever happens, for example if the writing task is cancelled,
/// they are not lost.
struct Batch<'a> {
    usage: &'a Usage,
    reads: Vec<TokenReads>,
}

impl Batch<'_> {
    fn written(mut self) {
        self.reads.clear();
        self.usage.lock().overflowed = false;
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let reads = std::mem::take(&mut self.reads);
        if !reads.is_empty() && self.usage.lock().put_back(reads) {
            too_many();
        }
    }
}

impl Unwritten {
    /// Returns whether this is the first time that there is no room for all.
    fn add(&mut self, read: TokenReads) -> bool {
        if let Some(noted) = self.reads.get_mut(&key(&read)) {
            merge(noted, &read);
            return false;
        }
        let key = key(&read);
        self.order.push_back(key.clone());
        self.reads.insert(key, read);
        self.drop_oldest()
    }

    fn take(&mut self, number: usize) -> Vec<TokenReads> {
        let number = number.min(self.order.len());
        self.order.drain(..number).filter_map(|key| self.reads.remove(&key)).collect()
    }

    /// Puts back what was taken, which is older than what came since. Returns the same as `add`.
    fn put_back(&mut self, batch: Vec<TokenReads>) -> bool {
        for read in batch.into_iter().rev() {
            if let Some(noted) = self.reads.get_mut(&key(&read)) {
                merge(noted, &read);
            } else {
                let key = key(&read);
                self.order.push_front(key.clone());
                self.reads.insert(key, read);
            }
        }
        self.drop_oldest()
    }

    fn drop_oldest(&mut self) -> bool {
        let too_many = self.order.len().saturating_sub(MOST);
        let drops = !self.take(too_many).is_empty();
        drops && !std::mem::replace(&mut self.overflowed, true)
    }
}

fn key(read: &TokenReads) -> Key {
    (read.connection_id, read.actor.clone())
}

fn merge(noted: &mut TokenReads, read: &TokenReads) {
    noted.first_at = noted.first_at.min(read.first_at);
    noted.last_at = noted.last_at.max(read.last_at);
    noted.times = noted.times.saturating_add(read.times);
}

impl fmt::Debug for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Usage")
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use domain::{ConnectionKey, Provider};
    use futures_util::FutureExt;

    use super::*;

    fn read(connection: usize, second: i64) -> TokenReads {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        let id = Uuid::from_u128(connection as u128);
        let key = ConnectionKey { user_id: id, provider: Provider::Google };
        let (connection_id, actor) = (id, Actor::User);
        TokenReads { connection_id, key, actor, first_at: at, last_at: at, times: 1 }
    }

    #[test]
    fn reads_of_one_connection_are_counted_together() {
        let mut unwritten = Unwritten::default();
        for second in [7, 5, 9] {
            unwritten.add(read(1, second));
        }
        unwritten.add(TokenReads { actor: Actor::Service, ..read(1, 6) });
        let batch = unwritten.take(10);
        assert_eq!(batch.len(), 2);
        assert_eq!(batch[0], TokenReads { times: 3, last_at: read(1, 9).last_at, ..read(1, 5) });
        assert_eq!(batch[1].times, 1);
    }

    #[test]
    fn a_full_batch_waits_no_longer() {
        let usage = Usage::default();
        for connection in 0..BATCH - 1 {
            usage.note(read(connection, 1));
        }
        usage.note(read(0, 2));
        assert!(usage.full.notified().now_or_never().is_none());
        usage.note(read(BATCH, 2));
        assert!(usage.full.notified().now_or_never().is_some());
    }

    #[test]
    fn what_is_being_written_is_kept_when_its_writer_is_cut_off() {
        let usage = Usage::default();
        for connection in 1..=3 {
            usage.note(read(connection, 1));
        }
        drop(usage.take(2));
        assert_eq!(usage.lock().reads.len(), 3);
        usage.take(2).written();
        assert_eq!(usage.take(10).reads[0].connection_id.as_u128(), 3);
    }

    #[test]
    fn what_could_not_be_written_is_counted_with_what_came_since_and_stays_the_oldest() {
        let mut unwritten = Unwritten::default();
        for connection in 1..=3 {
            unwritten.add(read(connection, 1));
        }
        let batch = unwritten.take(2);
        unwritten.add(read(4, 2));
        unwritten.add(read(2, 2));
        unwritten.put_back(batch);
        let batch = unwritten.take(10);
        let counted: Vec<_> =
            batch.iter().map(|read| (read.connection_id.as_u128(), read.times)).collect();
        assert_eq!(counted, [(1, 1), (3, 1), (4, 1), (2, 2)]);
        assert!(unwritten.reads.is_empty() && unwritten.order.is_empty());
    }

    #[test]
    fn the_oldest_go_where_there_is_no_room_and_it_is_said_once() {
        let mut unwritten = Unwritten::default();
        let said = (0..MOST + 10).filter(|connection| unwritten.add(read(*connection, 1))).count();
        assert_eq!((said, unwritten.reads.len(), unwritten.order.len()), (1, MOST, MOST));
        assert_eq!(unwritten.take(1)[0].connection_id.as_u128(), 10);
        let batch = unwritten.take(BATCH);
        for connection in 0..BATCH {
            unwritten.add(read(2 * MOST + connection, 2));
        }
        unwritten.put_back(batch);
        assert_eq!((unwritten.reads.len(), unwritten.order.len()), (MOST, MOST));
    }
}
