//! A digest that identifies an account at a provider without storing its id.

use secrecy::SecretString;

use super::{Vault, format};

impl Vault {
    /// The digests (HMAC-SHA-256, 32 bytes) of an account's id at a provider, one under each key of
    /// the ring, that of the first key first, which is the one to store. The same for every user, so
    /// that the connections to one account are found; nobody without the key can tell whose it is.
    pub fn account_digests(&self, provider: &str, account_id: &SecretString) -> Vec<Vec<u8>> {
        self.digests(&format::account_digest_info(provider), account_id)
    }
}
