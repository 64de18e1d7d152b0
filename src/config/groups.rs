//! The groups of settings in `--help` and in `docs/settings.md`, in the order of [`ALL`].
//!
//! Each argument names its own: a heading that clap passes on to the next argument would also cover
//! the flags that a command has besides the settings.

pub const SERVER: &str = "Server";
pub const DATABASE: &str = "Database";
pub const NHOST: &str = "Nhost";
pub const KEYS: &str = "Keys";
pub const ACCESS: &str = "Access";
pub const PROVIDERS: &str = "Providers";
pub const REFRESHING: &str = "Refreshing";
pub const LIMITS: &str = "Limits";
pub const WEBHOOKS: &str = "Webhooks";
pub const TELEMETRY: &str = "Telemetry";

/// All of them. `serve` declares its arguments in this order, as clap prints groups in the order in
/// which it meets them.
pub const ALL: [&str; 10] =
    [SERVER, DATABASE, NHOST, KEYS, ACCESS, PROVIDERS, REFRESHING, LIMITS, WEBHOOKS, TELEMETRY];
