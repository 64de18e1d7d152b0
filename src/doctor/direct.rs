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
        return Finding::ok(
            CHECK,
            "no provider has client credentials: all tokens are refreshed through Nhost Auth",
        );
    }
    Finding::ok(CHECK, format!("{} have client credentials", names.join(", "))).and_advice(
        "they were not tested, because that would use up a token: the log reports wrong ones at \
         the first refresh",
    )
}
