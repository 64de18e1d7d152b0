//! A sign-in that brings no refresh token keeps the older one, which may be another account's. What
//! it brings is kept only once the provider has said that it is the same account.

use domain::{Actor, Lease};
use secrecy::{ExposeSecret, SecretString};

use super::{Connections, Error, demand::lives, grant::binding, single_flight::Outcome};
use crate::{
    metrics,
    store::ConnectionRecord,
    upstream::{ProviderSession, UpstreamError},
    vault::Field,
};

/// Whether a refresh has brought a token of the account that has signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Same,
    Other,
    /// The provider does not say, or not now.
    Unknown,
}

impl Connections {
    /// A sign-in was written. If it left an older refresh token, whose token the new one is has to
    /// be asked while that lives; nobody waits for it.
    pub(super) fn signed_in(&self, record: &ConnectionRecord) {
        if record.refresh_token_unproven {
            let learn = self.clone().learn_account(record.clone());
            self.parts.work.tasks.spawn(learn);
        }
    }

    async fn learn_account(self, record: ConnectionRecord) {
        let Some(account) = self.account_of_sign_in(&record).await else { return };
        let sealed = self.parts.vault.seal(binding(&record), Field::Account, &account);
        if let Err(error) = self.parts.store.note_account(&record, &sealed).await {
            tracing::warn!(
                cause = error.causes(),
                connection_id = %record.id,
                "whose access token it is could not be noted: it is asked again when the \
                 connection is refreshed"
            );
        }
    }

    /// Whether what a refresh brought may be written over `before`: it may, unless the refresh token
    /// is unproven and `session` is not of the account that has signed in.
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
                Some(known) => Some(known),
                None => self.account_of_sign_in(before).await,
            }
        };
        match tokio::join!(brought, signed_in) {
            (Some(brought), Some(signed_in))
                if brought.expose_secret() == signed_in.expose_secret() =>
            {
                Proof::Same
            }
            (Some(_), Some(_)) => Proof::Other,
            _ => Proof::Unknown,
        }
    }

    /// Whether an upstream's refusal ends an unproven refresh token. It says nothing of the grant
    /// that the access token is of.
    pub(super) fn ends_unproven(before: &ConnectionRecord, error: &UpstreamError) -> bool {
        before.refresh_token_unproven
            && matches!(
                error,
                UpstreamError::Refused
                    | UpstreamError::Ended(_)
                    | UpstreamError::GrantRefused { .. }
            )
    }

    /// Gives the unproven refresh token up. The access token of the sign-in is served until it
    /// expires.
    pub(super) async fn give_up_unproven(
        &self,
        lease: Lease,
        before: ConnectionRecord,
        actor: Actor,
        why: &str,
    ) -> Outcome {
        let told = Error::NotRefreshable(before.provider);
        tracing::warn!(
            connection_id = %before.id,
            provider = %before.provider,
            "the last sign-in brought no refresh token, and the one before could not be shown to be \
             of the same account ({why}): it is not used. The user is asked to sign in again when \
             the access token has expired"
        );
        metrics::refresh_ended(before.provider, told.code());
        let written = self.parts.store.commit_without_refresh_token(lease, actor, why).await;
        match written {
            Ok(Some(record)) => Outcome::failed(record, told),
            Ok(None) => self.overtaken(&before).await,
            // The next refresh finds it as it was, and ends alike.
            Err(_) => Outcome::failed(before, told),
        }
    }

    async fn account_of_sign_in(&self, record: &ConnectionRecord) -> Option<SecretString> {
        let sealed = record.access_token.as_ref().filter(|_| lives(record, record.now))?;
        let access_token = self.parts.vault.open(binding(record), Field::AccessToken, sealed);
        self.parts.accounts.of(record.provider, &access_token.ok()?).await
    }
}

impl Proof {
    /// What was seen, for whoever asks later why the refresh token went.
    pub(super) fn evidence(self) -> &'static str {
        match self {
            Self::Same => "the refresh brought a token of the same account",
            Self::Other => "the refresh brought a token of another account",
            Self::Unknown => "the provider did not say whose token the refresh brought",
        }
    }
}
