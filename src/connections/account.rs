//! The account at the provider, as far as its user may see it.

use chrono::{DateTime, Utc};
use domain::{ConnectionKey, LookUpEnd};
use moka::sync::Cache;
use uuid::Uuid;

use super::{Connections, grant::binding};
use crate::{
    metrics,
    store::{ConnectionRecord, StoreError},
    telemetry::carried,
    upstream::Profile,
    vault::{Field, OpenError},
};

/// The maximum number of sign-ins that are remembered because their account can't be decrypted.
const REMEMBERED: u64 = 1_000;

/// Sign-ins whose account can't be decrypted, and for which this was logged: pages that show the
/// account request it again and again.
#[derive(Debug)]
pub(super) struct Unopened(Cache<(Uuid, DateTime<Utc>), ()>);

impl Default for Unopened {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl Unopened {
    /// Whether this still has to be logged.
    fn is_news(&self, record: &ConnectionRecord) -> bool {
        self.0.entry((record.id, record.connected_at)).or_insert(()).is_fresh()
    }
}

/// Why there is no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAccount {
    /// The provider has not answered yet.
    NotAskedYet,
    /// The provider has no such API.
    ProviderHasNone,
    /// The sign-in did not request the scope.
    ScopeMissing,
    /// The provider did not answer, or its answer names no account.
    NotAnswered,
    /// The operator has turned the look-up off.
    SwitchedOff,
    /// It is stored but can't be decrypted.
    Unreadable,
}

impl Connections {
    /// The account of a connection.
    ///
    /// # Errors
    /// It is not known, for the reason given.
    pub fn account(&self, record: &ConnectionRecord) -> Result<Profile, NoAccount> {
        if !self.parts.account_lookup {
            return Err(NoAccount::SwitchedOff);
        }
        if record.profile_connected_at == Some(record.connected_at) {
            match self.profile_of(record) {
                Ok(Some(profile)) => return Ok(profile),
                Ok(None) => {}
                Err(error) => {
                    metrics::token_unopened();
                    if self.parts.work.unopened.is_news(record) {
                        tracing::error!(
                            cause = %error,
                            connection = %record.id,
                            provider = %record.provider,
                            "a stored account can't be decrypted with ENCRYPTION_KEYS"
                        );
                    }
                    if matches!(error, OpenError::UnknownKey(_)) {
                        let again = self.clone().ask_again(record.key());
                        self.parts.work.tasks.spawn(carried(again));
                    }
                    return Err(NoAccount::Unreadable);
                }
            }
        }
        Err(match record.look_up_end {
            _ if !self.parts.accounts.can_ask(record.provider) => NoAccount::ProviderHasNone,
            None => NoAccount::NotAskedYet,
            Some(LookUpEnd::ScopeMissing) => NoAccount::ScopeMissing,
            Some(LookUpEnd::Refused | LookUpEnd::Unreadable | LookUpEnd::Unavailable) => {
                NoAccount::NotAnswered
            }
        })
    }

    /// The key that sealed a profile is missing: the account is looked up again.
    async fn ask_again(self, key: ConnectionKey) {
        match self.forget_unreadable_profile(key).await {
            Ok(true) => self.wake_look_up(),
            Ok(false) => {}
            Err(error) => tracing::warn!(
                cause = error.causes(),
                provider = %key.provider,
                "an account that can't be decrypted could not be scheduled for another lookup: \
                 check that the database is up"
            ),
        }
    }

    /// A release without profiles doesn't re-encrypt them, and retires their key. If the access
    /// token can't be decrypted either, nobody can be asked, so the profile stays until the key is
    /// back.
    async fn forget_unreadable_profile(&self, key: ConnectionKey) -> Result<bool, StoreError> {
        let (store, vault) = (&self.parts.store, &self.parts.vault);
        let Some(record) = store.find(key).await? else { return Ok(false) };
        let (Some(profile), Some(token)) = (&record.profile, &record.access_token) else {
            return Ok(false);
        };
        let opened = vault.open(binding(&record), Field::Profile, profile);
        let is_sealed_with_another_key = matches!(opened, Err(OpenError::UnknownKey(_)));
        let can_ask = vault.open(binding(&record), Field::AccessToken, token).is_ok();
        if is_sealed_with_another_key && can_ask {
            store.forget_unreadable_profile(&record, profile).await
        } else {
            Ok(false)
        }
    }

    /// What is stored, from any sign-in.
    pub(super) fn profile_of(
        &self,
        record: &ConnectionRecord,
    ) -> Result<Option<Profile>, OpenError> {
        let Some(sealed) = &record.profile else { return Ok(None) };
        let json = self.parts.vault.open(binding(record), Field::Profile, sealed)?;
        Ok(Profile::of_json(&json))
    }
}
