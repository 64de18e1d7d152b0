use chrono::TimeDelta;
use clap::Args;

use super::{groups, mistakes::Mistakes};

/// How users are notified of connections that end.
#[derive(Args, Clone, Default)]
pub struct EndArgs {
    /// How long before the expected end of a connection the event EXPIRES_SOON is written. 0 turns
    /// it off. See docs/providers.md
    #[arg(
        long,
        env = "EXPIRES_SOON_BEFORE",
        value_name = "DURATION",
        default_value = "3d",
        help_heading = groups::REFRESHING,
    )]
    expires_soon_before: String,
}

impl EndArgs {
    /// How long before the end; zero: not at all.
    pub(super) fn check_into(self, mistakes: &mut Mistakes) -> Option<TimeDelta> {
        mistakes.duration(
            "EXPIRES_SOON_BEFORE",
            &self.expires_soon_before,
            TimeDelta::zero()..=TimeDelta::days(90),
        )
    }
}
