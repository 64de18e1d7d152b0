//! What is promised of sealed values. Each test's name is the promise.

mod account_digests;
mod check_values;
mod copied_or_damaged;
mod fuzz;
mod key_ring;
mod nothing_leaks;
mod opaque_ids;
mod rotation;
mod test_vectors;
mod wycheproof;

use std::sync::atomic::{AtomicU8, Ordering};

use domain::Sealed;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{Binding, Field, KeyRing, OpenError, Vault};
use crate::random::Random;

const TOKEN: &str = "gho_an-access-token";
const OWNER: Binding<'static> = Binding { user_id: Uuid::from_u128(1), provider: "github" };

/// Bytes that count up through every call: different each time, and the same in every run.
fn counting() -> Random {
    let next = AtomicU8::new(0);
    Random::from_fn(move |bytes| bytes.fill_with(|| next.fetch_add(1, Ordering::Relaxed)))
}

/// An entry of a ring. Its key is 32 times `byte`.
fn entry(id: &str, byte: u8) -> String {
    KeyRing::generate(id, &Random::from_fn(move |bytes| bytes.fill(byte)))
}

fn vault(keys: &str) -> Vault {
    Vault::new(KeyRing::parse(keys).unwrap(), counting())
}

fn seal(vault: &Vault) -> Sealed {
    vault.seal(OWNER, Field::AccessToken, &SecretString::from(TOKEN))
}

fn open(vault: &Vault, sealed: &Sealed) -> Result<String, OpenError> {
    vault.open(OWNER, Field::AccessToken, sealed).map(|token| token.expose_secret().to_owned())
}
