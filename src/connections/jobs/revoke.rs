use std::time::Duration;

use chrono::TimeDelta;
use domain::Provider;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Failed, SLICE,
    under_way::{Panicked, UnderWay},
};
use crate::connections::Connections;
use crate::{
    metrics,
    store::{DueRevocation, RevocationEnd, StoreError},
    upstream::{Direct, Tokens, UpstreamError},
    vault::{Binding, Field, OpenError},
};

/// How often a revocation is tried at a provider, at growing intervals, for about four days.
const ATTEMPTS: i32 = 24;
const FIRST_RETRY: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_hours(6);

/// How long a grant waits for a process with client credentials for its provider. Longer than all
/// attempts take, so that nothing is taken away from a process that has them.
const WAITS_FOR_CREDENTIALS: TimeDelta = TimeDelta::days(7);

/// Why a grant can't be revoked at all.
const UNOPENED: &str = "its token can't be decrypted with ENCRYPTION_KEYS";

/// The state of the grant at the provider after its connection was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    Revoked,
    /// The provider has not revoked it yet, and the revocation is repeated.
    Pending,
    /// The grant can't be revoked at this provider.
    Unsupported,
}

/// The result of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connections) enum Told {
    Revoked,
    /// The provider has no way to revoke a grant.
    Unsupported,
    /// The provider did not revoke it; the outbox has the time of the next attempt, unless it was
    /// given up.
    Later,
}

impl From<Told> for Revocation {
    fn from(told: Told) -> Self {
        match told {
            Told::Revoked => Self::Revoked,
            Told::Unsupported => Self::Unsupported,
            Told::Later => Self::Pending,
        }
    }
}

impl Connections {
    /// Revokes the grant at the provider now. Whatever the result, the outbox has it.
    pub(in crate::connections) async fn revoke_now(self, id: Uuid) -> Revocation {
        match self.parts.store.claim_revocation(id).await {
            Ok(Some(due)) => self.revoke(due).await.into(),
            Ok(None) => Revocation::Pending,
            Err(error) => {
                tracing::warn!(
                    cause = error.causes(),
                    "a revocation is postponed: the database failed"
                );
                Revocation::Pending
            }
        }
    }

    /// Runs the due revocations, a few at a time per provider, so that one that hangs does not hold
    /// up the others. If this server lacks the client credentials, a server that has them does it.
    /// Returns whether there may be more.
    pub async fn revoke_due(&self) -> Result<bool, Failed> {
        let until = Instant::now() + SLICE;
        let store = &self.parts.store;
        // Providers without due revocations are dropped.
        let mut providers = store.providers_to_revoke_at().await?;
        let mut under_way = UnderWay::default();
        let mut failed = None;
        loop {
            if failed.is_none() && Instant::now() < until {
                let claimed = self.claim_free(&mut providers, &mut under_way).await;
                failed = claimed.err().map(Failed::from);
            }
            match under_way.ended().await {
                None => return failed.map_or(Ok(!providers.is_empty()), Err),
                Some(Ok(())) => {}
                Some(Err(Panicked)) => failed = Some(Failed("a revocation panicked".to_owned())),
            }
        }
    }

    /// Starts as many as there are places for; the provider with the fewest running calls comes
    /// first.
    async fn claim_free(
        &self,
        providers: &mut Vec<Provider>,
        under_way: &mut UnderWay,
    ) -> Result<(), StoreError> {
        providers.sort_by_key(|provider| under_way.with(*provider));
        let mut more = Vec::new();
        for provider in providers.drain(..) {
            let free = under_way.free(provider);
            let claimed = match free {
                0 => Vec::new(),
                free => self.claim_at(provider, free).await?,
            };
            if claimed.len() == free {
                more.push(provider);
            }
            for due in claimed {
                let this = self.clone();
                under_way.begin(provider, async move {
                    this.revoke(due).await;
                });
            }
        }
        *providers = more;
        Ok(())
    }

    /// Claims what this server can revoke, and what no server will.
    async fn claim_at(
        &self,
        provider: Provider,
        limit: usize,
    ) -> Result<Vec<DueRevocation>, StoreError> {
        let store = &self.parts.store;
        if self.parts.direct.revokes(provider) || !Direct::has_revocation(provider) {
            store.claim_revocations(provider, limit).await
        } else {
            // An operator's command or another server may have the credentials.
            store.claim_old_revocations(provider, WAITS_FOR_CREDENTIALS, limit).await
        }
    }

