use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Provider;
use uuid::Uuid;

use super::{Connections, Error, Subject, jobs::Revocation};

/// How long a user waits to hear that the provider knows.
const PATIENCE: Duration = Duration::from_secs(3);

/// A connection that was removed.
#[derive(Clone, Debug)]
pub struct Disconnected {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    pub at: DateTime<Utc>,
    pub revocation: Revocation,
}

impl Connections {
    /// Removes the connection and its tokens. A refresh that is under way finds nothing to write
    /// to.
    pub async fn disconnect(
        &self,
        subject: &Subject,
        provider: Provider,
    ) -> Result<Disconnected, Error> {
        let parts = &self.parts;
        let revocation = parts.direct.revokes(provider).then(|| parts.random.uuid());
        fail::fail_point!("disconnect.before");
        let id = parts
            .store
            .delete(subject.key(provider), subject.actor(), revocation)
            .await?
            .ok_or(Error::NotConnected(provider))?;
        fail::fail_point!("disconnect.committed");
        let at = parts.clock.now();
        let revocation = match revocation {
            Some(id) => {
                let told = parts.work.tasks.spawn(self.clone().revoke_now(id));
                // It goes on by itself; the user is not kept waiting for it.
                match tokio::time::timeout(PATIENCE, told).await {
                    Ok(Ok(revocation)) => revocation,
                    _ => Revocation::Pending,
                }
            }
            None => Revocation::Unsupported,
        };
        Ok(Disconnected { id, user_id: subject.user_id(), provider, at, revocation })
    }

    /// Removes everything that there is of a user who was deleted. Answers how many connections
    /// there were.
    pub async fn forget(&self, user_id: Uuid) -> Result<usize, Error> {
        let store = &self.parts.store;
        let subject = Subject::service(user_id);
        let mut removed = 0;
        for provider in store.providers_of(user_id).await? {
            match self.disconnect(&subject, provider).await {
                Ok(_) => removed += 1,
                // Not connected yet, or not any more.
                Err(Error::NotConnected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        store.forget_user(user_id).await?;
        Ok(removed)
    }
}
