use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{ConnectionKey, Provider};
use futures_util::future::join_all;
use scopeguard::defer_on_unwind;
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

use super::{Connections, Error, error::InternalError, pending_commit::HeldOf};
use crate::{
    store::{Columns, ConnectionRecord, StoreError},
    telemetry::carried,
};

/// The maximum number of users in one statement.
const USERS: usize = 512;

/// How many reads get their own statement at a time, after the statement for all of them failed on a
/// row.
const ALONE: usize = 4;

type Rows = Vec<Arc<ConnectionRecord>>;
type OfUser = HashMap<Uuid, Rows>;

/// The key of reads that can share a statement: they want the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Shape {
    providers: Option<Vec<Provider>>,
    columns: Columns,
}

/// A read that waits for its statement.
struct Read {
    users: Vec<Uuid>,
    answer: oneshot::Sender<Result<Rows, StoreError>>,
}

/// The reads of this process. Reads that arrive while a statement of the same shape is running
/// share the next one: the busier the server, the fewer statements a request costs, and a single
/// read never waits. If the database does not answer, all fail together.
#[derive(Default)]
pub struct Reads(Mutex<HashMap<Shape, Vec<Read>>>);

impl Connections {
    /// The connections of these users, limited to these providers if any are named, ordered by
    /// provider for each user. Callers must hold a [`super::Subject`] for each of the users.
    pub async fn list(
        &self,
        users: Vec<Uuid>,
        providers: Option<Vec<Provider>>,
        columns: Columns,
    ) -> Result<Rows, Error> {
        // Reads of the same providers share a statement, in whichever order they name them.
        let providers = providers.map(|mut providers| {
            providers.sort_unstable();
            providers.dedup();
            providers
        });
        let wanted = |key: &ConnectionKey| {
            users.contains(&key.user_id)
                && providers.as_ref().is_none_or(|providers| providers.contains(&key.provider))
        };
        let pending = &self.parts.work.pending;
        let held = pending.held_of(wanted);
        if let Some(providers) = &providers
            && let Some(records) = held.all_of(&users, providers)
            && !records.is_empty()
        {
            // The database does not have them yet, so it has nothing newer.
            return Ok(sorted(records));
        }
        let shape = Shape { providers: providers.clone(), columns };
        let read = self.read_rows(users.clone(), shape).await?;
        let held = pending.around(held, pending.held_of(wanted));
        if held.is_empty() {
            return Ok(read?);
        }
        let all = || held.all_of(&users, providers.as_deref().unwrap_or_default());
        with_held(read, &held, all)
    }

