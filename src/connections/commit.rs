use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;

use super::{Connections, pause::Pause};
use crate::{
    store::{Actor, ConnectionRecord, Grant, Kind, Lease, StoreError},
    upstream::ProviderSession,
    vault::{Binding, Field},
};

/// Tokens are refreshed this long before they expire.
const REFRESH_AHEAD: TimeDelta = TimeDelta::seconds(300);

impl Connections {
    /// Writes a session that exists nowhere else any more, however long the database takes to be
    /// back. `None`: the lease was lost, and what its next holder wrote stands.
    pub(super) async fn commit(
        &self,
        lease: Lease,
        before: &ConnectionRecord,
        session: &ProviderSession,
        kind: Kind,
        actor: Actor,
    ) -> Option<ConnectionRecord> {
        let grant = self.seal(before, session);
        let mut pause = Pause::new();
        loop {
            match self.parts.store.commit_grant(lease, &grant, kind, actor).await {
                Ok(committed) => return committed,
                Err(error) => {
                    tracing::error!(
                        cause = error.causes(),
                        connection_id = %lease.connection_id,
                        "new tokens could not be written yet; this server keeps trying, so don't \
                         stop it: check that the database is up, reachable and writable"
                    );
                    if self.was_committed(lease, before, &grant).await {
                        return self.reread(before).await.ok().flatten();
                    }
                    pause.wait().await;
                }
            }
        }
    }

    /// Whether a commit whose answer was lost went through after all.
    async fn was_committed(&self, lease: Lease, before: &ConnectionRecord, grant: &Grant) -> bool {
        let Ok(Some(record)) = self.reread(before).await else { return false };
        record.generation == lease.generation + 1
            && record.access_token.as_ref().map(crate::vault::Sealed::as_bytes)
                == Some(grant.access_token.as_bytes())
    }

    /// Gives the lease back, nothing having been written. If that fails it ends by itself.
    pub(super) async fn give_back(&self, lease: Lease) {
        if let Err(error) = self.parts.store.release_lease(lease).await {
            tracing::warn!(cause = error.causes(), "a lease could not be given back");
        }
    }

    pub(super) async fn reread(
        &self,
        before: &ConnectionRecord,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        self.parts.store.find(before.key()).await
    }

    fn seal(&self, before: &ConnectionRecord, session: &ProviderSession) -> Grant {
        let binding = binding(before);
        let vault = &self.parts.vault;
        let refresh_token = session.refresh_token.as_ref();
        Grant {
            access_token: vault.seal(binding, Field::AccessToken, &session.access_token),
            refresh_token: refresh_token
                .map(|token| vault.seal(binding, Field::RefreshToken, token)),
            access_token_expires_at: session.expires_at,
            refresh_due_at: session
                .expires_at
                .filter(|_| refresh_token.is_some() || before.refreshable)
                .map(|at| self.ahead_of(at)),
        }
    }

    /// Five minutes before `expiry`, spread over a minute, so that the connections of one busy
    /// moment are not all due in another.
    fn ahead_of(&self, expiry: DateTime<Utc>) -> DateTime<Utc> {
        let spread = i64::from(u16::from_be_bytes(self.parts.random.bytes())) % 60;
        expiry - REFRESH_AHEAD - TimeDelta::seconds(spread)
    }
}

/// Where the tokens of this connection belong.
pub(super) fn binding(record: &ConnectionRecord) -> Binding<'static> {
    Binding { user_id: record.user_id, provider: record.provider.as_str() }
}

/// [`Kind::Rotated`] if the session brought another refresh token than `sent`.
pub(super) fn kind_of_refresh(session: &ProviderSession, sent: &secrecy::SecretString) -> Kind {
    match &session.refresh_token {
        Some(new) if new.expose_secret() != sent.expose_secret() => Kind::Rotated,
        _ => Kind::Refreshed,
    }
}
