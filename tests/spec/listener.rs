//! Whatever clients do with their connections, others are served, and nothing grows.

mod answers;
mod bodies;
mod crowded;
mod ending;
mod protocols;
mod raw;
mod slow;
mod windows;

use std::time::Duration;

use provider_connections::config::Timeouts;

/// Waits for nothing but for what a test shortens.
fn patient() -> Timeouts {
    let hour = Duration::from_hours(1);
    let tick = Duration::from_millis(10);
    Timeouts { head: hour, body: hour, idle: hour, write: hour, tick }
}

/// Long enough for what a test does until then to be over.
const SOON: Duration = Duration::from_millis(500);
