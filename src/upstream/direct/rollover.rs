//! Several secrets of one client: which one is tried, and which one is remembered.

use std::{
    fmt,
    ops::Deref,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, Utc};
use domain::Provider;
use futures_util::future::BoxFuture;
use secrecy::SecretString;

use super::{ClientSecret, Direct, ProviderClient, UpstreamError, apple::Signed};

/// A client, and what is known about its secrets.
pub(super) struct Client {
    settings: ProviderClient,
    /// The secret that worked last.
    good: AtomicUsize,
    signed: Mutex<Option<Signed>>,
}

impl Client {
    pub fn new(settings: ProviderClient) -> Self {
        Self { settings, good: AtomicUsize::new(0), signed: Mutex::new(None) }
    }

    /// How many secrets there are to try.
    fn secrets(&self) -> usize {
        match &self.secret {
            ClientSecret::Shared(secrets) => secrets.len(),
            ClientSecret::Apple(_) => 1,
        }
    }

    fn secret(&self, at: usize, now: DateTime<Utc>) -> Option<SecretString> {
        match &self.secret {
            ClientSecret::Shared(secrets) => secrets.get(at).cloned(),
            ClientSecret::Apple(key) => {
                // A panic in here leaves nothing half done.
                let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
                if !signed.as_ref().is_some_and(|signed| signed.is_good(now)) {
                    *signed = key.sign(&self.client_id, now);
                }
                signed.as_ref().map(|signed| signed.secret.clone())
            }
        }
    }
}

impl Direct {
    /// Makes a call with one secret after the other while the provider rejects them. Providers
    /// check the client before the token (RFC 6749 §6), so no token is used up.
    pub(super) async fn with_each_secret<'a, T>(
        &self,
        provider: Provider,
        client: &Client,
        // Boxed, because the compiler can't tell that the futures of an `AsyncFn` are `Send`.
        call: impl Fn(SecretString) -> BoxFuture<'a, Result<T, UpstreamError>>,
    ) -> Result<T, UpstreamError> {
        let count = client.secrets();
        let first = client.good.load(Ordering::Relaxed);
        let mut refused = UpstreamError::unavailable("there is no client secret to call it with");
        for step in 0..count {
            let at = (first + step) % count;
            let Some(secret) = client.secret(at, self.clock.now()) else { continue };
            match call(secret).await {
                Err(error @ UpstreamError::ClientRefused(_)) => refused = error,
                outcome => {
                    // Other errors say nothing about the secret.
                    if step > 0 && matches!(outcome, Ok(_) | Err(UpstreamError::Ended(_))) {
                        client.good.store(at, Ordering::Relaxed);
                        tracing::warn!(
                            %provider,
                            "secret {} of {} was rejected, number {} works: remove the expired \
                             ones",
                            first + 1,
                            variable(provider),
                            at + 1,
                        );
                    }
                    return outcome;
                }
            }
        }
        if let UpstreamError::ClientRefused(evidence) = &refused {
            tracing::error!(
                %provider,
                status = evidence.status,
                class = refused.class(),
                %evidence,
                "the provider rejects this server's client credentials, so nothing is refreshed or \
                 revoked there: check {}, and that PROVIDER_{}_CLIENT_ID is the client that Nhost \
                 Auth signs in with",
                variable(provider),
                provider.as_str().to_uppercase(),
            );
        }
        Err(refused)
    }
}

/// The setting to check.
fn variable(provider: Provider) -> String {
    match provider {
        Provider::Apple => {
            "PROVIDER_APPLE_TEAM_ID, PROVIDER_APPLE_KEY_ID and PROVIDER_APPLE_PRIVATE_KEY"
                .to_owned()
        }
        _ => format!("PROVIDER_{}_CLIENT_SECRET", provider.as_str().to_uppercase()),
    }
}

impl Deref for Client {
    type Target = ProviderClient;

    fn deref(&self) -> &ProviderClient {
        &self.settings
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
