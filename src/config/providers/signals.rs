//! Settings of the providers' signals: what is set is listened to. See `docs/signals.md`.

use std::{collections::BTreeMap, path::PathBuf};

use domain::Provider;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Mistakes, PREFIX};
use crate::signals::{Ed25519Key, GoogleSettings, SignalSettings, SigningSecrets, StravaSettings};

/// Which settings there are, by provider.
pub(super) const SETTINGS: &[(Provider, &str)] = &[
    (Provider::Discord, "PUBLIC_KEY"),
    (Provider::Facebook, "APP_SECRET"),
    (Provider::Facebook, "APP_SECRET_FILE"),
    (Provider::Github, "WEBHOOK_SECRET"),
    (Provider::Github, "WEBHOOK_SECRET_FILE"),
    (Provider::Google, "RISC_CLIENT_IDS"),
    (Provider::Google, "RISC_CONFIGURATION_URL"),
    (Provider::Strava, "SUBSCRIPTION_ID"),
    (Provider::Strava, "VERIFY_TOKEN"),
    (Provider::Strava, "VERIFY_TOKEN_FILE"),
    (Provider::Twitch, "EVENTSUB_SECRET"),
    (Provider::Twitch, "EVENTSUB_SECRET_FILE"),
];

/// Reads the settings of signals, and leaves the other variables.
pub(in crate::config) fn signals(
    mistakes: &mut Mistakes,
    variables: Vec<(String, String)>,
) -> (Vec<(String, String)>, SignalSettings) {
    let names: Vec<_> =
        SETTINGS.iter().map(|(provider, setting)| name(*provider, setting)).collect();
    let (own, others): (BTreeMap<_, _>, Vec<_>) = {
        let (own, others): (Vec<_>, Vec<_>) =
            variables.into_iter().partition(|(name, _)| names.contains(name));
        (own.into_iter().collect(), others)
    };
    let mut of = Given { mistakes, values: own };
    let settings = SignalSettings {
        google: of.google(),
        github: of.secrets(Provider::Github, "WEBHOOK_SECRET"),
        facebook: of.secrets(Provider::Facebook, "APP_SECRET"),
        discord: of.discord(),
        twitch: of.twitch(),
        strava: of.strava(),
    };
    (others, settings)
}

fn name(provider: Provider, setting: &str) -> String {
    format!("{PREFIX}{}_{setting}", provider.as_str().to_uppercase())
}

struct Given<'a> {
    mistakes: &'a mut Mistakes,
    values: BTreeMap<String, String>,
}

impl Given<'_> {
    /// Empty ones count as not set.
    fn value(&self, provider: Provider, setting: &str) -> Option<String> {
        let value = self.values.get(&name(provider, setting))?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn secret(&mut self, provider: Provider, setting: &str) -> Option<SecretString> {
        let value = self.value(provider, setting);
        let file = self.value(provider, &format!("{setting}_FILE")).map(PathBuf::from);
        self.mistakes.secret(&name(provider, setting), value, file)
    }

    fn secrets(&mut self, provider: Provider, setting: &str) -> Option<SigningSecrets> {
        let list = self.secret(provider, setting)?;
        let secrets = SigningSecrets::parse(&list);
        if secrets.is_none() {
            self.mistakes.add(format!(
                "{} has only commas: write a value, or unset it",
                name(provider, setting)
            ));
        }
        secrets
    }

    fn google(&mut self) -> Option<GoogleSettings> {
        let url = self.value(Provider::Google, "RISC_CONFIGURATION_URL");
        let (ids, at) = (
            name(Provider::Google, "RISC_CLIENT_IDS"),
            name(Provider::Google, "RISC_CONFIGURATION_URL"),
        );
        let Some(list) = self.value(Provider::Google, "RISC_CLIENT_IDS") else {
            if url.is_some() {
                self.mistakes.add(format!("{ids} is missing: set it, or unset {at}"));
            }
            return None;
        };
        let client_ids = list.split(',').map(str::trim).filter(|id| !id.is_empty());
        let client_ids: Vec<_> = client_ids.map(str::to_owned).collect();
        if client_ids.is_empty() {
            self.mistakes.add(format!("{ids} has only commas: write a value, or unset it"));
            return None;
        }
        let configuration_url = match url {
            Some(url) => self.mistakes.http_url(&at, &url)?,
            None => Url::parse(GoogleSettings::CONFIGURATION_URL).ok()?,
        };
        Some(GoogleSettings { client_ids, configuration_url })
    }

    fn discord(&mut self) -> Option<Ed25519Key> {
        let text = self.value(Provider::Discord, "PUBLIC_KEY")?;
        let key = Ed25519Key::parse(&text);
        if key.is_none() {
            self.mistakes.add(format!(
                "{} is not a public key: copy the 64 hexadecimal digits from General Information in \
                 Discord's developer portal",
                name(Provider::Discord, "PUBLIC_KEY")
            ));
        }
        key
    }

    /// Twitch, "Create EventSub subscription": 10 to 100 characters of ASCII.
    fn twitch(&mut self) -> Option<SigningSecrets> {
        self.secrets(Provider::Twitch, "EVENTSUB_SECRET")
    }

    fn strava(&mut self) -> Option<StravaSettings> {
        let id = self.value(Provider::Strava, "SUBSCRIPTION_ID");
        let (id_name, token_name) =
            (name(Provider::Strava, "SUBSCRIPTION_ID"), name(Provider::Strava, "VERIFY_TOKEN"));
        let subscription_id = id.as_ref().and_then(|id| {
            self.mistakes.parse::<u64>(&id_name, id, "write the subscription's number from Strava")
        });
        let verify_token = self.secret(Provider::Strava, "VERIFY_TOKEN");
        if verify_token.as_ref().is_some_and(|token| !is_fit_for_address(token)) {
            self.mistakes.add(format!(
                "{token_name} is not 16 or more letters, digits, - and _, which the callback URL \
                 ends with: write the output of `openssl rand -hex 32`"
            ));
        }
        if verify_token.is_none() && id.is_some() {
            self.mistakes.add(format!("{token_name} is missing: set it, or unset {id_name}"));
        }
        Some(StravaSettings { verify_token: verify_token?, subscription_id })
    }
}

/// Whether it is written the same in an address, and can't be guessed.
fn is_fit_for_address(token: &SecretString) -> bool {
    let token = token.expose_secret();
    let is_plain = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_');
    token.len() >= 16 && token.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(token: &str) -> Option<String> {
        let mut mistakes = Mistakes::default();
        let variable = ("PROVIDER_STRAVA_VERIFY_TOKEN".to_owned(), token.to_owned());
        let (others, settings) = signals(&mut mistakes, vec![variable]);
        assert!(others.is_empty());
        mistakes.unless_any(settings.strava).err().map(|error| error.to_string())
    }

    #[test]
    fn stravas_verify_token_can_end_an_address_and_cannot_be_guessed() {
        assert_eq!(mistakes("a-Verify_token-01"), None);
        for unfit in ["planted", "planted/planted/planted", "plantedé-planted-é"] {
            let said = mistakes(unfit).unwrap();
            assert!(said.contains("PROVIDER_STRAVA_VERIFY_TOKEN is not 16"), "{said}");
            assert!(!said.contains("planted"), "{said}");
        }
    }
}
