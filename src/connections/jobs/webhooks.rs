use std::time::Duration;

use chrono::TimeDelta;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{Failed, SLICE, batches::in_batches};
use crate::{
    connections::{
        Connections,
        webhook_message::{webhook_body, webhook_id},
    },
    metrics,
    store::{StoreError, Webhook},
    upstream::{WebhookAnswer, WebhookSender},
};

/// How long a webhook waits after each failed attempt, as Standard Webhooks advises: 76 hours in
/// all. After one more attempt it is given up.
const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];
/// No failed webhook is given up before it is this old. A server that is killed after it claimed
/// one has counted an attempt, whether or not it was sent.
const TRIED_FOR: TimeDelta = TimeDelta::days(3);
/// Longer than all waits of one webhook together. A webhook that has been due for this long was
/// never sent: its receiver is gone, no server has one, or another webhook of its connection was
/// before it.
const NEVER_SENT: TimeDelta = TimeDelta::days(4);
/// A receiver that asks for a longer wait is called again anyway.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// The maximum number of concurrent attempts of a server.
const AT_ONCE: usize = 8;
/// How often the job looks for due webhooks while others are being sent.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Connections {
    /// Resolves when this process has written webhooks. Never, if it writes none.
    pub(super) fn webhook_news(&self) -> BoxStream<'static, ()> {
        let Some(written) = self.parts.store.webhooks_written() else { return super::never() };
        let next =
            async |mut news: watch::Receiver<()>| news.changed().await.ok().map(|()| ((), news));
        stream::unfold(written, next).boxed()
    }

    /// Whether this server sends webhooks.
    pub fn sends_webhooks(&self) -> bool {
        self.parts.webhooks.is_some()
    }

    /// A start means that the operator says the receiver is back, if it had answered that it is
    /// gone.
    pub async fn enable_webhooks(&self) {
        if !self.sends_webhooks() {
            return;
        }
        if let Err(error) = self.parts.store.enable_webhook_endpoints().await {
            tracing::warn!(
                cause = error.causes(),
                "sending webhooks could not be resumed: if the receiver had answered 410 Gone, run \
                 `provider-connections webhooks replay --dead`"
            );
        }
    }

    /// Sends everything that is due, a few at a time, and the webhooks of each connection one after
    /// the other.
    pub async fn deliver_webhooks(&self) -> Result<(), Failed> {
        let Some(sender) = &self.parts.webhooks else { return Ok(()) };
        let until = Instant::now() + SLICE;
        let store = &self.parts.store;
        let endpoint = sender.endpoint();
        let mut under_way = JoinSet::new();
        let mut failed = None;
        loop {
            if failed.is_none() && Instant::now() < until && under_way.len() < AT_ONCE {
                let free = u64::try_from(AT_ONCE - under_way.len()).unwrap_or_default();
                match store.claim_webhooks(&endpoint, free).await {
                    Ok(claimed) => {
                        for webhook in claimed {
                            let (this, sender) = (self.clone(), sender.clone());
                            under_way.spawn(async move { this.deliver(&sender, webhook).await });
                        }
                    }
                    Err(error) => failed = Some(Failed::from(error)),
                }
            }
            // Others may be due by now: a slow receiver holds up nobody else.
            let Ok(ended) = timeout(LOOK_AGAIN, under_way.join_next()).await else { continue };
            match ended {
                None => return failed.map_or(Ok(()), Err),
                Some(Ok(Ok(()))) => {}
                // Its claim expires.
                Some(Ok(Err(error))) => failed = Some(Failed::from(error)),
                Some(Err(_)) => failed = Some(Failed("sending a webhook panicked".to_owned())),
            }
        }
    }

    /// Sends one webhook once, and records the result.
    async fn deliver(&self, sender: &WebhookSender, webhook: Webhook) -> Result<(), StoreError> {
        fail::fail_point!("webhook.claimed");
        let id = webhook_id(webhook.message_id);
        let answer = sender.send(&id, webhook_body(&webhook)).await;
        fail::fail_point!("webhook.answered");
        let store = &self.parts.store;
        let result = answer.to_string();
        match answer {
            WebhookAnswer::Delivered(_) => {
                metrics::webhook_attempt("delivered");
                store.webhook_delivered(&webhook, &result).await
            }
            WebhookAnswer::Gone => {
                metrics::webhook_attempt("gone");
                tracing::error!(
                    receiver = sender.origin(),
                    webhook = id,
                    "the receiver of webhooks answered 410 Gone, so no more are sent. Fix \
                     WEBHOOK_URL or the receiver, then restart or run `provider-connections \
                     webhooks replay --dead`"
                );
                store.disable_webhook_endpoint(&sender.endpoint()).await?;
                store.take_back_webhook(&webhook, &result).await
            }
            WebhookAnswer::Refused { pause, .. } => {
                let pause = pause.unwrap_or_default().min(LONGEST_PAUSE);
                if !pause.is_zero() {
                    store.pause_webhook_endpoint(&sender.endpoint(), pause).await?;
                }
                self.try_again(sender, &webhook, pause, &result).await
            }
            WebhookAnswer::Failed(_) => {
                self.try_again(sender, &webhook, Duration::ZERO, &result).await
            }
        }
    }

    /// Postpones it, for longer each time, or gives it up.
    async fn try_again(
        &self,
        sender: &WebhookSender,
        webhook: &Webhook,
        pause: Duration,
        result: &str,
    ) -> Result<(), StoreError> {
        let store = &self.parts.store;
        let (receiver, id) = (sender.origin(), webhook_id(webhook.message_id));
        let Some(wait) = self.wait_after(webhook) else {
            metrics::webhook_attempt("given_up");
            tracing::error!(
                receiver,
                webhook = id,
                attempts = webhook.attempts,
                result,
                "a webhook could not be delivered in three days and was given up. Fix the \
                 receiver, then run `provider-connections webhooks replay --dead`"
            );
            return store.webhook_given_up(webhook, result).await;
        };
        let wait = wait.max(pause);
        metrics::webhook_attempt("failed");
        tracing::warn!(
            receiver,
            webhook = id,
            attempts = webhook.attempts,
            result,
            retry_in_seconds = wait.as_secs(),
            "a webhook could not be delivered yet and will be sent again"
        );
        store.put_off_webhook(webhook, wait, result).await
    }

    /// With up to a tenth of jitter, so that webhooks that failed together don't return together.
    /// `None`: it was tried often enough, and for long enough.
    fn wait_after(&self, webhook: &Webhook) -> Option<Duration> {
        let made = usize::try_from(webhook.attempts).unwrap_or_default().max(1);
        // It was claimed just now.
        let age = webhook.claimed_until.map(|until| until - webhook.occurred_at);
        let is_young = age.is_some_and(|age| age < TRIED_FOR);
        let last = WAITS.last().copied().filter(|_| is_young);
        let wait = WAITS.get(made - 1).copied().or(last)?;
        let share = f64::from(u32::from_be_bytes(self.parts.random.bytes())) / f64::from(u32::MAX);
        Some(wait + wait.mul_f64(share / 10.0))
    }

    /// Removes finished webhooks that are as old as events may get, and those that must not be sent
    /// any more because their connection was deleted. Returns their number. Webhooks that nobody
    /// has sent for that long are given up first.
    pub async fn prune_webhooks(&self) -> Result<u64, StoreError> {
        let parts = &self.parts;
        let store = &parts.store;
        let until = Instant::now() + SLICE;
        let rests = match &parts.webhooks {
            Some(sender) => store.webhook_endpoint_rests(&sender.endpoint()).await?,
            None => false,
        };
        let mut removed = 0;
        // While nothing is sent, this includes the webhooks of deleted connections.
        if !rests {
            removed += in_batches(until, |limit| store.drop_webhooks_of_gone(limit)).await?;
        }
        let longest = parts.event_retention.max(NEVER_SENT);
        let late = |limit| store.give_up_webhooks_due_for(longest, limit);
        let given_up = in_batches(until, late).await?;
        if given_up > 0 {
            tracing::error!(
                number = given_up,
                days = longest.num_days(),
                "webhooks waited too long and were given up. Fix WEBHOOK_URL or the receiver, then \
                 run `provider-connections webhooks replay --dead`"
            );
        }
        let old = |limit| store.prune_webhooks(parts.event_retention, limit);
        removed += in_batches(until, old).await?;
        Ok(removed)
    }
}
