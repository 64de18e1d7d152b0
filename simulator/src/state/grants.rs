//! The grants at the providers.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::State;
use crate::{
    Fault, GrantId, GrantScript, Provider,
    grant::{Grant, Issued, Refused},
};

impl State {
    /// A user agrees at the provider: a new grant, and the provider session that it makes.
    pub(crate) fn begin_grant(
        &mut self,
        user: Uuid,
        provider: Provider,
        account: &str,
        script: GrantScript,
        now: DateTime<Utc>,
    ) -> (GrantId, Value) {
        let (grant, issued) = Grant::begin(user, provider, account.to_owned(), script, now);
        let (id, at) = (grant.id, self.grants.len());
        self.grants.push(grant);
        self.grant_index.insert(id, at);
        self.index(&issued, at);
        (id, issued.provider_session())
    }

    fn index(&mut self, issued: &Issued, at: usize) {
        self.token_index.insert(issued.access_token.clone(), at);
        if let Some(token) = issued.new_refresh_token() {
            self.token_index.insert(token.to_owned(), at);
        }
    }

    pub(crate) fn grant(&self, id: GrantId) -> Option<&Grant> {
        self.grant_index.get(&id).map(|at| &self.grants[*at])
    }

    pub(crate) fn grant_mut(&mut self, id: GrantId) -> Option<&mut Grant> {
        self.grant_index.get(&id).map(|at| &mut self.grants[*at])
    }

    /// The newest grant of a user at a provider.
    pub(crate) fn grant_of(&self, user: Uuid, provider: Provider) -> Option<GrantId> {
        self.grants
            .iter()
            .rev()
            .find(|grant| grant.user == user && grant.provider == provider)
            .map(|grant| grant.id)
    }

    /// The grant that a token, of either kind, belongs to.
    pub(crate) fn grant_by_token(&mut self, provider: Provider, token: &str) -> Option<&mut Grant> {
        let at = *self.token_index.get(token)?;
        Some(&mut self.grants[at]).filter(|grant| grant.provider == provider)
    }

    /// How the provider answers refreshes with this token instead of what its grant says.
    pub(crate) fn blocked(&mut self, provider: Provider, token: &str) -> Option<Fault> {
        let grant = self.grant_by_token(provider, token)?.id;
        self.blocked.get(&grant).cloned()
    }

    /// The provider's refresh. Whose token it is, nobody asks.
    pub(crate) fn refresh(
        &mut self,
        provider: Provider,
        sent: &str,
        now: DateTime<Utc>,
    ) -> Result<Issued, Refused> {
        let grant = self.grant_by_token(provider, sent).ok_or(Refused)?;
        let (id, issued) = (grant.id, grant.refresh(sent, now)?);
        let at = self.grant_index[&id];
        self.index(&issued, at);
        Ok(issued)
    }
}
