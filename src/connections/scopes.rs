//! The scopes that an app requests, those that it requires, and those that its users have granted.

use std::collections::HashMap;

use domain::{Actor, BroughtScopes, Provider, Scopes, missing};

use super::{Connections, Error, demand::lives, grant::binding};
use crate::{
    store::ConnectionRecord,
    upstream::{NotNow, Profile, nhost_auth_asks_for},
    vault::Field,
};

/// The scopes that the operator has configured, by provider.
#[derive(Clone, Debug, Default)]
pub struct ScopeRules {
    requested: HashMap<Provider, Scopes>,
    required: HashMap<Provider, Scopes>,
}

impl ScopeRules {
    /// `requested`: the scopes that Nhost Auth requests, if they are not its default. `required`:
    /// without these, no token is returned.
    pub fn new(requested: HashMap<Provider, Scopes>, required: HashMap<Provider, Scopes>) -> Self {
        Self { requested, required }
    }

    /// The scopes that a sign-in requests from the provider. `None`: unknown.
    fn requested(&self, provider: Provider) -> Option<Scopes> {
        self.requested.get(&provider).cloned().or_else(|| nhost_auth_asks_for(provider))
    }

    /// Those of `wanted` that no sign-in requests.
    fn never_asked(&self, provider: Provider, wanted: &Scopes) -> Vec<String> {
        match self.requested(provider) {
            Some(requested) => missing(provider, &requested, wanted),
            None => wanted.iter().map(str::to_owned).collect(),
        }
    }

    /// Required scopes that no sign-in requests: no connection could ever have them.
    pub fn required_in_vain(&self) -> Vec<(Provider, Vec<String>)> {
        let mut in_vain: Vec<_> = self
            .required
            .iter()
            .map(|(provider, required)| (*provider, self.never_asked(*provider, required)))
            .filter(|(_, scopes)| !scopes.is_empty())
            .collect();
        in_vain.sort();
        in_vain
    }
}

impl Connections {
    /// The known scopes after a sign-in: the requested ones, if its response names none.
    pub(super) fn scopes_of_sign_in(
        &self,
        provider: Provider,
        answer: BroughtScopes,
    ) -> BroughtScopes {
        match answer {
            BroughtScopes::Nothing => {
                BroughtScopes::Requested(self.parts.scopes.requested(provider))
            }
            said => said,
        }
    }

    /// Looks up the scopes of a sign-in's tokens at the provider, unless its account response
    /// contained them, and stores them.
    pub(super) async fn look_up_scopes(
        &self,
        record: &ConnectionRecord,
        account: Option<&Profile>,
    ) -> Result<(), NotNow> {
        let scopes = match account.and_then(|profile| profile.scopes.clone()) {
            Some(scopes) => Some(scopes),
            None => self.ask_scopes(record).await?,
        };
        let Some(scopes) = scopes else { return Ok(()) };
        let noted = self.parts.store.note_scopes(record, &scopes, &Actor::Worker).await;
        noted.map_err(|error| {
            tracing::warn!(
                cause = error.causes(),
                connection = %record.id,
                "the granted scopes could not be stored: check that the database is up"
            );
            NotNow
        })
    }

    /// With the stored access token, while it is valid.
    async fn ask_scopes(&self, record: &ConnectionRecord) -> Result<Option<Scopes>, NotNow> {
        let sealed = record.access_token.as_ref().filter(|_| lives(record, record.now));
        let opened = sealed.and_then(|sealed| {
            self.parts.vault.open(binding(record), Field::AccessToken, sealed).ok()
        });
        match opened {
            Some(token) => self.parts.scope_lookups.of(record.provider, &token).await,
            None => Ok(None),
        }
    }

    /// Refuses to return the token of a connection that lacks a required scope. If its scopes are
    /// unknown, the token is returned. `record` was read with the column `scopes`.
    pub(super) fn has_required_scopes(&self, record: &ConnectionRecord) -> Result<(), Error> {
        let provider = record.provider;
        let Some(required) = self.parts.scopes.required.get(&provider) else { return Ok(()) };
        match record.scopes.missing(provider, required, record.refreshable) {
            Some(missing) if !missing.is_empty() => {
                Err(Error::InsufficientScope { provider, missing })
            }
            _ => Ok(()),
        }
    }

    /// The scopes of a sign-in that asks the user for these again.
    pub(super) fn asked_again(&self, provider: Provider, names: &[String]) -> Result<bool, Error> {
        let Some(wanted) = scopes_of(names)? else { return Ok(false) };
        let scopes = self.parts.scopes.never_asked(provider, &wanted);
        if scopes.is_empty() {
            Ok(true)
        } else {
            Err(Error::ScopeNotConfigured { provider, scopes })
        }
    }

    /// Those of `names` that the connection lacks. `None`: its scopes are unknown.
    pub fn missing_scopes(
        &self,
        record: &ConnectionRecord,
        names: &[String],
    ) -> Result<Option<Vec<String>>, Error> {
        Ok(match scopes_of(names)? {
            Some(wanted) => record.scopes.missing(record.provider, &wanted, record.refreshable),
            None => record.scopes.scopes().map(|_| Vec::new()),
        })
    }
}

/// The scopes that a caller passes. `None`: none.
fn scopes_of(names: &[String]) -> Result<Option<Scopes>, Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let scopes = Scopes::of(names.iter().map(String::as_str));
    let scopes = scopes.filter(|_| names.iter().all(|name| !name.is_empty()));
    scopes.map(Some).ok_or_else(|| {
        Error::BadInput(format!(
            "scopes must list at most {} scopes, one per string, without spaces, commas or quotes.",
            Scopes::MOST
        ))
    })
}
