//! The providers' own endpoints, called with the operator's client credentials: a failed refresh
//! gives its reason, and a grant can be revoked.
//!
//! The `oauth2` crate does the same for providers that follow RFC 6749, but rejects the responses
//! of those that do not: JSON that is sent as `text/html`, GitHub's errors with status 200, forms,
//! and `expires_in` as a string. So requests are written here exactly by the RFC, and responses are
//! read leniently.

mod apple;
mod client;
mod codes;
mod dialect;
mod microsoft;
mod refresh;
mod refusal;
mod request;
mod revoke;
mod revoked;
mod rollover;
mod said;

#[cfg(test)]
pub(super) mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

pub use apple::AppleKey;
pub use client::{ClientSecret, ProviderClient, ProviderClients};
use domain::Provider;
use reqwest::{Client as Http, RequestBuilder, redirect};
pub use revoke::Tokens;
use rollover::Client;

use super::{
    ClientAuth, UpstreamError,
    answer::{Answer, TOO_SLOW},
    facts,
};
use crate::{clock::Clock, http_client};

/// Time limit of a whole refresh or revocation, including every secret that is tried. Shorter than
/// a lease, so that its holder knows the outcome while it still holds it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of the providers whose client credentials are configured. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Direct {
    http: Http,
    clients: Arc<HashMap<Provider, Client>>,
    clock: Clock,
    timeout: Duration,
}

impl Direct {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(clients: ProviderClients, clock: Clock) -> Result<Self, reqwest::Error> {
        let http = http_client::builder()
            .connect_timeout(Duration::from_secs(5))
            // A redirect would send tokens and secrets to any target.
            .redirect(redirect::Policy::none())
            .build()?;
        let clients = clients.into_iter().map(|(name, client)| (name, Client::new(client)));
        Ok(Self { http, clients: Arc::new(clients.collect()), clock, timeout: TIMEOUT })
    }

    /// Whether [`Direct::refresh`] can refresh: there are client credentials, and the provider has
    /// refresh tokens.
    pub fn handles(&self, provider: Provider) -> bool {
        facts(provider).refreshable && self.clients.contains_key(&provider)
    }

    /// Whether [`Direct::revoke`] can revoke: there are client credentials, and an endpoint for it.
    pub fn revokes(&self, provider: Provider) -> bool {
        self.clients.get(&provider).is_some_and(|client| client.revocation_url.is_some())
    }

    /// Whether the provider has a known revocation endpoint, with or without credentials to call
    /// it.
    pub fn has_revocation(provider: Provider) -> bool {
        facts(provider).revocation.is_some()
    }

    async fn send(
        &self,
        call: &'static str,
        request: RequestBuilder,
    ) -> Result<Answer, UpstreamError> {
        // Ends a little before the time limit: what was read by then may contain the tokens.
        let request = request.timeout(self.timeout * 9 / 10);
        Ok(Answer::to(request, call, self.clock.now()).await?)
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<T, UpstreamError> {
        let ended = tokio::time::timeout(self.timeout, work).await;
        ended.unwrap_or(Err(UpstreamError::unavailable(TOO_SLOW)))
    }
}
