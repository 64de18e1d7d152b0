use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;
use secrecy::SecretString;

use super::{groups, mistakes::Mistakes};
use crate::connections::{Pacing, Remembered};

/// How tokens are refreshed, even while no one reads them.
#[derive(Args, Clone, Default)]
pub struct RefreshArgs {
    /// Personal access token of a service account at Nhost Auth, to refresh tokens while users are
    /// away. Not needed if the JWT secret can sign JWTs
    #[arg(
        long = "nhost-service-pat",
        env = "NHOST_SERVICE_PAT",
        value_name = "UUID",
        hide_env_values = true,
        help_heading = groups::NHOST,
    )]
    service_pat: Option<String>,
    /// File that holds NHOST_SERVICE_PAT
    #[arg(
        long = "nhost-service-pat-file",
        env = "NHOST_SERVICE_PAT_FILE",
        value_name = "FILE",
        help_heading = groups::NHOST,
    )]
    service_pat_file: Option<PathBuf>,

    /// Folder of the spool, which keeps new tokens that the database could not store yet. It is
    /// created if it is missing, and has to survive a restart
    #[arg(
        long,
        env = "SPOOL_DIR",
        value_name = "FOLDER",
        default_value = "provider-connections-spool",
        help_heading = groups::DATABASE,
    )]
    spool_dir: PathBuf,

    /// How long before an access token expires it is refreshed
    #[arg(
        long,
        env = "REFRESH_AHEAD",
        value_name = "DURATION",
        default_value = "5m",
        help_heading = groups::REFRESHING,
    )]
    refresh_ahead: String,

    /// Stop refreshing a connection in the background when no one has used it for this long. The
    /// next read refreshes it
    #[arg(
        long,
        env = "REFRESH_IDLE_AFTER",
        value_name = "DURATION",
        default_value = "30d",
        help_heading = groups::REFRESHING,
    )]
    refresh_idle_after: String,

    /// Maximum number of background refreshes that this server runs at the same time. 0 turns them
    /// off: tokens are then refreshed only when someone reads them
    #[arg(
        long,
        env = "REFRESH_CONCURRENCY",
        value_name = "NUMBER",
        default_value = "16",
        help_heading = groups::REFRESHING,
    )]
    refresh_concurrency: String,

    /// Maximum number of refreshes a second at one upstream (Nhost Auth or a provider), for all
    /// replicas together
    #[arg(
        long,
        env = "UPSTREAM_RATE",
        value_name = "REFRESHES/SECOND",
        default_value = "50",
        help_heading = groups::LIMITS,
    )]
    upstream_rate: String,

    /// Maximum number of refreshes a minute through Nhost Auth, for all replicas together. Keep it
    /// below Nhost Auth's AUTH_RATE_LIMIT_GLOBAL_BURST, which is 100 by default. With 0 only
    /// UPSTREAM_RATE applies
    #[arg(
        long,
        env = "NHOST_AUTH_RATE",
        value_name = "REFRESHES/MINUTE",
        default_value = "80",
        help_heading = groups::LIMITS,
    )]
    nhost_auth_rate: String,

    /// Calls a minute that each user may cause with connectProvider, with refreshProviderToken and
    /// with grantProviderAccess, after a burst of 32, 20 and 32 calls. Each mutation counts
    /// separately. 0 turns the limit off
    #[arg(
        long,
        env = "USER_RATE",
        value_name = "CALLS/MINUTE",
        default_value = "10",
        help_heading = groups::LIMITS,
    )]
    user_rate: String,
}

/// The settings of refreshing, checked.
#[derive(Clone, Debug)]
pub struct RefreshConfig {
    pub service_pat: Option<SecretString>,
    pub spool_dir: PathBuf,
    pub pacing: Pacing,
    /// Calls a minute that a user may cause; 0: no limit.
    pub user_rate: u32,
    /// Of Nhost Auth's answers; no setting.
    pub remembered: Remembered,
}

impl RefreshArgs {
    pub(super) fn check_into(self, mistakes: &mut Mistakes) -> Option<RefreshConfig> {
        const NUMBER: &str = "write a number";
        let service_pat =
            mistakes.secret("NHOST_SERVICE_PAT", self.service_pat, self.service_pat_file);
        let ahead = mistakes.duration(
            "REFRESH_AHEAD",
            &self.refresh_ahead,
            TimeDelta::seconds(10)..=TimeDelta::days(1),
        );
        let idle_after = mistakes.duration(
            "REFRESH_IDLE_AFTER",
            &self.refresh_idle_after,
            TimeDelta::hours(1)..=TimeDelta::days(3650),
        );
        let concurrency = mistakes.parse("REFRESH_CONCURRENCY", &self.refresh_concurrency, NUMBER);
        let per_second =
            mistakes.parse::<u32>("UPSTREAM_RATE", &self.upstream_rate, NUMBER).filter(|rate| {
                let fits = (1..=100_000).contains(rate);
                if !fits {
                    mistakes.add("UPSTREAM_RATE is out of range: write a number from 1 to 100000");
                }
                fits
            });
        let nhost_auth_per_minute = mistakes
            .parse::<u32>("NHOST_AUTH_RATE", &self.nhost_auth_rate, NUMBER)
            .filter(|rate| {
                let fits = *rate == 0 || (10..=1_000_000).contains(rate);
                if !fits {
                    mistakes.add(
                        "NHOST_AUTH_RATE is out of range: write a number a minute from 10 to \
                         1000000, or 0",
                    );
                }
                fits
            });
        let user_rate =
            mistakes.parse("USER_RATE", &self.user_rate, "write a number of calls a minute");
        Some(RefreshConfig {
            service_pat,
            spool_dir: self.spool_dir,
            pacing: Pacing {
                refresh_ahead: ahead?,
                idle_after: idle_after?,
                per_second: per_second?,
                nhost_auth_per_minute: nhost_auth_per_minute?,
                concurrency: concurrency?,
            },
            user_rate: user_rate?,
            remembered: Remembered::default(),
        })
    }
}
