use secrecy::SecretString;

use super::{OWNER, TOKEN, entry, seal, vault};
use crate::vault::{Field, KeyRing};

#[test]
fn debug_shows_ids_and_lengths_and_no_key_or_token() {
    let vault = vault(&format!("{},{}", entry("new", 1), entry("old", 2)));
    let sealed = seal(&vault);
    assert_eq!(format!("{sealed:?}"), "Sealed { length: 52 }");
    assert_eq!(format!("{:?}", vault.ring), r#"KeyRing["new", "old"]"#);
    assert_eq!(format!("{vault:?}"), r#"Vault { ring: KeyRing["new", "old"], random: Random }"#);
}

#[test]
fn neither_token_nor_key_stands_in_the_sealed_bytes() {
    let vault = vault(&entry("a", 1));
    let bytes = seal(&vault).into_bytes();
    assert!(!bytes.windows(4).any(|window| TOKEN.as_bytes().windows(4).any(|t| t == window)));
    assert!(!bytes.windows(4).any(|window| window == [1; 4]));
}

#[test]
fn two_connections_never_share_a_key_stream() {
    // The same nonce twice: with one key for both, the ciphertexts would be the same.
    let same_nonce = || {
        let random = crate::random::Random::from_fn(|bytes| bytes.fill(7));
        crate::vault::Vault::new(KeyRing::parse(&entry("a", 1)).unwrap(), random)
    };
    let token = SecretString::from(TOKEN);
    let other = crate::vault::Binding { provider: "gitlab", ..OWNER };
    let first = same_nonce().seal(OWNER, Field::AccessToken, &token).into_bytes();
    let second = same_nonce().seal(other, Field::AccessToken, &token).into_bytes();
    let ciphertext = 15..15 + TOKEN.len();
    assert_ne!(first[ciphertext.clone()], second[ciphertext]);
}
