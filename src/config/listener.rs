use std::time::Duration;

use clap::Args;

use super::mistakes::Mistakes;
use crate::client_address::TrustedProxies;

/// How the server listens.
#[derive(Args, Clone, Default)]
pub struct ListenerArgs {
    /// Proxies in front of this server, separated by commas: addresses or networks such as
    /// 10.0.0.0/8. Their X-Forwarded-For says who a client is; nobody else's does
    #[arg(long, env = "TRUSTED_PROXIES", value_name = "NETWORK,…", default_value = "")]
    trusted_proxies: String,

    /// Clients that may be connected at once. Left out: SUBSCRIPTION_LIMIT and 2048 more, as far as
    /// the limit of open files allows
    #[arg(long, env = "CONNECTION_LIMIT", value_name = "NUMBER")]
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
                        "CONNECTION_LIMIT is not a number from 8 on: leave it out, or write one",
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
