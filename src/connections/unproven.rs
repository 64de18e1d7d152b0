//! A sign-in without a refresh token keeps the older one, which may belong to another account. A
//! token that the older one yields is stored only after the provider has confirmed that the account
//! is the same.

use std::time::Duration;

use domain::{Actor, Lease};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Connections, Error, demand::lives, error::Upstream, grant::binding, pause::Pause,
    single_flight::Outcome,
};
use crate::{
    metrics,
    store::ConnectionRecord,
    telemetry::carried,
    upstream::{NotNow, Profile, ProviderSession, UpstreamError},
    vault::Field,
};

/// How long the server tries to look up the account of a sign-in's access token.
const LEARNS_FOR: Duration = Duration::from_mins(2);

/// When to refresh again if the provider could not be asked for the account.
const ASKS_AGAIN: Duration = Duration::from_mins(1);

/// Whether a refresh has returned a token of the account that signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Same,
    Other,
    /// The provider doesn't say.
    Unknown,
    /// The provider can't be asked now.
    NotNow,
}

impl Connections {
    /// A sign-in was written, and its account is looked up in the background. If the sign-in left
    /// an older refresh token, the account must be known while the new access token is valid.
    pub(super) fn signed_in(&self, record: &ConnectionRecord) {
        if record.refresh_token_unproven {
            let learn = self.clone().learn_account(record.clone());
            let ending = self.parts.work.ending.clone();
            // A shutdown doesn't wait for a provider that is down: nothing is lost.
            let learn = async move { ending.run_until_cancelled(learn).await };
            self.parts.work.tasks.spawn(carried(learn));
        } else {
            self.wake_look_up();
        }
    }

    async fn learn_account(self, record: ConnectionRecord) {
        let mut pause = Pause::new();
        let profile = loop {
            match self.profile_of_sign_in(&record).await {
                Ok(Some(profile)) => break profile,
                Err(NotNow) if pause.waited() < LEARNS_FOR => pause.wait().await,
                // The look-up is repeated when the connection is refreshed.
                Ok(None) | Err(NotNow) => return,
            }
        };
        self.note_account(&record, &profile.id()).await;
        if !self.parts.account_lookup {
            return;
        }
        // If the provider can't be asked now, the job asks for them again.
        let outstanding = self.look_up_scopes(&record, Some(&profile)).await.is_err();
        if let Err(error) = self.keep_profile(&record, &profile, outstanding).await {
            // The job asks again.
            tracing::warn!(
                cause = error.causes(),
                provider = %record.provider,
                connection = %record.id,
                "the account of a connection could not be stored: check that the database is up"
            );
        }
    }

    /// Stores the account of a sign-in for the refresh that needs it.
    pub(super) async fn note_account(&self, record: &ConnectionRecord, account: &SecretString) {
        let sealed = self.parts.vault.seal(binding(record), Field::Account, account);
        if let Err(error) = self.parts.store.note_account(record, &sealed).await {
            tracing::warn!(
                cause = error.causes(),
                provider = %record.provider,
                connection = %record.id,
                "the account of an access token could not be stored: it is looked up again at the \
                 next refresh"
            );
        }
    }

    /// Whether the result of a refresh may replace `before`: yes, unless the refresh token is
    /// unproven and `session` does not belong to the account that signed in.
    pub(super) async fn proves(
        &self,
        before: &ConnectionRecord,
        session: &ProviderSession,
    ) -> Proof {
        if !before.refresh_token_unproven {
            return Proof::Same;
        }
        let known = before
            .account
            .as_ref()
            .and_then(|sealed| self.parts.vault.open(binding(before), Field::Account, sealed).ok());
        let brought = self.parts.accounts.of(before.provider, &session.access_token);
        let signed_in = async {
            match known {
                Some(known) => Ok::<_, NotNow>(Some(known)),
                None => Ok(self.profile_of_sign_in(before).await?.map(|profile| profile.id())),
            }
        };
        match tokio::join!(brought, signed_in) {
            (Ok(Some(brought)), Ok(Some(signed_in)))
                if brought.expose_secret() == signed_in.expose_secret() =>
            {
                Proof::Same
            }
            (Ok(Some(_)), Ok(Some(_))) => Proof::Other,
            (Ok(None), _) | (_, Ok(None)) => Proof::Unknown,
            _ => Proof::NotNow,
        }
    }

