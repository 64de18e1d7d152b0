//! Sign-ins without a browser, and the grants that result.

use uuid::Uuid;

use super::Simulator;
use crate::{Fault, GrantId, GrantScript, GrantView, Provider, RefreshAnswer, grant::Scopes};

impl Simulator {
    /// Signs a user in with their usual account at a provider: exactly what is there after the
    /// redirects, a row in `auth.user_providers` with a fresh session. Again with the same
    /// provider: a new grant and a new session in the same row; the old grant stays alive.
    pub fn sign_in(&self, user_id: Uuid, provider: Provider, script: GrantScript) -> GrantId {
        let account = self.state().usual_account(user_id);
        self.sign_in_as(user_id, provider, &account, script)
    }

    /// Signs a user in with one of several accounts at a provider. An account that another user has
    /// linked signs that one in, as at Nhost Auth.
    pub fn sign_in_as(
        &self,
        user_id: Uuid,
        provider: Provider,
        account: &str,
        script: GrantScript,
    ) -> GrantId {
        let now = self.now();
        let mut state = self.state();
        let user_id = state.linked_to(user_id, provider, account);
        let (grant, session) = state.begin_grant(user_id, provider, account, script, now);
        state.put_session(user_id, provider, account, Some(session));
        grant
    }

    /// Links a provider without a session, so that fetching it fails with a 500.
    pub fn link_without_session(&self, user_id: Uuid, provider: Provider) {
        let mut state = self.state();
        let account = state.usual_account(user_id);
        let user_id = state.linked_to(user_id, provider, &account);
        state.put_session(user_id, provider, &account, None);
    }

    /// The user unlinks an account (as by a deletion from `auth.user_providers`).
    pub fn unlink(&self, user_id: Uuid, provider: Provider, account: &str) {
        self.state().unlink(user_id, provider, account);
    }

    /// The user takes the grant back at the provider.
    pub fn revoke(&self, grant: GrantId) {
        if let Some(grant) = self.state().grant_mut(grant) {
            grant.end("the user revoked it");
        }
    }

    /// The provider answers every refresh of this grant like that, and the grant is not touched: an
    /// administrator's policy, an endpoint that fails for one account. Faults without an answer
    /// (`Slow`, `LostAfterWork` …) have no effect here. Through Nhost Auth it is what every failure
    /// is.
    pub fn block(&self, grant: GrantId, fault: Fault) {
        self.state().blocked.insert(grant, fault);
    }

    /// Ends the current access token before its time.
    pub fn expire_access_token(&self, grant: GrantId) {
        let now = self.now();
        if let Some(grant) = self.state().grant_mut(grant) {
            grant.expire_access_token(now);
        }
    }

    /// The provider has changed its ways: the next refreshes of a grant go by another script.
    pub fn rescript(&self, grant: GrantId, script: GrantScript) {
        if let Some(grant) = self.state().grant_mut(grant) {
            grant.script = script;
        }
    }

    /// What the user has agreed to, which the provider says to whoever has the access token.
    /// `in_answers`: token answers name it as well.
    pub fn grant_scopes(&self, grant: GrantId, scopes: &[&str], in_answers: bool) {
        if let Some(grant) = self.state().grant_mut(grant) {
            let granted = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            grant.scopes = Scopes { granted, named: in_answers };
        }
    }

    /// Says what the next refreshes of a grant bring, one after the other; then the script holds.
    pub fn next_refresh_answers(&self, grant: GrantId, answers: Vec<RefreshAnswer>) {
        if let Some(grant) = self.state().grant_mut(grant) {
            grant.queue(answers);
        }
    }

    /// What a grant looks like now.
    ///
    /// # Panics
    /// When the grant is another simulator's.
    pub fn grant(&self, grant: GrantId) -> GrantView {
        self.state().grant(grant).expect("the grant is this simulator's").view()
    }

    /// The account that a token of either kind is of, also once it has ended. `None`: this provider
    /// has issued no such token.
    pub fn account_of(&self, provider: Provider, token: &str) -> Option<String> {
        self.state().grant_by_token(provider, token).map(|grant| grant.account.clone())
    }

    /// The newest grant of a user at a provider.
    pub fn grant_of(&self, user_id: Uuid, provider: Provider) -> Option<GrantId> {
        self.state().grant_of(user_id, provider)
    }
}
