//! Which account at the provider a connection is to, as far as its user is told.

use domain::LookUpEnd;

use super::{Connections, grant::binding};
use crate::{
    metrics,
    store::ConnectionRecord,
    upstream::Profile,
    vault::{Field, OpenError},
};

/// Why there is no account to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAccount {
    /// The provider has not said it yet.
    NotAskedYet,
    /// The provider never says.
    ProviderHasNone,
    /// The sign-in did not ask for the scope.
    ScopeMissing,
    /// The provider did not answer, or with nothing that names an account.
    NotAnswered,
    /// The operator has switched it off.
    SwitchedOff,
    /// It is stored, and can't be opened.
    Unreadable,
}

impl Connections {
    /// The account that a connection is to.
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
                    tracing::error!(
                        cause = %error,
                        connection = %record.id,
                        provider = %record.provider,
                        "which account it is can't be opened with ENCRYPTION_KEYS"
                    );
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

    /// What is stored, of whichever sign-in.
    pub(super) fn profile_of(
        &self,
        record: &ConnectionRecord,
    ) -> Result<Option<Profile>, OpenError> {
        let Some(sealed) = &record.profile else { return Ok(None) };
        let json = self.parts.vault.open(binding(record), Field::Profile, sealed)?;
        Ok(Profile::of_json(&json))
    }
}
