use serde::Serialize;

use super::{check::is_shredded, opens};
use crate::{
    store::{KnownKey, SealedUnder, ShreddedKey, Store, StoreError},
    vault::{Vault, key_id_in_front},
};

/// The position of a key in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RingPlace {
    Seals,
    Opens,
    Missing,
}

/// Whether a key is the one that its id belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    Fits,
    /// The database has another check value, or a sample can't be opened.
    Differs,
    /// Nothing to compare: the key is not in the ring, or was never used.
    Unknown,
}

/// One key, from the ring, the database, or both.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyReport {
    pub id: String,
    pub ring: RingPlace,
    /// Stored values that name this key.
    pub values: i64,
    pub check_value: CheckState,
    pub first_sealed_at: Option<chrono::DateTime<chrono::Utc>>,
    pub retired_at: Option<chrono::DateTime<chrono::Utc>>,
    /// What is wrong, and what to do.
    pub problem: Option<String>,
}

/// All keys, and what else depends on them.
#[derive(Clone, Debug)]
pub struct Survey {
    pub keys: Vec<KeyReport>,
    /// Values in a format that this version does not know.
    pub unreadable: i64,
    /// Imported tokens that are recognized by a key from the time when they were sent.
    pub imports: u64,
}

impl Survey {
    pub fn is_sound(&self) -> bool {
        self.unreadable == 0 && self.keys.iter().all(|key| key.problem.is_none())
    }
}

/// Which keys exist, which are needed, and by how many values. Reads all rows; writes nothing.
pub async fn survey_keys(store: &Store, vault: &Vault) -> Result<Survey, StoreError> {
    let known = store.known_keys().await?;
    let shredded = store.shredded_keys().await?;
    let stored = store.sealed_under().await?;
    let mut ids: Vec<String> = vault.ring().key_ids().map(str::to_owned).collect();
    let of_database = known.iter().map(|key| key.id.as_str());
    let of_values = stored.iter().filter_map(|under| key_id_in_front(&under.front));
    for id in of_database.chain(of_values) {
        if !ids.iter().any(|other| other == id) {
            ids.push(id.to_owned());
        }
    }
    let keys = ids.into_iter().map(|id| report(id, vault, &known, &shredded, &stored)).collect();
    let unreadable =
        stored.iter().filter(|under| key_id_in_front(&under.front).is_none()).map(|of| of.number);
    Ok(Survey { keys, unreadable: unreadable.sum(), imports: store.count_imports().await? })
}

fn report(
    id: String,
    vault: &Vault,
    known: &[KnownKey],
    shredded: &[ShreddedKey],
    stored: &[SealedUnder],
) -> KeyReport {
    let known = known.iter().find(|key| key.id == id);
    let under = stored.iter().find(|under| key_id_in_front(&under.front) == Some(&id));
    let values = under.map_or(0, |under| under.number);
    let in_ring = vault.ring().check_values().zip(0..).find(|((other, _), _)| *other == id);
    let ring = match in_ring {
        Some((_, 0)) => RingPlace::Seals,
        Some(_) => RingPlace::Opens,
        None => RingPlace::Missing,
    };
    let stored_value = known.and_then(|key| key.check_value.as_deref());
    let tried = under.map(|under| under.samples.as_slice()).unwrap_or_default();
    let check_value = match (in_ring, stored_value) {
        (None, _) => CheckState::Unknown,
        (Some(((_, value), _)), Some(stored)) if stored == value.as_bytes() => CheckState::Fits,
        (Some(_), None) if tried.is_empty() => CheckState::Unknown,
        (Some(_), None) if tried.iter().any(|sample| opens(vault, sample)) => CheckState::Fits,
        (Some(_), _) => CheckState::Differs,
    };
    let retired_at = known.and_then(|key| key.retired_at);
    let first_sealed_at = known.and_then(|key| key.first_sealed_at);
    let mut report =
        KeyReport { id, ring, values, check_value, first_sealed_at, retired_at, problem: None };
    report.problem = problem(&report, is_shredded(shredded, &report.id));
    report
}

fn problem(key: &KeyReport, is_shredded: bool) -> Option<String> {
    use super::KeyProblem;
    let id = key.id.clone();
    let is_needed = (key.values > 0 || key.first_sealed_at.is_some()) && !is_shredded;
    let problem = if key.check_value == CheckState::Differs {
        KeyProblem::Different { id }
    } else if key.ring == RingPlace::Seals && is_shredded {
        KeyProblem::Shredded { id }
    } else if key.ring == RingPlace::Missing && key.retired_at.is_none() && is_needed {
        KeyProblem::Missing { id }
    } else if key.ring == RingPlace::Seals && key.retired_at.is_some() {
        KeyProblem::Retired { id }
    } else if key.retired_at.is_some() && key.values > 0 {
        KeyProblem::RetiredButNeeded { id, values: key.values }
    } else {
        return None;
    };
    Some(problem.to_string())
}
