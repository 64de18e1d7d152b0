//! Dataloaders: one statement, however many fields of a request read users' connections or their
//! events.
//!
//! The library's own waits for a timer on another thread and hopes that all fields have asked by
//! then. This one runs within the request's task, where all fields that can be resolved are
//! polled before any is polled again: that they have all asked is certain, and costs no timer. A
//! request with one field has no others to wait for, and asks at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::Provider;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use uuid::Uuid;

use crate::{
    connections::{Connections, Error},
    store::{Columns, ConnectionRecord, Event, EventPage},
};

/// What one request's fields ask for: questions, and the answers to all of a round.
struct Rounds<Question, Answers>(Mutex<Asked<Question, Answers>>);

struct Asked<Question, Answers> {
    waiting: Vec<Question>,
    /// The statements so far; what is asked now goes into the next.
    sent: Vec<Load<Answers>>,
}

type Load<Answers> = Shared<BoxFuture<'static, Result<Arc<Answers>, Error>>>;

impl<Question, Answers: Send + Sync + 'static> Rounds<Question, Answers> {
    fn new() -> Self {
        Self(Mutex::new(Asked { waiting: Vec::new(), sent: Vec::new() }))
    }

    /// The answers to this question and all others of its round, and which of them it is.
    async fn ask<F>(
        &self,
        question: Question,
        send: impl FnOnce(Vec<Question>) -> F,
    ) -> Result<(usize, Arc<Answers>), Error>
    where
        F: Future<Output = Result<Answers, Error>> + Send + 'static,
    {
        let (round, index) = {
            let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            asked.waiting.push(question);
            (asked.sent.len(), asked.waiting.len() - 1)
        };
        // Let every other field of the request ask as well.
        tokio::task::yield_now().await;
        let load = {
            let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if round == asked.sent.len() {
                let answers = send(std::mem::take(&mut asked.waiting));
                asked.sent.push(answers.map(|answers| answers.map(Arc::new)).boxed().shared());
            }
            asked.sent[round].clone()
        };
        Ok((index, load.await?))
    }
}

/// Loads the connections that one request's fields ask for.
pub struct ConnectionLoader {
    connections: Connections,
    /// The request has one field, whose question is sent without a round.
    single_field: bool,
    rounds: Rounds<Wanted, OfUser>,
}

/// A user's connections: which, and with which columns at least.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub user_id: Uuid,
    /// `None`: to every provider.
    pub providers: Option<Vec<Provider>>,
    pub columns: Columns,
}

type OfUser = HashMap<Uuid, Vec<Arc<ConnectionRecord>>>;

impl ConnectionLoader {
    /// `single_field`: whether the request has one field only.
    pub fn new(connections: Connections, single_field: bool) -> Self {
        Self { connections, single_field, rounds: Rounds::new() }
    }

    /// The wanted connections, ordered by provider.
    pub async fn load(&self, wanted: Wanted) -> Result<Vec<Arc<ConnectionRecord>>, Error> {
        if self.single_field {
            let Wanted { user_id, providers, columns } = wanted;
            return self.connections.list(vec![user_id], providers, columns).await;
        }
        let list = |asked| list(self.connections.clone(), asked);
        let (_, of_user) = self.rounds.ask(wanted.clone(), list).await?;
        let mut records = of_user.get(&wanted.user_id).cloned().unwrap_or_default();
        if let Some(providers) = &wanted.providers {
            records.retain(|record| providers.contains(&record.provider));
        }
        Ok(records)
    }
}

/// All that was asked for, in one statement.
async fn list(connections: Connections, asked: Vec<Wanted>) -> Result<OfUser, Error> {
    let mut users: Vec<_> = asked.iter().map(|wanted| wanted.user_id).collect();
    users.sort_unstable();
    users.dedup();
    let columns =
        asked.iter().fold(Columns::default(), |columns, wanted| columns.union(wanted.columns));
    // The providers that anybody named, unless somebody wants them all.
    let named: Option<Vec<_>> = asked.iter().map(|wanted| wanted.providers.as_deref()).collect();
    let providers = named.map(|named| named.concat());
    let mut of_user = OfUser::new();
    for record in connections.list(users, providers, columns).await? {
        of_user.entry(record.user_id).or_default().push(record);
    }
    Ok(of_user)
}

/// Loads the events that one request's fields ask for.
pub struct EventLoader {
    connections: Connections,
    rounds: Rounds<EventPage, Vec<Vec<Event>>>,
}

impl EventLoader {
    pub fn new(connections: Connections) -> Self {
        Self { connections, rounds: Rounds::new() }
    }

    /// The page, newest first.
    pub async fn load(&self, page: EventPage) -> Result<Vec<Event>, Error> {
        let connections = self.connections.clone();
        let read = |pages: Vec<_>| async move { connections.events(&pages).await };
        let (index, pages) = self.rounds.ask(page, read).await?;
        Ok(pages.get(index).cloned().unwrap_or_default())
    }
}