    /// What the database has, read together with others that want the same at this moment.
    async fn read_rows(
        &self,
        users: Vec<Uuid>,
        shape: Shape,
    ) -> Result<Result<Rows, StoreError>, InternalError> {
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut waiting = self.waiting();
            let entry = waiting.entry(shape.clone());
            let idle = matches!(entry, Entry::Vacant(_));
            entry.or_default().push(Read { users, answer });
            idle
        };
        if idle {
            // In its own task: a client that disconnects must not cancel the reads of others.
            tokio::spawn(carried(self.clone().send_reads(shape)));
        }
        let answered = match self.parts.store.read_limit() {
            None => answered.await,
            Some(limit) => match timeout(limit, answered).await {
                Ok(answered) => answered,
                Err(_) => return Ok(Err(StoreError::unanswered())),
            },
        };
        answered.map_err(|_| InternalError::TaskLost)
    }

    /// Runs statement after statement until nobody waits.
    async fn send_reads(self, shape: Shape) {
        loop {
            // Tasks that are ready to run enqueue first, so that the statement includes them all.
            tokio::task::yield_now().await;
            let reads = {
                let mut waiting = self.waiting();
                let reads = waiting.get_mut(&shape).map(next).unwrap_or_default();
                if reads.is_empty() {
                    waiting.remove(&shape);
                    return;
                }
                reads
            };
            if let Err(away) = self.answer_reads(&shape, reads).await {
                // Reads that arrived in the meantime would each wait as long again.
                let waiting = self.waiting().remove(&shape).unwrap_or_default();
                return answer_all(waiting, &away);
            }
        }
    }

    /// One statement for all of these. An error means that the database is unavailable.
    async fn answer_reads(&self, shape: &Shape, reads: Vec<Read>) -> Result<(), StoreError> {
        let mut users: Vec<_> = reads.iter().flat_map(|read| read.users.iter().copied()).collect();
        users.sort_unstable();
        users.dedup();
        let of_user = {
            // Before `reads` is dropped: a caller that gets an error and reads again at once starts a
            // new queue.
            defer_on_unwind! { self.forget_queue(shape) }
            self.of_users(shape, &users).await
        };
        match of_user {
            Ok(of_user) => {
                for read in reads {
                    let records = read.users.iter().filter_map(|user| of_user.get(user));
                    // A reader that has left is ignored.
                    let _ = read.answer.send(Ok(records.flatten().cloned().collect()));
                }
                Ok(())
            }
            // One user's unreadable row must not fail everyone's reads.
            Err(error) if error.is_of_a_row() && reads.len() > 1 => {
                self.answer_one_by_one(shape, reads).await
            }
            Err(error) => {
                answer_all(reads, &error);
                if matches!(error, StoreError::Unavailable(_)) { Err(error) } else { Ok(()) }
            }
        }
    }

    /// A statement for each of these. An error means that the database is unavailable.
    async fn answer_one_by_one(&self, shape: &Shape, reads: Vec<Read>) -> Result<(), StoreError> {
        let mut reads = reads.into_iter();
        while reads.len() > 0 {
            let some: Vec<_> = reads.by_ref().take(ALONE).collect();
            let answers = {
                defer_on_unwind! { self.forget_queue(shape) }
                join_all(some.iter().map(|read| self.of_users(shape, &read.users))).await
            };
            let mut away = None;
            for (records, read) in answers.into_iter().zip(some) {
                if let Err(error @ StoreError::Unavailable(_)) = &records {
                    away = Some(error.clone());
                }
                let records = records.map(|of_user| of_user.into_values().flatten().collect());
                let _ = read.answer.send(records);
            }
            if let Some(away) = away {
                answer_all(reads, &away);
                return Err(away);
            }
        }
        Ok(())
    }

    async fn of_users(&self, shape: &Shape, users: &[Uuid]) -> Result<OfUser, StoreError> {
        let providers = shape.providers.as_deref();
        let mut of_user = OfUser::new();
        for record in self.parts.store.connections_of(users, providers, shape.columns).await? {
            of_user.entry(record.user_id).or_default().push(Arc::new(record));
        }
        Ok(of_user)
    }

    /// Those who wait get an error, and the next read starts a new task.
    fn forget_queue(&self, shape: &Shape) {
        self.waiting().remove(shape);
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Shape, Vec<Read>>> {
        self.parts.work.reads.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As many of the waiting reads as fit into a statement, and at least the first. Empty if nobody waits
/// any more.
fn next(reads: &mut Vec<Read>) -> Vec<Read> {
    // Nobody waits for these any more.
    reads.retain(|read| !read.answer.is_closed());
    let mut users = 0;
    let fit = reads
        .iter()
        .take_while(|read| {
            users += read.users.len();
            users <= USERS
        })
        .count();
    reads.drain(..fit.max(1).min(reads.len())).collect()
}

fn answer_all(reads: impl IntoIterator<Item = Read>, error: &StoreError) {
    for read in reads {
        let _ = read.answer.send(Err(error.clone()));
    }
}

/// What was read, updated with the tokens that the database did not have yet when the read began; if
/// nothing could be read, what this process holds of it.
fn with_held(
    read: Result<Rows, StoreError>,
    held: &HeldOf,
    all: impl FnOnce() -> Option<Vec<ConnectionRecord>>,
) -> Result<Rows, Error> {
    let mut records = match read {
        Ok(records) => records.iter().map(|read| held.newest(read.as_ref().clone())).collect(),
        Err(error) => all().filter(|records| !records.is_empty()).ok_or(error)?,
    };
    for new in held.new_ones() {
        if !records.iter().any(|record| record.key() == new.key()) {
            records.push(new);
        }
    }
    Ok(sorted(records))
}

fn sorted(mut records: Vec<ConnectionRecord>) -> Rows {
    records.sort_by_key(|record| (record.user_id, record.provider));
    records.into_iter().map(Arc::new).collect()
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reads")
    }
}
