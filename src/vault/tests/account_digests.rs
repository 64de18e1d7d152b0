//! The connections to one account are found by a digest that tells nothing of it.

use crate::{
    random::Random,
    vault::{KeyRing, Vault},
};

const OLD: &str = "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "new:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

fn digests(keys: &str, provider: &str, id: &str) -> Vec<Vec<u8>> {
    let vault = Vault::new(KeyRing::parse(keys).unwrap(), Random::system());
    vault.account_digests(provider, &id.into())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Computed from the description of the format with Python's `hmac`.
#[test]
fn another_language_computes_the_same() {
    let expected = "76fecae44291eb03ad0f7f2536e4d6092f4191b2245113e49ab6332fd7236332";
    assert_eq!(hex(&digests(OLD, "github", "583231")[0]), expected);
}

#[test]
fn it_differs_by_account_provider_and_key() {
    let one = digests(OLD, "github", "1");
    assert_ne!(one, digests(OLD, "github", "2"));
    assert_ne!(one, digests(OLD, "gitlab", "1"));
    assert_ne!(one, digests(NEW, "github", "1"));
    assert_eq!(one, digests(OLD, "github", "1"));
}

#[test]
fn there_is_one_for_each_key_and_the_first_keys_comes_first() {
    let both = digests(&format!("{NEW},{OLD}"), "github", "1");
    assert_eq!(both, [digests(NEW, "github", "1"), digests(OLD, "github", "1")].concat());
}
