//! A dataloader: however many fields of a request ask for users' connections, one statement.
//!
//! The library's own waits for a timer on another thread and hopes that all fields have asked by
//! then. This one runs within the request's task, where all fields that can be resolved are
//! polled before any is polled again: that they have all asked is certain, and costs no wait.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use uuid::Uuid;

use crate::{
    connections::{Connections, Error},
    store::{Columns, ConnectionRecord, Provider},
};

/// What one request's fields ask for.
pub struct ConnectionLoader {
    connections: Connections,
    rounds: Mutex<Rounds>,
}

/// A user's connections: which, and with which columns at least.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub user_id: Uuid,
    /// `None`: to every provider.
    pub providers: Option<Vec<Provider>>,
    pub columns: Columns,
}

#[derive(Default)]
struct Rounds {
    asked: Vec<Wanted>,
    /// The statements so far; what is asked now goes into the next.
    sent: Vec<Load>,
}

type OfUser = HashMap<Uuid, Vec<Arc<ConnectionRecord>>>;
type Load = Shared<BoxFuture<'static, Result<Arc<OfUser>, Error>>>;

impl ConnectionLoader {
    pub fn new(connections: Connections) -> Self {
        Self { connections, rounds: Mutex::default() }
    }

    /// The wanted connections, ordered by provider.
    pub async fn load(&self, wanted: Wanted) -> Result<Vec<Arc<ConnectionRecord>>, Error> {
        let round = {
            let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
            rounds.asked.push(wanted.clone());
            rounds.sent.len()
        };
        // Let every other field of the request ask as well.
        tokio::task::yield_now().await;
        let load = {
            let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
            if round == rounds.sent.len() {
                let asked = std::mem::take(&mut rounds.asked);
                rounds.sent.push(send(self.connections.clone(), asked).boxed().shared());
            }
            rounds.sent[round].clone()
        };
        let of_user = load.await?;
        let mut records = of_user.get(&wanted.user_id).cloned().unwrap_or_default();
        if let Some(providers) = &wanted.providers {
            records.retain(|record| providers.contains(&record.provider));
        }
        Ok(records)
    }
}

/// All that was asked for, in one statement.
async fn send(connections: Connections, asked: Vec<Wanted>) -> Result<Arc<OfUser>, Error> {
    let mut users: Vec<_> = asked.iter().map(|wanted| wanted.user_id).collect();
    users.sort_unstable();
    users.dedup();
    let columns =
        asked.iter().fold(Columns::default(), |columns, wanted| columns.union(wanted.columns));
    // The providers that anybody named, unless somebody wants them all.
    let named: Option<Vec<_>> = asked.iter().map(|wanted| wanted.providers.as_deref()).collect();
    let providers = named.map(|named| {
        let mut providers = named.concat();
        providers.sort_unstable();
        providers.dedup();
        providers
    });
    let mut of_user = OfUser::new();
    for record in connections.list(users, providers, columns).await? {
        of_user.entry(record.user_id).or_default().push(record);
    }
    Ok(Arc::new(of_user))
}
