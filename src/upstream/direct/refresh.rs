use chrono::{DateTime, Utc};
use domain::Provider;
use futures_util::FutureExt;
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};

use super::{Client, Direct, UpstreamError, facts, refusal::refusal};
use crate::upstream::{ProviderSession, direct::request::authenticated};

impl Direct {
    /// Refreshes at the provider (RFC 6749 §6). A session without a refresh token leaves the old
    /// one in force. `now` is used to compute the expiry.
    pub async fn refresh(
        &self,
        provider: Provider,
        refresh_token: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<ProviderSession, UpstreamError> {
        let client = self.clients.get(&provider).filter(|_| facts(provider).refreshable);
        let Some(client) = client else {
            return Err(UpstreamError::unavailable("this server has no client credentials for it"));
        };
        self.in_time(self.renew(provider, client, refresh_token, now)).await
    }

    pub(super) async fn renew(
        &self,
        provider: Provider,
        client: &Client,
        refresh_token: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<ProviderSession, UpstreamError> {
        let url = &client.token_url;
        self.with_each_secret(provider, client, |secret| {
            async move {
                let request = self.refresh_request(provider, client, &secret, refresh_token);
                let answer = self.send("direct_refresh", request).await?;
                let session = ProviderSession::of_provider(&answer.fields, now);
                session
                    .filter(|_| answer.status.is_success())
                    .inspect(|_| answer.used())
                    .ok_or_else(|| refusal(provider, url, &answer))
            }
            .boxed()
        })
        .await
    }

    fn refresh_request(
        &self,
        provider: Provider,
        client: &Client,
        secret: &SecretString,
        refresh_token: &SecretString,
    ) -> RequestBuilder {
        let form =
            vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        let request = self.http.post(client.token_url.clone());
        authenticated(request, form, facts(provider).client_auth, client, secret)
    }
}
