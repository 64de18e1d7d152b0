//! Follows the events table, once for all subscribers: through PostgreSQL's `LISTEN` where it is
//! available, otherwise by polling.

use std::{collections::HashMap, time::Duration};

use tokio::time::{Instant, sleep, timeout, timeout_at};
use uuid::Uuid;

use super::{
    Change, Live,
    tail::{News, Tail},
};
use crate::store::{Appended, Notifications, StoreError};

/// How often the table is polled.
const POLL: Duration = Duration::from_millis(500);
/// The time limit for an echo: what this server sends to itself has come back by then, or won't.
const ECHO: Duration = Duration::from_secs(2);
/// How often to check that PostgreSQL's notifications still arrive. A network that drops them is
/// noticed after this time plus that of the echo, 10 s.
const HEARTBEAT: Duration = Duration::from_secs(8);
/// The same while the database does not accept the echo: the network may have dropped both.
const DOUBTFUL_HEARTBEAT: Duration = Duration::from_secs(1);
/// How long to poll before trying to listen again; doubled each time.
const RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_mins(5);
/// A user with more changes than this at once is told to read everything again: that costs them no
/// more, and does not fill the subscriber's channel.
const BURST: usize = 16;
/// Notifications that are processed together.
const BATCH: usize = 1_000;

impl Live {
    /// Never returns. Without subscribers it does nothing, and holds no connection.
    pub(super) async fn follow(&self) {
        let mut number = self.hub.number();
        while number.wait_for(|number| *number > 0).await.is_ok() {
            tokio::select! {
                () = self.follow_on() => {}
                _ = number.wait_for(|number| *number == 0) => {}
            }
            self.hub.is_not_live();
        }
    }

    async fn follow_on(&self) {
        loop {
            if self.store.notifies() {
                match self.listen().await {
                    Ok(listener) => {
                        tracing::info!("subscribers are notified of changes by LISTEN");
                        self.hub.is_live();
                        self.hear(listener, None).await;
                        // If the connection is lost repeatedly, there is no hurry.
                        sleep(POLL).await;
                        continue;
                    }
                    Err(reason) => tracing::info!(
                        reason,
                        "subscribers are notified of changes by polling: set DATABASE_DIRECT_URL \
                         to an address that bypasses the pooler to notify them immediately"
                    ),
                }
            }
            self.poll_until_heard().await;
        }
    }

    /// Polls, and tries to listen from time to time; returns when such a listener is lost.
    async fn poll_until_heard(&self) {
        let mut tail = loop {
            match Tail::begin(&self.store).await {
                Ok(tail) => break tail,
                Err(error) => {
                    tracing::warn!(error = error.causes(), "events can't be read: trying again");
                    sleep(POLL).await;
                }
            }
        };
        self.hub.is_live();
        let heard = {
            let mut polled = std::pin::pin!(self.poll(&mut tail));
            tokio::select! {
                () = &mut polled => return,
                heard = self.listen_by_and_by() => heard,
            }
        };
        // Whatever was committed before the listener was ready is in the table now.
        if self.look(&mut tail).await.is_ok() {
            tracing::info!("subscribers are notified of changes by LISTEN");
            self.hear(heard, Some(tail)).await;
        }
    }

    /// Never returns.
    async fn poll(&self, tail: &mut Tail) {
        let mut appended = self.store.appended();
        let mut failing = false;
        loop {
            appended.mark_unchanged();
            let looked = self.look(tail).await;
            if let Err(error) = &looked
                && !failing
            {
                tracing::warn!(error = error.causes(), "events can't be read: trying again");
            }
            failing = looked.is_err();
            if failing {
                sleep(POLL).await;
            } else {
                let _ = timeout(POLL, appended.changed()).await;
            }
        }
    }

    async fn look(&self, tail: &mut Tail) -> Result<(), StoreError> {
        match tail.news(&self.store).await? {
            News::These(events) => self.distribute(events).await,
            News::Flood => self.hub.is_live(),
        }
        Ok(())
    }

