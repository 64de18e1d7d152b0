//! Revokes a grant, in each provider's own form.

use aws_lc_rs::hmac;
use domain::Provider;
use futures_util::FutureExt;
use reqwest::{RequestBuilder, header::ACCEPT};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use super::{
    Client, Direct, UpstreamError, facts,
    request::{authenticated, with_form},
    revoked::{Revoked, outcome},
};
use crate::upstream::RevocationMethod;

/// The tokens of a grant.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    pub access: &'a SecretString,
    pub refresh: Option<&'a SecretString>,
}

/// A token and its kind (`token_type_hint`, RFC 7009 §2.1).
#[derive(Clone, Copy)]
struct Token<'a> {
    kind: &'static str,
    value: &'a SecretString,
}

impl<'a> Token<'a> {
    fn access(value: &'a SecretString) -> Self {
        Self { kind: "access_token", value }
    }
}

impl Direct {
    /// Revokes the grant at the provider. A token that the provider does not know counts as
    /// revoked.
    pub async fn revoke(
        &self,
        provider: Provider,
        tokens: Tokens<'_>,
    ) -> Result<(), UpstreamError> {
        let client = self.clients.get(&provider);
        let (Some(client), Some(revocation)) = (client, facts(provider).revocation) else {
            return Err(UpstreamError::unavailable("this server can't revoke there"));
        };
        self.in_time(async {
            match revocation.method {
                RevocationMethod::TokenOnly
                | RevocationMethod::WithClientId
                | RevocationMethod::WithClient => self.revoke_both(provider, client, tokens).await,
                RevocationMethod::GithubGrant
                | RevocationMethod::FacebookPermissions
                | RevocationMethod::StravaDeauthorize => {
                    self.revoke_by_access_token(provider, client, tokens).await
                }
            }
        })
        .await
    }

    /// Most providers end the whole grant with its refresh token; RFC 7009 §2.1 leaves that open,
    /// so the access token is revoked, too.
    async fn revoke_both(
        &self,
        provider: Provider,
        client: &Client,
        tokens: Tokens<'_>,
    ) -> Result<(), UpstreamError> {
        if let Some(value) = tokens.refresh {
            self.revoke_one(provider, client, Token { kind: "refresh_token", value }).await?;
        }
        self.revoke_one(provider, client, Token::access(tokens.access)).await?;
        Ok(())
    }

    /// An expired access token can't be used to revoke the grant: it is refreshed first.
    async fn revoke_by_access_token(
        &self,
        provider: Provider,
        client: &Client,
        tokens: Tokens<'_>,
    ) -> Result<(), UpstreamError> {
        let revoked = self.revoke_one(provider, client, Token::access(tokens.access)).await?;
        let refresh = tokens.refresh.filter(|_| facts(provider).refreshable);
        if let (Revoked::Unknown, Some(refresh)) = (revoked, refresh) {
            match self.renew(provider, client, refresh, self.clock.now()).await {
                Ok(session) => {
                    let fresh = Token::access(&session.access_token);
                    self.revoke_one(provider, client, fresh).await?;
                }
                Err(UpstreamError::Ended(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn revoke_one(
        &self,
        provider: Provider,
        client: &Client,
        token: Token<'_>,
    ) -> Result<Revoked, UpstreamError> {
        let (Some(url), Some(revocation)) = (&client.revocation_url, facts(provider).revocation)
        else {
            return Err(UpstreamError::unavailable("this server can't revoke there"));
        };
        self.with_each_secret(provider, client, |secret| {
            async move {
                let method = revocation.method;
                let request = self.revoke_request(provider, method, url, client, &secret, token);
                let answer = self.send("direct_revoke", request).await?;
                if answer.status.is_success() {
                    return Ok(Revoked::Now);
                }
                outcome(provider, method, url, &answer)
            }
            .boxed()
        })
        .await
    }

    fn revoke_request(
        &self,
        provider: Provider,
        method: RevocationMethod,
        url: &Url,
        client: &Client,
        secret: &SecretString,
        token: Token<'_>,
    ) -> RequestBuilder {
        let value = token.value.expose_secret();
        let post = || self.http.post(url.clone());
        match method {
            RevocationMethod::TokenOnly => with_form(post(), vec![("token", value)]),
            RevocationMethod::WithClientId => {
                with_form(post(), vec![("client_id", &client.client_id), ("token", value)])
            }
            RevocationMethod::WithClient => {
                let form = vec![("token", value), ("token_type_hint", token.kind)];
                authenticated(post(), form, facts(provider).client_auth, client, secret)
            }
            RevocationMethod::StravaDeauthorize => with_form(post(), vec![("access_token", value)]),
            RevocationMethod::GithubGrant => self
                .http
                .delete(url.clone())
                .basic_auth(&client.client_id, Some(secret.expose_secret()))
                .header(ACCEPT, "application/vnd.github+json")
                .header("X-GitHub-Api-Version", "2022-11-28")
                .json(&json!({ "access_token": value })),
            RevocationMethod::FacebookPermissions => self
                .http
                .delete(with_proof(url, secret, token.value))
                .header(ACCEPT, "application/json")
                .bearer_auth(value),
        }
    }
}

/// An app may be configured to accept only calls that also prove knowledge of its secret (Meta,
/// "Secure Graph API calls"). Other apps ignore the proof.
fn with_proof(url: &Url, secret: &SecretString, token: &SecretString) -> Url {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let tag = hmac::sign(&key, token.expose_secret().as_bytes());
    let proof = tag.as_ref().iter().fold(String::new(), |proof, byte| format!("{proof}{byte:02x}"));
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("appsecret_proof", &proof);
    url
}
