use secrecy::SecretString;
use url::Url;

use super::{Ed25519Key, SigningSecrets};

/// The providers whose signals are received, and how they are verified. `None`: their signals are
/// not received.
#[derive(Clone, Debug, Default)]
pub struct SignalSettings {
    pub google: Option<GoogleSettings>,
    pub github: Option<SigningSecrets>,
    pub facebook: Option<SigningSecrets>,
    pub discord: Option<Ed25519Key>,
    pub twitch: Option<SigningSecrets>,
    pub strava: Option<StravaSettings>,
}

#[derive(Clone, Debug)]
pub struct GoogleSettings {
    /// The client ids of the app: the allowed audiences of a token.
    pub client_ids: Vec<String>,
    /// Where Google publishes its issuer and its keys.
    pub configuration_url: Url,
}

impl GoogleSettings {
    pub const CONFIGURATION_URL: &str =
        "https://accounts.google.com/.well-known/risc-configuration";
}

#[derive(Clone, Debug)]
pub struct StravaSettings {
    /// The end of the callback URL, which Strava also repeats when a subscription is created.
    pub verify_token: SecretString,
    /// The only accepted subscription; `None`: any.
    pub subscription_id: Option<u64>,
}
