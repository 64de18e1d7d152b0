//! `auth.user_providers`: who has linked which account, and the session that waits there.

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

/// A value that can't be decrypted, because it was cleared.
#[derive(Debug)]
pub(crate) struct Cleared;

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

    /// Reads and clears in one step, and only the newest row.
    pub(crate) fn take_session(
        &mut self,
        user: Uuid,
        provider: Provider,
    ) -> Result<Value, Cleared> {
        match self.rows.get_mut(&(user, provider)).and_then(|rows| rows.last_mut()) {
            None => Ok(empty_provider_session()),
            Some(row) => row.session.take().ok_or(Cleared),
        }
    }
}
