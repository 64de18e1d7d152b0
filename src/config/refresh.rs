use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;
use secrecy::SecretString;

use super::mistakes::Mistakes;
use crate::connections::Pacing;

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
}

/// The settings of refreshing, checked.
#[derive(Clone, Debug)]
pub struct RefreshConfig {
    pub service_pat: Option<SecretString>,
    pub spool_dir: PathBuf,
    pub pacing: Pacing,
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
        Some(RefreshConfig {
            service_pat,
            spool_dir: self.spool_dir,
            pacing: Pacing {
                refresh_ahead: ahead?,
                idle_after: idle_after?,
                per_second: per_second?,
                concurrency: concurrency?,
            },
        })
    }
}
