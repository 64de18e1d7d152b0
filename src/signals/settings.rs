use secrecy::SecretString;
use url::Url;

use super::{Ed25519Key, SigningSecrets};

/// Which providers are listened to, and what proves that it is they. `None`: it is not listened to.
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
    /// The client ids of the app: whom a token may be for.
    pub client_ids: Vec<String>,
    /// Where Google says who it is and where its keys are.
    pub configuration_url: Url,
}

impl GoogleSettings {
    pub const CONFIGURATION_URL: &str =
        "https://accounts.google.com/.well-known/risc-configuration";
}

#[derive(Clone, Debug)]
pub struct StravaSettings {
    /// The end of the callback's address, which Strava also repeats while a subscription is made.
    pub verify_token: SecretString,
    /// The only subscription that is listened to; `None`: any.
    pub subscription_id: Option<u64>,
}
