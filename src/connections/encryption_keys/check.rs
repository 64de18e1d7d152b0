use std::fmt;

use super::{KeyProblem, opens};
use crate::{
    store::{KeyUse, KnownKey, SealedUnder, Store, StoreError},
    vault::{KeyRing, Vault, key_id_in_front},
};

/// Why the keys were not taken.
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

/// Makes sure, before anything is sealed, that the ring has the keys that this database needs, and
/// that they are the same ones as ever; and notes those that are new. Where it does not, nothing is
/// written. Of servers that start at once with different new keys, one is taken.
pub async fn check_keys(store: &Store, vault: &Vault) -> Result<(), KeyCheckError> {
    let ring = vault.ring();
    let known = store.known_keys().await?;
    refuse_any(problems(ring, &known))?;
    if nothing_is_new(ring, &known) {
        return Ok(());
    }
    // Values from before there were check values, or of an older server beside this one.
    let stored = store.sealed_under().await?;
    refuse_any(problems_with_stored(vault, &known, &stored))?;
    let has_sealed =
        |id: &str| stored.iter().any(|under| key_id_in_front(&under.front) == Some(id));
    store
        .register_keys(|known| {
            // Another server may have been first.
            refuse_any(problems(ring, known))?;
            let uses = ring.check_values().zip(0..).map(|((id, check_value), place)| KeyUse {
                id: id.to_owned(),
                check_value: check_value.as_bytes().to_vec(),
                seals: place == 0 || (find(known, id).is_none() && has_sealed(id)),
            });
            Ok(uses.collect())
        })
        .await?
}

/// What is wrong with the ring of a server that runs. Reads a small table alone.
pub async fn look_at_keys(store: &Store, ring: &KeyRing) -> Result<Vec<KeyProblem>, StoreError> {
    let known = store.known_keys().await?;
    let mut problems = problems(ring, &known);
    let sealing = ring.key_ids().next().unwrap_or_default();
    if find(&known, sealing).is_some_and(|key| key.retired_at.is_some()) {
        problems.push(KeyProblem::Retired { id: sealing.to_owned() });
    }
    Ok(problems)
}

fn refuse_any(problems: Vec<KeyProblem>) -> Result<(), KeyCheckError> {
    if problems.is_empty() { Ok(()) } else { Err(KeyCheckError::Keys(problems)) }
}

fn problems(ring: &KeyRing, known: &[KnownKey]) -> Vec<KeyProblem> {
    let mut problems = Vec::new();
    for key in known {
        let id = key.id.clone();
        let in_ring = ring.check_values().find(|(other, _)| *other == id);
        let differs = in_ring.is_some_and(|(_, value)| {
            key.check_value.as_ref().is_some_and(|known| known != value.as_bytes())
        });
        // One that never stood first has sealed nothing.
        let is_needed = key.first_sealed_at.is_some() && key.retired_at.is_none();
        let is_missing = in_ring.is_none() && is_needed;
        if differs {
            problems.push(KeyProblem::Different { id });
        } else if is_missing {
            problems.push(KeyProblem::Missing { id });
        }
    }
    problems
}

/// Of keys that have no check value yet: what they have sealed is opened instead.
fn problems_with_stored(
    vault: &Vault,
    known: &[KnownKey],
    stored: &[SealedUnder],
) -> Vec<KeyProblem> {
    let mut problems = Vec::new();
    for SealedUnder { front, samples, .. } in stored {
        // What is in no format that this version knows is for `doctor`.
        let Some(id) = key_id_in_front(front) else { continue };
        let key = find(known, id);
        if !vault.ring().key_ids().any(|other| other == id) {
            if key.is_none_or(|key| key.retired_at.is_none()) {
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

/// Whether the database knows every key of the ring, and the first as one that seals.
fn nothing_is_new(ring: &KeyRing, known: &[KnownKey]) -> bool {
    ring.key_ids().zip(0..).all(|(id, place)| {
        find(known, id).is_some_and(|key| {
            let seals = key.first_sealed_at.is_some() && key.retired_at.is_none();
            key.check_value.is_some() && (place > 0 || seals)
        })
    })
}

fn find<'a>(known: &'a [KnownKey], id: &str) -> Option<&'a KnownKey> {
    known.iter().find(|key| key.id == id)
}
