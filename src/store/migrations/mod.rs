//! The lifecycle of the schema: what is applied ([`state`]), applying migrations ([`up`]),
//! reverting them ([`down`]) and what that loses ([`losses`]). The migrations themselves are in
//! `migration/`, and their rules in `docs/upgrades.md`.

mod alone;
mod down;
mod losses;
mod state;
mod up;

pub use down::TakeBack;
pub use losses::Loss;
pub use state::{MigrationState, MigrationStatus};
