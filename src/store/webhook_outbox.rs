//! Which webhooks an event causes, and how they get into the outbox: in the event's transaction.

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicBool, Ordering},
};

use domain::{ConnectionKey, Provider, State, WebhookEvent};
use entity::webhook::{Column, Entity};
use sea_orm::{ConnectionTrait, sea_query::Query};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Store, StoreError, Transaction, events::Happening};
use crate::random::Random;

/// Is sent, or sent again, when it is due.
pub(super) const PENDING: &str = "pending";
pub(super) const DELIVERED: &str = "delivered";
/// Was given up.
pub(super) const DEAD: &str = "dead";
/// Is in the table for others to watch, and is not sent.
pub(super) const RECORDED: &str = "recorded";

/// What enters the outbox.
#[derive(Debug)]
pub struct WebhookOutbox {
    events: HashSet<WebhookEvent>,
    /// The URL where users of each provider sign in again.
    sign_in_urls: HashMap<Provider, String>,
    sends: bool,
    random: Random,
    has_written: AtomicBool,
    written: watch::Sender<()>,
}

impl WebhookOutbox {
    /// An outbox for these events. `sends`: a server sends them.
    pub fn new(
        events: HashSet<WebhookEvent>,
        sign_in_urls: HashMap<Provider, String>,
        sends: bool,
        random: Random,
    ) -> Self {
        Self {
            events,
            sign_in_urls,
            sends,
            random,
            has_written: AtomicBool::new(false),
            written: watch::Sender::default(),
        }
    }

    /// A transaction was committed, which may have written webhooks.
    pub(super) fn committed(&self) {
        if self.has_written.swap(false, Ordering::Relaxed) {
            self.written.send_replace(());
        }
    }
}

impl Store {
    /// Changes when this process has committed webhooks. `None`: it writes none.
    pub fn webhooks_written(&self) -> Option<watch::Receiver<()>> {
        self.webhooks.as_ref().map(|outbox| outbox.written.subscribe())
    }

    /// Whether the state before an event matters.
    pub(super) fn writes_webhooks(&self) -> bool {
        self.webhooks.is_some()
    }

    /// Writes the webhook for the event, if there is one.
    pub(super) async fn append_webhooks(
        &self,
        transaction: &Transaction,
        connection_id: Uuid,
        key: ConnectionKey,
        happening: &Happening<'_>,
    ) -> Result<(), StoreError> {
        let Some(outbox) = &self.webhooks else { return Ok(()) };
        let mut events = WebhookEvent::of(happening.kind, happening.detail, happening.change);
        events.retain(|event| outbox.events.contains(event));
        if events.is_empty() {
            return Ok(());
        }
        let now = self.now.expression(transaction.get_database_backend());
        let mut insert = Query::insert();
        insert.into_table(Entity).columns([
            Column::MessageId,
            Column::Type,
            Column::ConnectionId,
            Column::UserId,
            Column::Provider,
            Column::Status,
            Column::Code,
            Column::ClientId,
            Column::ReauthenticationUrl,
            Column::OccurredAt,
            Column::State,
            Column::DueAt,
        ]);
        for event in events {
            let url = event.asks_for_sign_in().then(|| outbox.sign_in_urls.get(&key.provider));
            let state = if outbox.sends { PENDING } else { RECORDED };
            insert.values_panic([
                outbox.random.uuid().into(),
                event.as_str().into(),
                connection_id.into(),
                key.user_id.into(),
                key.provider.into(),
                event.state().map(status).into(),
                happening.detail.filter(|_| event.has_code()).into(),
                happening.client_id.into(),
                url.flatten().cloned().into(),
                now.clone(),
                state.into(),
                now.clone(),
            ]);
        }
        transaction.execute(&insert).await?;
        outbox.has_written.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// In the API's format.
fn status(state: State) -> &'static str {
    match state {
        State::Connecting | State::Active => "ACTIVE",
        State::RefreshFailing => "REFRESH_FAILING",
        State::ReauthenticationRequired => "REAUTHENTICATION_REQUIRED",
    }
}
