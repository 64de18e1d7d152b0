//! `connectProvider(expectAccountId:)`: a sign-in with a different account is discarded.
//!
//! A session that Nhost Auth has returned can't be put back. If it belongs to another account, or
//! the provider doesn't return its account, its tokens are dropped and the connection stays as it
//! was. The grant is not revoked at the provider: at most providers that would end every grant of
//! that account for this app, including that of another user.

use std::time::{Duration, Instant};

use domain::{Lease, Provider};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Connections, Error, pause::Pause, single_flight::Outcome, upstream_health::A_CALL_TAKES,
};
use crate::{
    store::ConnectionRecord,
    upstream::{LONGEST_ACCOUNT_ID, NoProfile, Profile, ProviderSession, display_name},
};

/// The part of the lease that is reserved for writing the session after the account was looked up.
const LEFT_TO_COMMIT: Duration = Duration::from_secs(2);

// Fetching the session and asking the provider have most of the lease.
const _: () = assert!(LEFT_TO_COMMIT.as_secs() * 4 < Lease::LASTS.as_secs());

/// A database that is slower doesn't take the provider's time: its answer decides about the session.
const SLOW: Duration = Duration::from_secs(1);

/// The provider's id of the account that the user must sign in with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ExpectedAccount(SecretString);

impl ExpectedAccount {
    /// # Errors
    /// No provider has such an id.
    pub fn new(id: String) -> Result<Self, Error> {
        if (1..=LONGEST_ACCOUNT_ID).contains(&id.len()) {
            return Ok(Self(id.into()));
        }
        Err(Error::BadInput(format!(
            "expectAccountId must have 1 to {LONGEST_ACCOUNT_ID} bytes. Pass an account.id that \
             providerConnections returned."
        )))
    }

    fn is(&self, profile: &Profile) -> bool {
        self.0.expose_secret() == profile.id
    }
}

impl Connections {
    /// Rejects before a session is fetched that could not be checked.
    pub(super) fn can_expect(&self, provider: Provider) -> Result<(), Error> {
        if !self.parts.account_lookup {
            return Err(Error::BadInput(
                "Account lookup is off on this server, so it can't compare expectAccountId. Leave \
                 it out, or ask the operator to set ACCOUNT_LOOKUP=on."
                    .to_owned(),
            ));
        }
        if !self.parts.accounts.can_ask(provider) {
            let name = display_name(provider);
            return Err(Error::BadInput(format!(
                "{name} has no API that returns the account of an access token, so this server \
                 can't compare expectAccountId. Leave it out."
            )));
        }
        Ok(())
    }

    /// Whether a session belongs to the account, according to the provider. The provider is asked
    /// again while the lease leaves time for it.
    pub(super) async fn check_session(
        &self,
        before: &ConnectionRecord,
        session: &ProviderSession,
        expected: &ExpectedAccount,
        lease: Option<&Lease>,
    ) -> Result<Profile, Error> {
        self.expect_signals(before, expected).await;
        let deadline = lease.map_or_else(|| Instant::now() + Lease::LASTS, |lease| lease.deadline);
        // A slow Nhost Auth may have used up the lease. The provider is asked even so, because
        // the session exists nowhere else; the commit takes another lease.
        let until = deadline
            .checked_sub(LEFT_TO_COMMIT)
            .unwrap_or(deadline)
            .max(Instant::now() + A_CALL_TAKES);
        let asked = async {
            let mut pause = Pause::new();
            loop {
                let accounts = &self.parts.accounts;
                match accounts.profile(before.provider, &session.access_token).await {
                    Err(NoProfile::NotNow(_)) => pause.wait().await,
                    answer => return answer,
                }
            }
        };
        let answer = tokio::time::timeout_at(until.into(), asked).await;
        let (class, error) = match answer {
            Ok(Ok(profile)) if expected.is(&profile) => return Ok(profile),
            Ok(Ok(_)) => ("another_account", Error::AccountMismatch(before.provider)),
            Ok(Err(_)) | Err(_) => ("account_not_said", Error::AccountUnverified(before.provider)),
        };
        tracing::info!(
            provider = %before.provider,
            connection = %before.id,
            class,
            "a sign-in was discarded because its account was not confirmed as the expected one"
        );
        Err(error)
    }

    /// The provider's answer may be older than a signal about the account, and is not asked for again:
    /// from now on such a signal is kept for this sign-in.
    async fn expect_signals(&self, before: &ConnectionRecord, expected: &ExpectedAccount) {
        let (provider, parts) = (before.provider, &self.parts);
        let digests = parts.vault.account_digests(provider.as_str(), &expected.0);
        let stored = parts.store.expect_signals(provider, &digests);
        let cause = match tokio::time::timeout(SLOW, stored).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.causes(),
            Err(elapsed) => elapsed.to_string(),
        };
        // No signal can be stored either, so its provider sends it again.
        tracing::warn!(
            cause,
            %provider,
            connection = %before.id,
            "an expected account could not be stored, so a signal about it may not be applied to \
             this sign-in: check that the database is up"
        );
    }

    /// The result of the check is stored with the connection, so that the account is not looked up
    /// again.
    pub(super) async fn with_profile(
        &self,
        record: ConnectionRecord,
        profile: Option<Profile>,
    ) -> ConnectionRecord {
        let Some(profile) = profile else { return record };
        // The scopes are stored before the account, which ends the look-up: otherwise the job would
        // ask for both. If they must be looked up, the job does it, and the caller does not wait.
        if profile.scopes.is_some() && self.look_up_scopes(&record, Some(&profile)).await.is_err() {
            return record;
        }
        let outstanding =
            profile.scopes.is_none() && self.parts.scope_lookups.can_ask(record.provider);
        match self.keep_profile(&record, &profile, outstanding).await {
            Ok(kept) => {
                if outstanding {
                    self.wake_look_up();
                }
                kept
            }
            Err(error) => {
                // The job asks again.
                tracing::warn!(
                    cause = error.causes(),
                    connection = %record.id,
                    "the account of a connection could not be stored: check that the database is up"
                );
                record
            }
        }
    }

    /// A connection that another call has created, if it belongs to the account.
    pub(super) async fn as_expected(
        &self,
        record: ConnectionRecord,
        expected: Option<ExpectedAccount>,
    ) -> Outcome {
        match expected {
            None => Outcome::ok(record),
            Some(expected) => match self.confirm_account(&record, &expected).await {
                Ok(()) => Outcome::ok(record),
                Err(error) => error.into(),
            },
        }
    }

    /// Whether a connection that another call has created belongs to the account.
    pub(super) async fn confirm_account(
        &self,
        record: &ConnectionRecord,
        expected: &ExpectedAccount,
    ) -> Result<(), Error> {
        let unverified = || Error::AccountUnverified(record.provider);
        let profile = if let Ok(profile) = self.account(record) {
            profile
        } else {
            let asked = self.profile_of_sign_in(record).await;
            asked.ok().flatten().ok_or_else(unverified)?
        };
        if expected.is(&profile) { Ok(()) } else { Err(Error::AccountMismatch(record.provider)) }
    }
}
