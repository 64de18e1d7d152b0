//! What `docs/settings.md` says about `PROVIDER_<ID>_…`.

use domain::Provider;

use super::names::settings_of;
use crate::config::reference::ProviderSetting;

/// Every setting: its name, what it takes and what it does. Files of secrets are left out.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "CLIENT_ID",
        "ID",
        "Client ID of your app at the provider. With the client's secret or key it turns on direct \
         refresh: this server then refreshes and revokes at the provider itself, and not through Nhost \
         Auth",
    ),
    (
        "CLIENT_SECRET",
        "SECRET,…",
        "Client secret of your app. While you change it, the new one and the old one separated by a comma",
    ),
    ("TEAM_ID", "ID", "ID of your Apple developer team"),
    ("KEY_ID", "ID", "ID of the private key"),
    ("PRIVATE_KEY", "PEM", "Private key for Sign in with Apple: the content of the .p8 file"),
    ("TENANT", "ID|DOMAIN", "Directory (tenant) whose users sign in. By default `common`: any"),
    ("TOKEN_URL", "URL", "Token endpoint, if it is not the provider's public one"),
    ("REVOCATION_URL", "URL", "Revocation endpoint, if it is not the provider's public one"),
    (
        "USERINFO_URL",
        "URL",
        "Endpoint that reports whose an access token is, if it is not the provider's public one",
    ),
    (
        "TOKENINFO_URL",
        "URL",
        "Endpoint that reports the scopes of an access token, if it is not the provider's public one",
    ),
    (
        "SCOPES",
        "SCOPE …",
        "Scopes that Nhost Auth requests from the provider, separated by spaces. By default \
         Nhost Auth's own defaults",
    ),
    (
        "REQUIRED_SCOPES",
        "SCOPE …",
        "Scopes without which no access token is returned, separated by spaces. By default none",
    ),
    (
        "RISC_CLIENT_IDS",
        "ID,…",
        "Client IDs of your Google apps, separated by commas. Turns on /signals/google, where Google \
         reports that a grant has ended",
    ),
    (
        "RISC_CONFIGURATION_URL",
        "URL",
        "Configuration of Google's signals, if it is not Google's public one",
    ),
    (
        "WEBHOOK_SECRET",
        "SECRET,…",
        "Webhook secret of your GitHub app. Turns on /signals/github. While you change it, both \
         separated by a comma",
    ),
    (
        "APP_SECRET",
        "SECRET,…",
        "App secret of your Facebook app. Turns on /signals/facebook. While you change it, both \
         separated by a comma",
    ),
    ("PUBLIC_KEY", "HEX", "Public key of your Discord app. Turns on /signals/discord"),
    (
        "EVENTSUB_SECRET",
        "SECRET,…",
        "Secret of your Twitch EventSub subscription. Turns on /signals/twitch. While you change it, \
         both separated by a comma",
    ),
    (
        "VERIFY_TOKEN",
        "TOKEN",
        "Last part of the callback URL for Strava, 16 or more letters, digits, - and _. Turns on \
         /signals/strava",
    ),
    ("SUBSCRIPTION_ID", "NUMBER", "ID of your Strava webhook subscription"),
];

/// Every setting, and which providers have it.
pub fn reference() -> Vec<ProviderSetting> {
    let all: Vec<_> =
        Provider::ALL.iter().map(|provider| (provider.as_str(), settings_of(*provider))).collect();
    let of = |&(name, value, text): &(&'static str, &'static str, &'static str)| {
        let file = format!("{name}_FILE");
        let (having, lacking): (Vec<_>, Vec<_>) =
            all.iter().partition(|(_, settings)| settings.contains(&name));
        let ids =
            |providers: Vec<&(&'static str, _)>| providers.iter().map(|(id, _)| *id).collect();
        ProviderSetting {
            name,
            value,
            text,
            having: ids(having),
            lacking: ids(lacking),
            is_secret: all.iter().any(|(_, settings)| settings.iter().any(|of| **of == file)),
        }
    };
    TEXTS.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_provider_has_a_text_and_every_text_a_provider() {
        for provider in Provider::ALL {
            for setting in settings_of(*provider) {
                let name = setting.strip_suffix("_FILE").unwrap_or(setting);
                assert!(TEXTS.iter().any(|(of, ..)| *of == name), "{provider}: {name}");
            }
        }
        for setting in reference() {
            assert!(!setting.having.is_empty(), "{}", setting.name);
        }
    }
}
