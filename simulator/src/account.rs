//! An account at a provider, in the provider's own terms.

use crate::Provider;

/// The provider's id of the account, as text: a number where the real one has numbers.
pub(crate) fn account_id(provider: Provider, account: &str) -> String {
    match provider {
        Provider::Discord
        | Provider::Facebook
        | Provider::Github
        | Provider::Gitlab
        | Provider::Strava
        | Provider::Twitch => account_number(account).to_string(),
        _ => format!("{provider}|{account}"),
    }
}

/// The same for the same account: FNV-1a, as far as a JSON number of any reader goes.
pub(crate) fn account_number(account: &str) -> u64 {
    let hash = account.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 12).max(1)
}
