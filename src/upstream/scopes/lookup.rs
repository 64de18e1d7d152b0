//! Looks up the scopes of an access token, at providers that offer it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{Provider, Scopes};
use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    facts::{AskedAt, asked_at},
    read::said,
};
use crate::{
    clock::Clock,
    http_client,
    upstream::{NotNow, ProviderClients, UserinfoUrls, answer::Answer, facts},
};

/// Time limit of a whole call, including connecting and reading.
const TIMEOUT: Duration = Duration::from_secs(5);

/// URLs from `PROVIDER_<ID>_TOKENINFO_URL` that replace the providers' own.
pub type TokeninfoUrls = HashMap<Provider, Url>;

/// Asks providers for the scopes of an access token. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ScopeLookups {
    http: Client,
    urls: Arc<HashMap<Provider, Url>>,
    clock: Clock,
}

impl ScopeLookups {
    /// If `clients` or `userinfo` replace a provider's URLs, its own servers are not asked for
    /// anything: they must not see these tokens.
    ///
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(
        tokeninfo: &TokeninfoUrls,
        userinfo: &UserinfoUrls,
        clients: &ProviderClients,
        clock: Clock,
    ) -> Result<Self, reqwest::Error> {
        let is_elsewhere = |provider: Provider| {
            let token_url = clients.get(provider).map(|client| client.token_url.as_str());
            userinfo.contains_key(&provider)
                || token_url.is_some_and(|url| facts(provider).token_endpoint != Some(url))
        };
        let url = |provider: Provider| match asked_at(provider) {
            // It comes with the account.
            AskedAt::Nowhere | AskedAt::HeaderOfUserinfo => None,
            AskedAt::Address(_) if tokeninfo.contains_key(&provider) => {
                tokeninfo.get(&provider).cloned()
            }
            AskedAt::Address(_) if is_elsewhere(provider) => None,
            AskedAt::Address(address) => address.parse().ok(),
        };
        let urls = Provider::ALL.iter().filter_map(|provider| Some((*provider, url(*provider)?)));
        let http = http_client::builder()
            .timeout(TIMEOUT)
            // A redirect would send the token to any target.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { http, urls: Arc::new(urls.collect()), clock })
    }

    /// Whether the provider has a separate endpoint for it.
    pub fn can_ask(&self, provider: Provider) -> bool {
        self.urls.contains_key(&provider)
    }

    /// The token's scopes. `None`: the provider doesn't return them.
    ///
    /// # Errors
    /// The provider can't be asked now: it may say later.
    pub async fn of(
        &self,
        provider: Provider,
        access_token: &SecretString,
    ) -> Result<Option<Scopes>, NotNow> {
        let Some(url) = self.urls.get(&provider) else { return Ok(None) };
        let request = self.request(provider, url, access_token).header(ACCEPT, "application/json");
        let answer = Answer::to(request, "tokeninfo", self.clock.now()).await;
        let answer = answer.map_err(|_| NotNow)?;
        match answer.status {
            StatusCode::OK => Ok(said(provider, &answer.fields)),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Err(NotNow),
            status if status.is_server_error() => Err(NotNow),
            _ => Ok(None),
        }
    }

    /// The token goes into a header, never into a URL, which proxies log.
    fn request(
        &self,
        provider: Provider,
        url: &Url,
        access_token: &SecretString,
    ) -> RequestBuilder {
        let token = access_token.expose_secret();
        match provider {
            // Google's own libraries send it this way, with an empty form.
            Provider::Google => self
                .http
                .post(url.clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .bearer_auth(token)
                .body(""),
            Provider::Twitch => {
                let request = self.http.get(url.clone());
                match HeaderValue::from_str(&format!("OAuth {token}")) {
                    Ok(mut value) => {
                        value.set_sensitive(true);
                        request.header(AUTHORIZATION, value)
                    }
                    // Not a valid header value, with or without a word before it.
                    Err(_) => request.bearer_auth(token),
                }
            }
            _ => self.http.get(url.clone()).bearer_auth(token),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::{ClientSecret, ProviderClient};

    fn asked(
        tokeninfo: &[(Provider, &str)],
        userinfo: &[(Provider, &str)],
        token_url: Option<(Provider, &str)>,
    ) -> HashMap<Provider, Url> {
        let urls = |list: &[(Provider, &str)]| -> HashMap<Provider, Url> {
            list.iter().map(|(provider, url)| (*provider, url.parse().unwrap())).collect()
        };
        let client = |url: &str| ProviderClient {
            client_id: "a-client".to_owned(),
            secret: ClientSecret::Shared(vec!["a-secret".into()]),
            token_url: url.parse().unwrap(),
            revocation_url: None,
        };
        let clients =
            token_url.map(|(provider, url)| (provider, client(url))).into_iter().collect();
        let lookups =
            ScopeLookups::new(&urls(tokeninfo), &urls(userinfo), &clients, Clock::system());
        lookups.unwrap().urls.as_ref().clone()
    }

    #[test]
    fn the_tokens_of_another_server_are_not_sent_to_the_providers_own() {
        let (gitlab, own) = (Provider::Gitlab, "https://gitlab.example.com/");
        assert_eq!(asked(&[], &[], None)[&gitlab].host_str(), Some("gitlab.com"));
        assert!(!asked(&[], &[(gitlab, own)], None).contains_key(&gitlab));
        assert!(!asked(&[], &[], Some((gitlab, own))).contains_key(&gitlab));
        let home = Some((gitlab, "https://gitlab.com/oauth/token"));
        assert_eq!(asked(&[], &[], home)[&gitlab].host_str(), Some("gitlab.com"));
        let named = asked(&[(gitlab, own)], &[(gitlab, own)], Some((gitlab, own)));
        assert_eq!(named[&gitlab].as_str(), own);
    }

    #[test]
    fn an_address_is_of_no_use_where_the_provider_has_none() {
        let all =
            [(Provider::Github, "https://a.example/"), (Provider::Spotify, "https://a.example/")];
        let asked = asked(&all, &[], None);
        assert!(!asked.contains_key(&Provider::Github) && !asked.contains_key(&Provider::Spotify));
    }
}
