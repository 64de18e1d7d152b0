use clap::Args;
use url::Host;

use super::{groups, mistakes::Mistakes};

/// By which names browsers reach this server's pages.
#[derive(Args, Clone, Default)]
pub struct HostsArgs {
    /// Host names that this server's pages (GraphiQL, the demo) answer to besides localhost and IP
    /// addresses, separated by commas. By default none if LISTEN is a loopback address, and any
    /// name otherwise
    #[arg(
        long,
        env = "ALLOWED_HOSTS",
        value_name = "NAME,…",
        default_value = "",
        help_heading = groups::ACCESS,
    )]
    allowed_hosts: String,
}

impl HostsArgs {
    pub(super) fn check_into(&self, mistakes: &mut Mistakes) -> Vec<String> {
        let names = self.allowed_hosts.split(',').map(str::trim).filter(|name| !name.is_empty());
        let names = names.filter_map(|name| {
            if let Ok(Host::Domain(domain)) = Host::parse(name) {
                return Some(domain);
            }
            mistakes.add(format!(
                "ALLOWED_HOSTS has {name:?}: write a host name without scheme and port, such as \
                 connections.example.com"
            ));
            None
        });
        names.collect()
    }

    /// The names, for a command without other settings.
    ///
    /// # Errors
    /// Lists what isn't a name.
    pub fn check(&self) -> Result<Vec<String>, super::ConfigError> {
        let mut mistakes = Mistakes::default();
        let names = self.check_into(&mut mistakes);
        mistakes.unless_any(Some(names))
    }
}
