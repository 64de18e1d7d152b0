use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Connections, Error, Subject};
use crate::store::Provider;

/// A connection that was removed.
#[derive(Clone, Debug)]
pub struct Disconnected {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    pub at: DateTime<Utc>,
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
        let id = parts
            .store
            .delete(subject.key(provider), subject.actor())
            .await?
            .ok_or(Error::NotConnected(provider))?;
        Ok(Disconnected { id, user_id: subject.user_id(), provider, at: parts.clock.now() })
    }
}
