use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::Provider;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Connections, Error, error::InternalError};
use crate::store::{Columns, ConnectionRecord, Store, StoreError};

/// Users that one statement asks for at most.
const USERS: usize = 512;

/// What can go into one statement: reads that want the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Shape {
    providers: Option<Vec<Provider>>,
    columns: Columns,
}

/// A read that waits for its statement.
struct Read {
    users: Vec<Uuid>,
    answer: oneshot::Sender<Result<Vec<Arc<ConnectionRecord>>, StoreError>>,
}

/// The reads of this process. Those that come while a statement of the same shape is under way
/// go into the next one together: the busier the server, the fewer statements a request costs,
/// and a read that is alone never waits.
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
    ) -> Result<Vec<Arc<ConnectionRecord>>, Error> {
        let asked = (users.clone(), providers.clone());
        let shape = Shape { providers, columns };
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut waiting = self.waiting();
            let idle = !waiting.contains_key(&shape);
            waiting.entry(shape.clone()).or_default().push(Read { users, answer });
            idle
        };
        if idle {
            // In a task of its own: a client that goes away must not take the others' reads along.
            tokio::spawn(self.clone().send_reads(shape));
        }
        let read = answered.await.map_err(|_| InternalError::TaskLost)?;
        if self.parts.work.pending.is_empty() { Ok(read?) } else { self.with_held(read, asked) }
    }

    /// What was read, with the tokens that the database does not have yet; if nothing could be
    /// read, what was asked for as far as it is held.
    fn with_held(
        &self,
        read: Result<Vec<Arc<ConnectionRecord>>, StoreError>,
        (users, providers): (Vec<Uuid>, Option<Vec<Provider>>),
    ) -> Result<Vec<Arc<ConnectionRecord>>, Error> {
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
        records.sort_by_key(|record| (record.user_id, record.provider));
        Ok(records.into_iter().map(Arc::new).collect())
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
            send(&self.parts.store, &shape, reads).await;
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

async fn send(store: &Store, shape: &Shape, reads: Vec<Read>) {
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
        Err(error) if reads.len() == 1 => {
            for read in reads {
                let _ = read.answer.send(Err(error.clone()));
            }
        }
        // One user's row that can't be read is not to fail everyone's.
        Err(_) => {
            for read in reads {
                let records = of_users(store, shape, &read.users).await;
                let records = records.map(|of_user| of_user.into_values().flatten().collect());
                let _ = read.answer.send(records);
            }
        }
    }
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
