//! The lifecycle of the keys that seal tokens: checks that a key ring is the one this database
//! needs, and re-encrypts under another key. See `docs/keys.md`.

mod check;
mod pace;
mod problem;
mod rotate;
mod survey;

pub use check::{KeyCheckError, check_keys, look_at_keys, look_at_keys_in_use};
pub use problem::KeyProblem;
pub use rotate::{Progress, Rotation, RotationReport, Unopened, retire_key};
pub use survey::{CheckState, KeyReport, RingPlace, Survey, survey_keys};

use crate::{
    store::{SealedColumn, SealedSample},
    vault::{Binding, Field, Vault},
};

fn field(column: SealedColumn) -> Field {
    match column {
        SealedColumn::AccessToken => Field::AccessToken,
        SealedColumn::RefreshToken => Field::RefreshToken,
        SealedColumn::Account => Field::Account,
        SealedColumn::Profile => Field::Profile,
    }
}

/// Whether the value opens with a key of the ring.
pub fn opens(vault: &Vault, sample: &SealedSample) -> bool {
    let binding = Binding { user_id: sample.user_id, provider: &sample.provider };
    vault.open(binding, field(sample.column), &sample.sealed).is_ok()
}
