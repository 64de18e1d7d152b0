use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{ConnectionKey, Provider};
use uuid::Uuid;

use super::{Connections, Error, Subject, jobs::Revocation, story::told};
use crate::telemetry::carried;

/// How long a user waits for the provider to confirm the revocation.
const WAIT_FOR_REVOCATION: Duration = Duration::from_secs(3);

/// A connection that was deleted.
#[derive(Clone, Debug)]
pub struct Disconnected {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    pub at: DateTime<Utc>,
    pub revocation: Revocation,
}

impl Connections {
    /// Deletes the connection and its tokens, wherever they are. Every process that holds or
    /// fetches tokens of it at this moment finds its tombstone in the database, and writes nothing.
    pub async fn disconnect(
        &self,
        subject: &Subject,
        provider: Provider,
    ) -> Result<Disconnected, Error> {
        let gone = self.remove(subject, provider);
        told("disconnect", provider, |gone: &Disconnected| gone.id, gone).await
    }

    async fn remove(&self, subject: &Subject, provider: Provider) -> Result<Disconnected, Error> {
        let parts = &self.parts;
        let key = subject.key(provider);
        let revocation = parts.direct.revokes(provider).then(|| parts.random.uuid());
        fail::fail_point!("disconnect.before");
        let removed = parts.store.delete(key, subject.actor(), revocation).await?;
        fail::fail_point!("disconnect.committed");
        // Tokens that wait here for the database are no longer returned. The task that writes them queues
        // them for revocation instead.
        let waiting = parts.work.pending.remove(key, removed.at);
        let id = removed.id.or(waiting).ok_or(Error::NotConnected(provider))?;
        let revocation = match revocation {
            Some(id) => {
                let revoked = carried(self.clone().revoke_now(id));
                let revoked = parts.work.tasks.spawn(revoked);
                // It continues in the background; the user does not wait for it.
                match tokio::time::timeout(WAIT_FOR_REVOCATION, revoked).await {
                    Ok(Ok(revocation)) => revocation,
                    _ => Revocation::Pending,
                }
            }
            None => Revocation::Unsupported,
        };
        Ok(Disconnected { id, user_id: subject.user_id(), provider, at: removed.at, revocation })
    }

    /// Deletes everything of a user who was deleted. Returns how many connections there were.
    pub async fn forget(&self, user_id: Uuid) -> Result<usize, Error> {
        let Self { parts } = self;
        let subject = Subject::service(user_id);
        let of_user = |key: &ConnectionKey| key.user_id == user_id;
        let waiting = parts.work.pending.held_of(of_user);
        let mut providers = parts.store.providers_of(user_id).await?;
        let waiting = parts.work.pending.around(waiting, parts.work.pending.held_of(of_user));
        providers.extend(waiting.new_ones().map(|record| record.provider));
        providers.sort_unstable();
        providers.dedup();
        let mut removed = 0;
        for provider in providers {
            match self.disconnect(&subject, provider).await {
                Ok(_) => removed += 1,
                // Not any more.
                Err(Error::NotConnected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let at = parts.store.forget_user(user_id).await?;
        for provider in Provider::ALL.iter().copied() {
            parts.work.pending.remove(ConnectionKey { user_id, provider }, at);
        }
        Ok(removed)
    }
}
