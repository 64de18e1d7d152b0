use domain::Provider;

use super::Finding;
use crate::config::Readable;

/// Which providers are refreshed at the provider itself.
pub fn check(settings: &Readable) -> Finding {
    const CHECK: &str = "direct refresh";
    let names: Vec<_> = Provider::ALL
        .iter()
        .filter(|provider| settings.providers.get(**provider).is_some())
        .map(|provider| provider.as_str())
        .collect();
    if names.is_empty() {
        return Finding::ok(CHECK, "no provider has client credentials here: all go by Nhost Auth");
    }
    Finding::ok(CHECK, format!("{} have client credentials here", names.join(", "))).and_advice(
        "they were not tried at the providers, which would use a token up: the log tells of a \
         wrong one at the first refresh",
    )
}
