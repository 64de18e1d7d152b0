use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::Provider;
use futures_util::{StreamExt, stream};
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

use super::{Connections, Error, error::InternalError};
use crate::{
    store::{Columns, ConnectionRecord, Store, StoreError},
    telemetry::carried,
};

/// Users that one statement asks for at most.
const USERS: usize = 512;

/// Reads that are answered by a statement each at once, where one for all fails over a row.
const ALONE: usize = 4;

type Rows = Vec<Arc<ConnectionRecord>>;

/// What can go into one statement: reads that want the same.
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

/// The reads of this process. Those that come while a statement of the same shape is under way
/// go into the next one together: the busier the server, the fewer statements a request costs,
/// and a read that is alone never waits. If the database does not answer, all fail together.
#[derive(Default)]
pub struct Reads(Mutex<HashMap<Shape, Vec<Read>>>);

impl Connections {
    /// The connections of these users, and to these providers where some are named, each user's
    /// ordered by provider. Callers hold a [`super::Subject`] for each of the users.
    pub async fn list(
        &self,
        users: Vec<Uuid>,
        providers: Option<Vec<Provider>>,
        columns: Columns,
    ) -> Result<Rows, Error> {
        let held = &self.parts.work.pending;
        if let Some(providers) = &providers
            && let Some(records) = held.all_of(&users, providers)
            && !records.is_empty()
        {
            // The database does not have them: nothing that it could say is newer.
            return Ok(sorted(records));
        }
        let read = self.read_rows(users.clone(), Shape { providers: providers.clone(), columns });
        let read = read.await?;
        if held.is_empty() { Ok(read?) } else { self.with_held(read, (users, providers)) }
    }

    /// What the database has, together with whoever asks for the same at this moment.
    async fn read_rows(
        &self,
        users: Vec<Uuid>,
        shape: Shape,
    ) -> Result<Result<Rows, StoreError>, InternalError> {
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut waiting = self.waiting();
            let idle = !waiting.contains_key(&shape);
            waiting.entry(shape.clone()).or_default().push(Read { users, answer });
            idle
        };
        if idle {
            // In a task of its own: a client that goes away must not take the others' reads along.
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

    /// What was read, with the tokens that the database does not have yet; if nothing could be
    /// read, what was asked for as far as it is held.
    fn with_held(
        &self,
        read: Result<Rows, StoreError>,
        (users, providers): (Vec<Uuid>, Option<Vec<Provider>>),
    ) -> Result<Rows, Error> {
        let held = &self.parts.work.pending;
        let mut records = match read {
            Ok(records) => records.iter().map(|read| held.newest(read.as_ref().clone())).collect(),
            Err(error) => {
                let all = held.all_of(&users, providers.as_deref().unwrap_or_default());
                all.filter(|records| !records.is_empty()).ok_or(error)?
            }
        };
        for first in held.firsts_of(&users, providers.as_deref()) {
            if !records.iter().any(|record| record.key() == first.key()) {
                records.push(first);
            }
        }
        Ok(sorted(records))
    }

    /// Sends statement after statement until nobody waits.
    async fn send_reads(self, shape: Shape) {
        loop {
            // Whoever is ready to run now asks first: the statement takes them all along.
            tokio::task::yield_now().await;
            let reads = {
                let mut waiting = self.waiting();
                match waiting.get_mut(&shape) {
                    Some(reads) if !reads.is_empty() => next(reads),
                    _ => {
                        waiting.remove(&shape);
                        return;
                    }
                }
            };
            if let Err(away) = send(&self.parts.store, &shape, reads).await {
                // Whoever came meanwhile would wait as long again, one after the other.
                let waiting = self.waiting().remove(&shape).unwrap_or_default();
                return answer_all(waiting, &away);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Shape, Vec<Read>>> {
        self.parts.work.reads.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As many of those who wait as fit into a statement, the first of them in any case.
fn next(reads: &mut Vec<Read>) -> Vec<Read> {
    let mut users = 0;
    let fit = reads
        .iter()
        .take_while(|read| {
            users += read.users.len();
            users <= USERS
        })
        .count();
    reads.drain(..fit.max(1)).collect()
}

/// One statement for all of these. An error says that the database is away.
async fn send(store: &Store, shape: &Shape, reads: Vec<Read>) -> Result<(), StoreError> {
    let mut users: Vec<_> = reads.iter().flat_map(|read| read.users.iter().copied()).collect();
    users.sort_unstable();
    users.dedup();
    match of_users(store, shape, &users).await {
        Ok(of_user) => {
            for read in reads {
                let records = read.users.iter().filter_map(|user| of_user.get(user));
                // Whoever went away meanwhile does not mind.
                let _ = read.answer.send(Ok(records.flatten().cloned().collect()));
            }
        }
        // One user's row that can't be read is not to fail everyone's.
        Err(error) if error.is_of_a_row() && reads.len() > 1 => {
            let one_by_one = stream::iter(reads).for_each_concurrent(ALONE, async |read| {
                let records = of_users(store, shape, &read.users).await;
                let records = records.map(|of_user| of_user.into_values().flatten().collect());
                let _ = read.answer.send(records);
            });
            one_by_one.await;
        }
        Err(error) => {
            answer_all(reads, &error);
            if matches!(error, StoreError::Unavailable(_)) {
                return Err(error);
            }
        }
    }
    Ok(())
}

fn answer_all(reads: Vec<Read>, error: &StoreError) {
    for read in reads {
        let _ = read.answer.send(Err(error.clone()));
    }
}

fn sorted(mut records: Vec<ConnectionRecord>) -> Rows {
    records.sort_by_key(|record| (record.user_id, record.provider));
    records.into_iter().map(Arc::new).collect()
}

type OfUser = HashMap<Uuid, Vec<Arc<ConnectionRecord>>>;

async fn of_users(store: &Store, shape: &Shape, users: &[Uuid]) -> Result<OfUser, StoreError> {
    let providers = shape.providers.as_deref();
    let mut of_user = OfUser::new();
    for record in store.connections_of(users, providers, shape.columns).await? {
        of_user.entry(record.user_id).or_default().push(Arc::new(record));
    }
    Ok(of_user)
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reads")
    }
}
