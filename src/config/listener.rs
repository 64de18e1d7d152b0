use std::time::Duration;

use clap::Args;

use super::{groups, mistakes::Mistakes};
use crate::client_address::TrustedProxies;

/// How the server listens.
#[derive(Args, Clone, Default)]
pub struct ListenerArgs {
    /// Proxies in front of this server: addresses or networks such as 10.0.0.0/8, separated by
    /// commas. Only their X-Forwarded-For header is trusted for a client's address. By default
    /// none
    #[arg(
        long,
        env = "TRUSTED_PROXIES",
        value_name = "NETWORK,…",
        default_value = "",
        help_heading = groups::SERVER,
    )]
    trusted_proxies: String,

    /// Maximum number of open client connections, 8 or more. By default SUBSCRIPTION_LIMIT plus
    /// 2048, as far as the limit of open files allows
    #[arg(long, env = "CONNECTION_LIMIT", value_name = "NUMBER", help_heading = groups::LIMITS)]
    connection_limit: Option<String>,
}

/// The settings of the listener, checked.
#[derive(Clone, Debug, Default)]
pub struct ListenerConfig {
    pub trusted_proxies: TrustedProxies,
    pub connection_limit: Option<usize>,
    /// No setting: for tests.
    pub timeouts: Timeouts,
}

/// How long a client may keep the server waiting.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the head of a request, from its first byte or from the connection's beginning.
    pub head: Duration,
    /// For the whole body of a request.
    pub body: Duration,
    /// For the next request on a connection. Longer than proxies keep theirs, so that it is they
    /// who close.
    pub idle: Duration,
    /// Until the client takes more of its answer; see [`Timeouts::answer`] for the whole.
    pub write: Duration,
    /// How often all connections are looked at.
    pub tick: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(20),
            idle: Duration::from_secs(75),
            write: Duration::from_secs(20),
            tick: Duration::from_secs(1),
        }
    }
}

impl Timeouts {
    /// Bytes a second at which an answer has to be taken at least.
    const PACE: u64 = 4 * 1024;

    /// How long a client may take over an answer of so many bytes.
    pub fn answer(&self, bytes: u64) -> Duration {
        self.write + Duration::from_secs(bytes / Self::PACE)
    }
}

impl ListenerArgs {
    pub(super) fn check_into(self, mistakes: &mut Mistakes) -> Option<ListenerConfig> {
        let trusted_proxies = self.trusted_proxies.parse().map_err(|wrong: Vec<_>| {
            for (entry, why) in wrong {
                mistakes.add(format!("TRUSTED_PROXIES has {entry:?}: {why}"));
            }
        });
        let connection_limit =
            self.connection_limit.filter(|limit| !limit.trim().is_empty()).map(|limit| {
                let limit = limit.trim().parse().ok().filter(|limit: &usize| *limit >= 8);
                if limit.is_none() {
                    mistakes.add(
                        "CONNECTION_LIMIT is not a number of 8 or more: write one, or unset it",
                    );
                }
                limit
            });
        Some(ListenerConfig {
            trusted_proxies: trusted_proxies.ok()?,
            connection_limit: match connection_limit {
                Some(checked) => Some(checked?),
                None => None,
            },
            timeouts: Timeouts::default(),
        })
    }
}
