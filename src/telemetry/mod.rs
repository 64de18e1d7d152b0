//! OpenTelemetry: what this server exports to a collector, if the settings name one. See
//! `docs/observability.md`.

mod asked;
mod carried;
mod collector;
mod pipeline;
mod propagation;
mod sampling;
pub mod spans;

pub use asked::Asked;
pub use carried::{answering, carried};
pub use pipeline::{Telemetry, any_level};
pub use propagation::{inject, remote_parent};
