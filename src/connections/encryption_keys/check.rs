use std::{convert::Infallible, fmt};

use super::{KeyProblem, opens};
use crate::{
    store::{KeyUse, KnownKey, SealedUnder, ShreddedKey, Store, StoreError},
    vault::{KeyRing, Vault, key_id_in_front},
};

/// Why the keys were rejected.
#[derive(Debug)]
pub enum KeyCheckError {
    Store(StoreError),
    Keys(Vec<KeyProblem>),
}

impl std::error::Error for KeyCheckError {}

impl fmt::Display for KeyCheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the encryption keys can't be checked: {error}"),
            Self::Keys(problems) => {
                let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl From<StoreError> for KeyCheckError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Before anything is sealed, makes sure that the ring has the keys that this database needs, that
/// each is the same key as before, and that the first was not shredded; registers new ones.
/// Otherwise it writes nothing. If servers start simultaneously with different new keys, only one
/// of these is accepted.
pub async fn check_keys(store: &Store, vault: &Vault) -> Result<(), KeyCheckError> {
    let ring = vault.ring();
    let shredded = store.shredded_keys().await?;
    let known = store.known_keys().await?;
    refuse_any(problems(ring, &known, &shredded))?;
    for id in ring.key_ids().skip(1).filter(|id| is_shredded(&shredded, id)) {
        tracing::error!(
            key = id,
            "a key that was shredded is still in ENCRYPTION_KEYS: remove it, and destroy every \
             copy of it"
        );
    }
    if nothing_is_new(ring, &known) {
        return Ok(());
    }
    // Values from before check values existed, or from an older server that runs alongside this
    // one.
    let stored = store.sealed_under().await?;
    refuse_any(problems_with_stored(vault, &known, &shredded, &stored))?;
    let has_sealed =
        |id: &str| stored.iter().any(|under| key_id_in_front(&under.front) == Some(id));
    store
        .register_keys(|known| {
            // Another server may have been faster.
            refuse_any(problems(ring, known, &shredded))?;
            let uses = ring.check_values().zip(0..).map(|((id, check_value), place)| KeyUse {
                id: id.to_owned(),
                check_value: check_value.as_bytes().to_vec(),
                seals: place == 0 || (find(known, id).is_none() && has_sealed(id)),
            });
            Ok(uses.collect())
        })
        .await?
}

/// What is wrong with a ring, compared with what the database knows. Reads only small tables.
pub async fn look_at_keys(store: &Store, ring: &KeyRing) -> Result<Vec<KeyProblem>, StoreError> {
    let shredded = store.shredded_keys().await?;
    let known = store.known_keys().await?;
    let mut problems = problems(ring, &known, &shredded);
    let sealing = ring.key_ids().next().unwrap_or_default();
    if find(&known, sealing).is_some_and(|key| key.retired_at.is_some()) {
        problems.push(KeyProblem::Retired { id: sealing.to_owned() });
    }
    Ok(problems)
}

/// The same for the ring of a running server, which seals. If its first key was retired, it is
/// registered again: what this server seals needs it, so every later start must have it.
pub async fn look_at_keys_in_use(
    store: &Store,
    ring: &KeyRing,
) -> Result<Vec<KeyProblem>, StoreError> {
    let found = look_at_keys(store, ring).await?;
    if let Some((id, check_value)) = ring.check_values().next()
        && found.contains(&KeyProblem::Retired { id: id.to_owned() })
        && !found.iter().any(|problem| problem.is_fatal() && problem.id() == id)
    {
        let check_value = check_value.as_bytes().to_vec();
        let key = KeyUse { id: id.to_owned(), check_value, seals: true };
        let Ok(()) = store.register_keys(|_| Ok::<_, Infallible>(vec![key])).await?;
        tracing::warn!(
            key = id,
            "this server encrypts with a retired key: the key is registered \
                                  again"
        );
    }
    Ok(found)
}

fn refuse_any(problems: Vec<KeyProblem>) -> Result<(), KeyCheckError> {
    if problems.is_empty() { Ok(()) } else { Err(KeyCheckError::Keys(problems)) }
}

fn problems(ring: &KeyRing, known: &[KnownKey], shredded: &[ShreddedKey]) -> Vec<KeyProblem> {
    let mut problems = Vec::new();
    let sealing = ring.key_ids().next().unwrap_or_default();
    if is_shredded(shredded, sealing) {
        problems.push(KeyProblem::Shredded { id: sealing.to_owned() });
    }
    for key in known {
        let id = key.id.clone();
        let in_ring = ring.check_values().find(|(other, _)| *other == id);
        let differs = in_ring.is_some_and(|(_, value)| {
            key.check_value.as_ref().is_some_and(|known| known != value.as_bytes())
        });
        // A key that was never the first has sealed nothing, and a shredded key must not come back.
        let is_needed = key.first_sealed_at.is_some()
            && key.retired_at.is_none()
            && !is_shredded(shredded, &key.id);
        let is_missing = in_ring.is_none() && is_needed;
        if differs {
            problems.push(KeyProblem::Different { id });
        } else if is_missing {
            problems.push(KeyProblem::Missing { id });
        }
    }
    problems
}

/// For keys without a check value: a value that they sealed is opened instead.
fn problems_with_stored(
    vault: &Vault,
    known: &[KnownKey],
    shredded: &[ShreddedKey],
    stored: &[SealedUnder],
) -> Vec<KeyProblem> {
    let mut problems = Vec::new();
    for SealedUnder { front, samples, .. } in stored {
        // Values in an unknown format are left to `doctor`.
        let Some(id) = key_id_in_front(front) else { continue };
        let key = find(known, id);
        if !vault.ring().key_ids().any(|other| other == id) {
            if key.is_none_or(|key| key.retired_at.is_none()) && !is_shredded(shredded, id) {
                problems.push(KeyProblem::Missing { id: id.to_owned() });
            }
        } else if key.is_none_or(|key| key.check_value.is_none())
            && !samples.iter().any(|sample| opens(vault, sample))
        {
            problems.push(KeyProblem::Different { id: id.to_owned() });
        }
    }
    problems
}

/// Whether the database knows every key of the ring, and knows the first as one that seals.
fn nothing_is_new(ring: &KeyRing, known: &[KnownKey]) -> bool {
    ring.key_ids().zip(0..).all(|(id, place)| {
        find(known, id).is_some_and(|key| {
            let seals = key.first_sealed_at.is_some() && key.retired_at.is_none();
            key.check_value.is_some() && (place > 0 || seals)
        })
    })
}

pub(super) fn is_shredded(shredded: &[ShreddedKey], id: &str) -> bool {
    shredded.iter().any(|key| key.key_id == id)
}

fn find<'a>(known: &'a [KnownKey], id: &str) -> Option<&'a KnownKey> {
    known.iter().find(|key| key.id == id)
}
