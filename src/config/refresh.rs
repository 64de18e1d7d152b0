use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;
use secrecy::SecretString;

use super::mistakes::Mistakes;
use crate::connections::{Pacing, Remembered};

/// How tokens are refreshed, also while nobody reads them.
#[derive(Args, Clone, Default)]
pub struct RefreshArgs {
    /// Personal access token of a service account, for refreshing while users are away
    #[arg(
        long = "nhost-service-pat",
        env = "NHOST_SERVICE_PAT",
        value_name = "UUID",
        hide_env_values = true
    )]
    service_pat: Option<String>,
    /// A file with it
    #[arg(long = "nhost-service-pat-file", env = "NHOST_SERVICE_PAT_FILE", value_name = "FILE")]
    service_pat_file: Option<PathBuf>,

    /// Folder for tokens that the database can't take at the moment; made if it is missing. It has
    /// to outlive the process
    #[arg(
        long,
        env = "SPOOL_DIR",
        value_name = "FOLDER",
        default_value = "provider-connections-spool"
    )]
    spool_dir: PathBuf,

    /// How long before they expire access tokens are refreshed
    #[arg(long, env = "REFRESH_AHEAD", value_name = "DURATION", default_value = "5m")]
    refresh_ahead: String,

    /// How long after their last use connections are no longer refreshed ahead
    #[arg(long, env = "REFRESH_IDLE_AFTER", value_name = "DURATION", default_value = "30d")]
    refresh_idle_after: String,

    /// Refreshes ahead that this server has under way at once; 0: only when somebody reads
    #[arg(long, env = "REFRESH_CONCURRENCY", value_name = "NUMBER", default_value = "16")]
    refresh_concurrency: String,

    /// Refreshes a second at one upstream, of all replicas together
    #[arg(long, env = "UPSTREAM_RATE", value_name = "NUMBER", default_value = "50")]
    upstream_rate: String,

    /// Refreshes a minute through Nhost Auth, of all replicas together; below what it allows an address
    /// (AUTH_RATE_LIMIT_GLOBAL_BURST, 100). 0: UPSTREAM_RATE alone
    #[arg(long, env = "NHOST_AUTH_RATE", value_name = "NUMBER", default_value = "80")]
    nhost_auth_rate: String,

    /// Calls that a user may cause in a minute by connectProvider, as many by refreshProviderToken, and
    /// as many by grantProviderAccess, once those that may be made at once are used up; 0: no limit
    #[arg(long, env = "USER_RATE", value_name = "NUMBER", default_value = "10")]
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
