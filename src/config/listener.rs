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
}

/// The settings of the listener, checked.
#[derive(Clone, Debug, Default)]
pub struct ListenerConfig {
    pub trusted_proxies: TrustedProxies,
}

impl ListenerArgs {
    pub(super) fn check_into(self, mistakes: &mut Mistakes) -> Option<ListenerConfig> {
        let trusted_proxies = self.trusted_proxies.parse().map_err(|wrong: Vec<_>| {
            for (entry, why) in wrong {
                mistakes.add(format!("TRUSTED_PROXIES has {entry:?}: {why}"));
            }
        });
        Some(ListenerConfig { trusted_proxies: trusted_proxies.ok()? })
    }
}
