//! The schema's life: what is applied ([`state`]), what is to be applied ([`up`]), what is taken back
//! ([`down`]) and what that loses ([`losses`]). The migrations themselves are in `migration/`, and
//! the rules that they keep in `docs/upgrades.md`.

mod alone;
mod down;
mod losses;
mod state;
mod up;

pub use down::TakeBack;
pub use losses::Loss;
pub use state::{MigrationState, MigrationStatus};