    /// Revokes once, and records the result.
    pub(in crate::connections) async fn revoke(&self, due: DueRevocation) -> Told {
        fail::fail_point!("revoke.claimed");
        let (provider, id) = (due.provider, due.id);
        if !self.parts.direct.revokes(provider) {
            // The provider has no endpoint for it, or no process with credentials came in time.
            // Replicas with other settings, and a trigger of the database, leave such rows.
            self.end_revocation(&due, RevocationEnd::Unsupported).await;
            return Told::Unsupported;
        }
        let (access, refresh) = match self.tokens_of(&due) {
            Ok(tokens) => tokens,
            // It was logged.
            Err(error) => return self.note_unopened(&due, &error).await,
        };
        let tokens = Tokens { access: &access, refresh: refresh.as_ref() };
        let called = self.parts.direct.revoke(provider, tokens).await;
        fail::fail_point!("revoke.answered");
        let Err(error) = called else {
            self.end_revocation(&due, RevocationEnd::Revoked).await;
            return Told::Revoked;
        };
        self.note_attempt(id, refused_with(&error), &error.evidence()).await;
        if due.attempts >= ATTEMPTS {
            tracing::error!(
                %provider,
                connection = %due.connection_id,
                status = error.status(),
                class = error.class(),
                cause = error.evidence(),
                "a grant could not be revoked in {ATTEMPTS} attempts: the user can remove it in \
                 their account settings at the provider"
            );
            self.end_revocation(&due, RevocationEnd::Failed).await;
        } else {
            let retry_in = retry_in(&error, due.attempts);
            tracing::warn!(
                %provider,
                connection = %due.connection_id,
                status = error.status(),
                class = error.class(),
                cause = error.evidence(),
                retry_in_seconds = retry_in.as_secs(),
                "a grant could not be revoked yet: the server tries again"
            );
            self.put_off(id, retry_in).await;
        }
        Told::Later
    }

    /// Leaves it to a server that has the key, as long as there may be one.
    async fn note_unopened(&self, due: &DueRevocation, error: &OpenError) -> Told {
        self.note_attempt(due.id, None, UNOPENED).await;
        if matches!(error, OpenError::UnknownKey(_)) && due.attempts < ATTEMPTS {
            self.put_off(due.id, backoff(due.attempts)).await;
            return Told::Later;
        }
        self.end_revocation(due, RevocationEnd::Failed).await;
        Told::Unsupported
    }

    async fn put_off(&self, id: Uuid, by: Duration) {
        if let Err(error) = self.parts.store.put_off_revocation(id, by).await {
            // Its claim expires.
            tracing::warn!(cause = error.causes(), "a revocation could not be postponed");
        }
    }

    /// For the receipt, if there is one.
    async fn note_attempt(&self, id: Uuid, status: Option<u16>, detail: &str) {
        if let Err(error) = self.parts.store.note_attempt(id, status, detail).await {
            tracing::warn!(
                cause = error.causes(),
                "the cause of a failed revocation could not be \
                                                    recorded"
            );
        }
    }

    async fn end_revocation(&self, due: &DueRevocation, end: RevocationEnd) {
        if let Err(error) = self.parts.store.end_revocation(due, end).await {
            // It is tried again: revoking a revoked grant is harmless (RFC 7009 §2.2).
            tracing::warn!(cause = error.causes(), "the end of a revocation could not be recorded");
        }
    }

    fn tokens_of(
        &self,
        due: &DueRevocation,
    ) -> Result<(secrecy::SecretString, Option<secrecy::SecretString>), OpenError> {
        let binding = Binding { user_id: due.user_id, provider: due.provider.as_str() };
        let open = |field, sealed| {
            self.parts.vault.open(binding, field, sealed).inspect_err(|error| {
                metrics::token_unopened();
                tracing::error!(
                    cause = %error,
                    provider = %due.provider,
                    connection = %due.connection_id,
                    "a grant can't be revoked: its token can't be decrypted"
                );
            })
        };
        let access = open(Field::AccessToken, &due.access_token)?;
        let refresh = due.refresh_token.as_ref();
        Ok((access, refresh.map(|sealed| open(Field::RefreshToken, sealed)).transpose()?))
    }
}

/// The status of a rejection by the provider itself. `None`: it did not answer, or asks to be
/// called later.
fn refused_with(error: &UpstreamError) -> Option<u16> {
    match error {
        UpstreamError::Ended(evidence)
        | UpstreamError::ClientRefused(evidence)
        | UpstreamError::GrantRefused { evidence, .. } => Some(evidence.status),
        _ => None,
    }
}

fn retry_in(error: &UpstreamError, attempts: i32) -> Duration {
    backoff(attempts).max(error.retry_after().unwrap_or_default())
}

fn backoff(attempts: i32) -> Duration {
    let doublings = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or_default();
    LONGEST_RETRY.min(FIRST_RETRY * 2_u32.pow(doublings))
}
