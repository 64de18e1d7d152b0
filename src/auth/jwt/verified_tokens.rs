//! Remembers which tokens a secret has verified, so that the next request with the same token needs
//! no signature check, and its header isn't parsed again. With RSA, that check takes a quarter of the
//! time of a read.
//!
//! It changes no decision. What a token says can't change, and neither can the settings of this
//! process. Everything else is checked each time: the keys ([`VerifiedTokens::get`]), the time
//! (`Verified::validity`), and the headers of the request (`authenticator.rs`). Tokens that were
//! refused are not remembered.

#[cfg(test)]
mod tests;

use std::{mem::size_of, sync::Arc, time::Duration};

use moka::sync::Cache;

use super::{
    key::VerifyingKey,
    token::{Digest, KeyName, Token},
    verify::Verified,
};
use crate::metrics;

/// Memory for the tokens of all secrets together: enough for ten thousand tokens of usual size, which
/// take 0.8 KiB each. When it is full, the tokens that are used least are removed, so a flood of new
/// tokens, even of one user, replaces none that is in use.
pub(super) const BYTES: u64 = 8 * 1024 * 1024;

/// Bytes that an entry takes besides what [`Verified`] holds: the cache's own records of it.
const ENTRY: usize = 512;

/// A token that isn't used for this long is removed, to free its memory. Whether a token is valid is
/// decided by the injected clock alone.
const IDLE: Duration = Duration::from_mins(5);

/// The tokens that one secret has verified, by their digest. The tokens themselves are not kept.
///
/// Digests need not be compared in constant time. The duration of a look-up could at most reveal
/// part of a digest, and a token can't be computed from its digest. That a token was used lately is
/// revealed only to someone who has it.
pub(super) struct VerifiedTokens(Cache<Digest, Arc<Verified>>);

impl VerifiedTokens {
    /// At most `bytes` of memory.
    pub(super) fn new(bytes: u64) -> Self {
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(|_, verified: &Arc<Verified>| verified.size().try_into().unwrap_or(u32::MAX))
            .time_to_idle(IDLE);
        Self(cache.build())
    }

    /// What the header of the token with this digest says, if it was verified.
    pub(super) fn key_name(&self, digest: &Digest) -> Option<KeyName> {
        self.0.get(digest).map(|known| known.key_name.clone())
    }

    /// What `token` says, if it was verified with these keys. After a key was added, replaced or
    /// removed, it has to be verified again.
    pub(super) fn get(
        &self,
        token: &Token<'_>,
        keys: &Arc<[VerifyingKey]>,
    ) -> Option<Arc<Verified>> {
        // An entry keeps its set of keys in memory, so no other set can have the same address.
        let known = self.0.get(&token.digest).filter(|known| Arc::ptr_eq(&known.keys, keys));
        metrics::jwt_looked_up(known.is_some());
        known
    }

    /// Remembers a token that verified.
    pub(super) fn insert(&self, token: &Token<'_>, verified: Arc<Verified>) {
        self.0.insert(token.digest, verified);
    }

    /// How many tokens are remembered. Exists in unit tests only.
    #[cfg(test)]
    pub(super) fn count(&self) -> u64 {
        self.0.run_pending_tasks();
        self.0.entry_count()
    }
}

impl Verified {
    /// About how many bytes an entry with it takes.
    fn size(&self) -> usize {
        let issuer = self.session_issuer.as_ref().map_or(0, |issuer| issuer.len());
        let kid = self.key_name.kid.as_ref().map_or(0, String::len);
        ENTRY + size_of::<Self>() + self.claims.size() + issuer + kid
    }
}
