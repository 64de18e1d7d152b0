//! `connectProvider(expectAccountId:)`: a sign-in with a different account is discarded.
//!
//! The session that Nhost Auth has handed out can't be put back. Where it is of another account, or
//! the provider doesn't say of which, its tokens are dropped, and the connection stays as it was. The
//! grant is not revoked at the provider: at most of them that would end every grant of that account
//! for this app, also one that another user is connected with.

use std::time::{Duration, Instant};

use domain::{Lease, Provider};
use secrecy::{ExposeSecret, SecretString};

use super::{Connections, Error, pause::Pause, single_flight::Outcome};
use crate::{
    store::ConnectionRecord,
    upstream::{LONGEST_ACCOUNT_ID, NoProfile, Profile, ProviderSession, display_name},
};

/// What is left of the lease for writing the session, once its account was asked.
const LEFT_TO_COMMIT: Duration = Duration::from_secs(10);

/// The provider's id of the account that a sign-in has to be with. Cheap to clone.
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
    /// Before a session is fetched that could not be checked.
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

    /// Whether a session is of the account, by the provider's word. It is asked again while the lease
    /// leaves time for that.
    pub(super) async fn check_session(
        &self,
        before: &ConnectionRecord,
        session: &ProviderSession,
        expected: &ExpectedAccount,
        lease: Option<&Lease>,
    ) -> Result<Profile, Error> {
        let deadline = lease.map_or_else(|| Instant::now() + Lease::LASTS, |lease| lease.deadline);
        let until = deadline.checked_sub(LEFT_TO_COMMIT).unwrap_or(deadline);
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

    /// What the check has learned is kept with the connection: the account is not asked for again.
    pub(super) async fn with_profile(
        &self,
        record: ConnectionRecord,
        profile: Option<Profile>,
    ) -> ConnectionRecord {
        let Some(profile) = profile else { return record };
        // Scopes before the account, which ends the look-up: otherwise the job asks about both. Where
        // they have to be asked for, the job does that, and the caller does not wait for it.
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

    /// A connection that another call has made, if it is to the account.
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

    /// Whether a connection that another call has made is to the account.
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