    async fn listen_by_and_by(&self) -> Notifications {
        if !self.store.notifies() {
            return std::future::pending().await;
        }
        let mut pause = RETRY;
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_RETRY);
            if let Ok(listener) = self.listen().await {
                return listener;
            }
        }
    }

    /// A listener that has received what was sent through the pool. Poolers accept a `LISTEN`, but
    /// no notification ever arrives.
    async fn listen(&self) -> Result<Notifications, &'static str> {
        let listener = Notifications::listen(self.listen_at.clone()).await;
        let mut listener = match listener {
            Ok(Some(listener)) => listener,
            Ok(None) => return Err("the database is not PostgreSQL"),
            Err(_) => return Err("there is no connection to listen on"),
        };
        let probe = self.probe();
        self.store.notify(&probe).await.map_err(|_| "the database can't be reached")?;
        let until = Instant::now() + ECHO;
        loop {
            match timeout_at(until, listener.next()).await {
                Ok(Ok(payload)) if payload == probe => return Ok(listener),
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return Err("the connection to listen on was lost"),
                Err(_) => return Err("LISTEN is accepted, but nothing arrives"),
            }
        }
    }

    /// Returns when the connection is lost, or seems to be.
    async fn hear(&self, mut listener: Notifications, seen: Option<Tail>) {
        let mut pause = HEARTBEAT;
        loop {
            let beat = Instant::now() + pause;
            loop {
                match timeout_at(beat, listener.next()).await {
                    Ok(Ok(payload)) => {
                        self.heard(payload, &mut listener, seen.as_ref()).await;
                        if Instant::now() >= beat {
                            break;
                        }
                    }
                    Ok(Err(error)) => {
                        tracing::warn!(
                            error = error.causes(),
                            "the connection to listen on is lost"
                        );
                        self.hub.is_not_live();
                        return;
                    }
                    Err(_) => break,
                }
            }
            pause = match self.hears_itself(&mut listener, seen.as_ref()).await {
                Some(true) => HEARTBEAT,
                None => DOUBTFUL_HEARTBEAT,
                Some(false) => {
                    tracing::warn!("nothing arrives on the connection to listen on: reconnecting");
                    self.hub.is_not_live();
                    return;
                }
            };
        }
    }

    /// A payload that no other listener mistakes for its own.
    fn probe(&self) -> String {
        format!("probe {}", self.random.uuid())
    }

    /// Whether an echo arrives. `None`: it can't be sent, and a pool without a free connection says
    /// nothing about the listener's connection.
    async fn hears_itself(
        &self,
        listener: &mut Notifications,
        seen: Option<&Tail>,
    ) -> Option<bool> {
        let probe = self.probe();
        self.store.notify(&probe).await.ok()?;
        loop {
            match timeout(ECHO, listener.next()).await {
                Ok(Ok(payload)) if payload == probe => return Some(true),
                Ok(Ok(payload)) => self.heard(payload, listener, seen).await,
                Ok(Err(_)) | Err(_) => return Some(false),
            }
        }
    }

    /// Distributes a notification, and those that arrived with it.
    async fn heard(&self, payload: String, listener: &mut Notifications, seen: Option<&Tail>) {
        let mut events = Vec::new();
        let mut payload = Some(payload);
        while let Some(text) = payload.take() {
            events
                .extend(appended(&text).filter(|(id, _)| !seen.is_some_and(|of| of.has_seen(*id))));
            if events.len() < BATCH {
                payload = listener.next_at_hand();
            }
        }
        self.distribute(events).await;
    }

    /// Sends events to the subscribers of their users.
    async fn distribute(&self, mut events: Vec<Appended>) {
        {
            let is_subscribed = self.hub.is_subscribed();
            events.retain(|(_, user_id)| is_subscribed(user_id));
        }
        let mut of_user: HashMap<Uuid, usize> = HashMap::new();
        for (_, user_id) in &events {
            *of_user.entry(*user_id).or_default() += 1;
        }
        events.retain(|(_, user_id)| of_user[user_id] <= BURST);
        for (user_id, _) in of_user.iter().filter(|(_, number)| **number > BURST) {
            self.hub.send(Change::gap(*user_id));
        }
        if events.is_empty() {
            return;
        }
        let ids: Vec<_> = events.iter().map(|(id, _)| *id).collect();
        match self.store.events_by_id(&ids).await {
            // Only the row decides which user an event belongs to.
            Ok(events) => events.into_iter().for_each(|event| self.hub.send(event.into())),
            Err(error) => {
                tracing::warn!(
                    error = error.causes(),
                    "events can't be read: subscribers are notified"
                );
                let users: std::collections::HashSet<_> =
                    events.iter().map(|(_, user_id)| *user_id).collect();
                for user_id in users {
                    self.hub.send(Change::gap(user_id));
                }
            }
        }
    }
}

/// The event of a payload.
fn appended(payload: &str) -> impl Iterator<Item = Appended> {
    let event = payload
        .split_once(' ')
        .and_then(|(user_id, id)| Some((id.parse().ok()?, user_id.parse().ok()?)));
    event.into_iter()
}
