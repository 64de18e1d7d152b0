//! The signals that providers send to the app on their own, in the words and with the signatures of
//! the real ones.

mod messages;

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

pub(crate) use messages::RISC_ISSUER;

use crate::{Signing, SigningError, jwt::Keys};

/// Secrets and ids that the simulated providers share with the app.
#[derive(Clone, Copy, Debug)]
pub struct SignalSecrets;

impl SignalSecrets {
    /// `PROVIDER_GITHUB_WEBHOOK_SECRET`
    pub const GITHUB: &str = "simulator-webhook-secret";
    /// `PROVIDER_FACEBOOK_APP_SECRET`
    pub const FACEBOOK: &str = "simulator-app-secret";
    /// `PROVIDER_TWITCH_EVENTSUB_SECRET`
    pub const TWITCH: &str = "simulator-eventsub-secret";
    /// `PROVIDER_STRAVA_VERIFY_TOKEN`, with which the callback's address ends
    pub const STRAVA: &str = "simulator-verify-token";
    /// `PROVIDER_GOOGLE_RISC_CLIENT_IDS`
    pub const GOOGLE_CLIENT_ID: &str = "simulator-client";
}

/// A message as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalMessage {
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl SignalMessage {
    fn new(content_type: &str, body: String) -> Self {
        Self { headers: vec![("content-type", content_type.to_owned())], body }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a header of another value.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.with(name, value)
    }

    /// Sends it, and answers the HTTP status.
    ///
    /// # Errors
    /// Nobody answers there.
    pub async fn send(&self, url: &str) -> Result<u16, reqwest::Error> {
        self.send_by(&reqwest::Client::new(), url).await
    }

    /// The same by a client that keeps its connections.
    ///
    /// # Errors
    /// Nobody answers there.
    pub async fn send_by(&self, http: &reqwest::Client, url: &str) -> Result<u16, reqwest::Error> {
        let mut request = http.post(url).body(self.body.clone());
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        Ok(request.send().await?.status().as_u16())
    }
}

/// The keys that the simulated providers sign with.
pub(crate) struct SignalKeys {
    /// Made at the first use: that takes a while. The last one signs.
    google: Mutex<Vec<std::sync::Arc<Keys>>>,
    discord: Ed25519KeyPair,
}

impl SignalKeys {
    pub(crate) fn new() -> Result<Self, SigningError> {
        let discord = Ed25519KeyPair::generate()
            .map_err(|_| SigningError::Key("Ed25519 can't be generated".to_owned()))?;
        Ok(Self { google: Mutex::default(), discord })
    }

    pub(crate) fn google(&self) -> std::sync::Arc<Keys> {
        let mut keys = self.google.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.is_empty() {
            keys.push(generate());
        }
        keys[keys.len() - 1].clone()
    }

    /// From now on another key signs, and the one before is published no longer.
    pub(crate) fn rotate_google(&self) {
        let mut keys = self.google.lock().unwrap_or_else(PoisonError::into_inner);
        keys.push(generate());
    }

    pub(crate) fn discord(&self) -> &Ed25519KeyPair {
        &self.discord
    }

    /// In hexadecimal digits, as Discord shows it.
    pub(crate) fn discord_public(&self) -> String {
        hexadecimal(self.discord.public_key().as_ref())
    }
}

fn generate() -> std::sync::Arc<Keys> {
    std::sync::Arc::new(Keys::new(&Signing::rs256()).expect("an RSA key can be generated"))
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
