//! A digest that identifies an account at a provider without storing its id.

use secrecy::SecretString;

use super::{Vault, format};

impl Vault {
    /// The digests (HMAC-SHA-256, 32 bytes) of an account's id at a provider, one for each key of
    /// the ring; the first is the one to store. They are the same for every user, so that all
    /// connections to one account can be found; without the key, nobody can tell whose they are.
    pub fn account_digests(&self, provider: &str, account_id: &SecretString) -> Vec<Vec<u8>> {
        self.digests(&format::account_digest_info(provider), account_id)
    }
}
