//! `auth.user_providers`: the accounts that users have linked, and the session that waits there.

use serde_json::Value;
use uuid::Uuid;

use super::State;
use crate::{Provider, grant::empty_provider_session};

/// One linked account.
pub(crate) struct Row {
    account: String,
    /// Encrypted at Nhost Auth; `None` once it was fetched, or if there never was one.
    session: Option<Value>,
}

/// Why there is no session, which Nhost Auth answers with the same 500.
#[derive(Debug)]
pub(crate) enum NoSession {
    /// It was cleared, and what is left can't be decrypted.
    Cleared,
    /// An older version's subquery finds two rows (SQLSTATE 21000).
    TwoAccounts,
}

/// The account is linked already.
#[derive(Debug)]
pub(crate) struct AlreadyLinked {
    owner: Uuid,
}

impl State {
    /// Who has linked this account.
    pub(crate) fn owner(&self, provider: Provider, account: &str) -> Option<Uuid> {
        self.owners.get(&(provider, account.to_owned())).copied()
    }

    /// Adds a row without a session. An account has one row at most, its owner's own included.
    pub(crate) fn link(
        &mut self,
        user: Uuid,
        provider: Provider,
        account: &str,
    ) -> Result<(), AlreadyLinked> {
        if let Some(owner) = self.owner(provider, account) {
            return Err(AlreadyLinked { owner });
        }
        self.owners.insert((provider, account.to_owned()), user);
        self.rows
            .entry((user, provider))
            .or_default()
            .push(Row { account: account.to_owned(), session: None });
        Ok(())
    }

    /// Whose row the account has: the user who has linked it, else `user` from now on.
    pub(crate) fn linked_to(&mut self, user: Uuid, provider: Provider, account: &str) -> Uuid {
        match self.link(user, provider, account) {
            Ok(()) => user,
            Err(AlreadyLinked { owner }) => owner,
        }
    }

    /// Keeps a session in the account's row, over whatever is there.
    pub(crate) fn put_session(
        &mut self,
        user: Uuid,
        provider: Provider,
        account: &str,
        session: Option<Value>,
    ) {
        let rows = self.rows.get_mut(&(user, provider)).into_iter().flatten();
        if let Some(row) = rows.into_iter().find(|row| row.account == account) {
            row.session = session;
        }
    }

    /// Takes the account's row away; the account is anybody's to link again.
    pub(crate) fn unlink(&mut self, user: Uuid, provider: Provider, account: &str) {
        if let Some(rows) = self.rows.get_mut(&(user, provider)) {
            rows.retain(|row| row.account != account);
        }
        if self.owner(provider, account) == Some(user) {
            self.owners.remove(&(provider, account.to_owned()));
        }
    }

    /// Reads and clears in one step, and only the newest row. Older versions fail where there are two.
    pub(crate) fn take_session(
        &mut self,
        user: Uuid,
        provider: Provider,
    ) -> Result<Value, NoSession> {
        let reads_many = self.reads_many_rows;
        match self.rows.get_mut(&(user, provider)).map(Vec::as_mut_slice) {
            None | Some([]) => Ok(empty_provider_session()),
            Some([_, .., _]) if !reads_many => Err(NoSession::TwoAccounts),
            Some([.., row]) => row.session.take().ok_or(NoSession::Cleared),
        }
    }
}