    /// Whether an upstream's rejection ends an unproven refresh token. The first one does, unless
    /// it is ambiguous and the provider fails for others as well. It says nothing about the grant
    /// of the access token.
    pub(super) async fn ends_unproven(
        &self,
        before: &ConnectionRecord,
        error: &UpstreamError,
    ) -> bool {
        if !before.refresh_token_unproven {
            return false;
        }
        match error {
            UpstreamError::Ended(_) | UpstreamError::GrantRefused { .. } => true,
            UpstreamError::Refused => {
                let health = self.parts.store.health(self.targets(before.provider)).await;
                health.is_ok_and(|known| known.iter().all(|known| known.health.failures == 0))
            }
            _ => false,
        }
    }

    /// Gives up the unproven refresh token. The access token of the sign-in is returned until it
    /// expires.
    pub(super) async fn give_up_unproven(
        &self,
        lease: Lease,
        before: ConnectionRecord,
        actor: &Actor,
        why: &str,
    ) -> Outcome {
        let told = Error::NotRefreshable(before.provider);
        tracing::warn!(
            connection = %before.id,
            provider = %before.provider,
            class = "unproven",
            "the last sign-in brought no refresh token, and the earlier refresh token is not used \
             because it may belong to another account ({why}). The user must sign in again when \
             the access token expires"
        );
        metrics::refresh_ended(before.provider, told.code());
        let written = self.parts.store.commit_without_refresh_token(lease, actor, why).await;
        match written {
            Ok(Some(record)) => Outcome::failed(record, told),
            Ok(None) => self.overtaken(&before).await,
            // The next refresh finds it unchanged, and ends the same way.
            Err(_) => Outcome::failed(before, told),
        }
    }

    /// A refresh has returned tokens whose account can't be looked up now, so they are not returned
    /// to users. A rotated refresh token exists nowhere else, so it is kept, still unproven.
    pub(super) async fn keep_unproven(
        &self,
        lease: Lease,
        before: ConnectionRecord,
        session: &ProviderSession,
        actor: &Actor,
    ) -> Outcome {
        let rotated = session
            .refresh_token
            .as_ref()
            .map(|token| self.parts.vault.seal(binding(&before), Field::RefreshToken, token));
        let told = Error::UpstreamUnavailable {
            upstream: Upstream::Provider(before.provider),
            retry_after: ASKS_AGAIN,
        };
        metrics::refresh_ended(before.provider, told.code());
        let why = Proof::NotNow.evidence();
        let written =
            self.parts.store.commit_unproven(lease, rotated.as_ref(), ASKS_AGAIN, actor, why).await;
        match written {
            Ok(Some(record)) => Outcome::failed(record, told),
            Ok(None) => self.overtaken(&before).await,
            Err(_) => Outcome::failed(before, told),
        }
    }

    pub(super) async fn profile_of_sign_in(
        &self,
        record: &ConnectionRecord,
    ) -> Result<Option<Profile>, NotNow> {
        let Some(sealed) = record.access_token.as_ref().filter(|_| lives(record, record.now))
        else {
            return Ok(None);
        };
        match self.parts.vault.open(binding(record), Field::AccessToken, sealed) {
            Ok(access_token) => self.parts.accounts.said(record.provider, &access_token).await,
            Err(_) => Ok(None),
        }
    }
}

impl Proof {
    /// Details for an operator who asks later what happened to the refresh token.
    pub(super) fn evidence(self) -> &'static str {
        match self {
            Self::Same => "the refresh returned a token of the same account",
            Self::Other => "the refresh returned a token of another account",
            Self::Unknown => "the provider doesn't say whose token the refresh returned",
            Self::NotNow => "the provider could not be asked whose token the refresh returned",
        }
    }
}
