//! Looks up the account of an access token at the provider's user-info endpoint.

mod facts;
mod profile;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{LookUpEnd, Provider};
pub(crate) use facts::userinfo_of_tenant;
use facts::{OPENID, TWITCH_VALIDATE, UserInfo, user_info};
pub use profile::{LONGEST_ID as LONGEST_ACCOUNT_ID, Profile};
use reqwest::{
    Client, StatusCode,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{answer::Answer, scopes::said_beside};
use crate::{clock::Clock, http_client};

/// Time limit of a whole call, including connecting and reading.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The provider can't be asked right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotNow;

/// Why a provider did not return the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoProfile {
    /// It never does.
    NotSaid,
    /// It is not asked again with the tokens of this sign-in.
    Ended(LookUpEnd),
    /// It says that the access token is no longer valid, although it has not expired.
    TokenEnded,
    /// It may answer later, after this time if it has named one.
    NotNow(Option<Duration>),
}

/// URLs from `PROVIDER_<ID>_USERINFO_URL` that replace the providers' own.
pub type UserinfoUrls = HashMap<Provider, Url>;

/// Asks providers for the account of an access token. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounts {
    http: Client,
    urls: Arc<UserinfoUrls>,
    /// The client id that Twitch requires.
    twitch_client_id: Option<String>,
    clock: Clock,
}

impl Accounts {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(urls: UserinfoUrls, clock: Clock) -> Result<Self, reqwest::Error> {
        let http = http_client::builder()
            .timeout(TIMEOUT)
            // A redirect would send the token to any target.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { http, urls: Arc::new(urls), twitch_client_id: None, clock })
    }

    /// Asks Twitch with this client id, which the access tokens must belong to.
    #[must_use]
    pub fn with_twitch_client_id(self, client_id: Option<String>) -> Self {
        Self { twitch_client_id: client_id, ..self }
    }

    /// Whether the provider returns it at all.
    pub fn can_ask(&self, provider: Provider) -> bool {
        self.urls.contains_key(&provider) || user_info(provider).is_some()
    }

    /// The provider's id of the account. `None`: the provider doesn't return it.
    ///
    /// # Errors
    /// The provider can't be asked now: it may say later.
    pub async fn of(
        &self,
        provider: Provider,
        access_token: &SecretString,
    ) -> Result<Option<SecretString>, NotNow> {
        Ok(self.said(provider, access_token).await?.map(|profile| profile.id()))
    }

    /// The account, if the provider returns it.
    ///
    /// # Errors
    /// The provider can't be asked now: it may say later.
    pub async fn said(
        &self,
        provider: Provider,
        access_token: &SecretString,
    ) -> Result<Option<Profile>, NotNow> {
        match self.profile(provider, access_token).await {
            Ok(profile) => Ok(Some(profile)),
            Err(NoProfile::NotNow(_)) => Err(NotNow),
            Err(NoProfile::NotSaid | NoProfile::Ended(_) | NoProfile::TokenEnded) => Ok(None),
        }
    }

    /// The account at the provider.
    ///
    /// # Errors
    /// It doesn't, for the reason given.
    pub async fn profile(
        &self,
        provider: Provider,
        access_token: &SecretString,
    ) -> Result<Profile, NoProfile> {
        let facts = self.facts(provider).ok_or(NoProfile::NotSaid)?;
        let url = self.url(provider, &facts);
        let authorization = format!("{} {}", facts.scheme, access_token.expose_secret());
        let mut authorization = HeaderValue::from_str(&authorization)
            .map_err(|_| NoProfile::Ended(LookUpEnd::Refused))?;
        authorization.set_sensitive(true);
        let mut request = self
            .http
            .get(url)
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, authorization);
        for (name, value) in facts.headers {
            request = request.header(*name, *value);
        }
        if let (Provider::Twitch, Some(client_id)) = (provider, &self.twitch_client_id) {
            request = request.header("Client-Id", client_id);
        }
        let answer = Answer::to(request, "userinfo", self.clock.now()).await;
        let answer = answer.map_err(|_| NoProfile::NotNow(None))?;
        let profile = read(&facts, &answer).map_err(|why| match why {
            NoProfile::Ended(LookUpEnd::Refused) if token_has_ended(provider, &answer) => {
                NoProfile::TokenEnded
            }
            why => why,
        })?;
        Ok(Profile { scopes: said_beside(provider, &answer), ..profile })
    }

    /// The operator's URL, or the provider's own: that for all tenants, if it has any.
    fn url(&self, provider: Provider, facts: &UserInfo) -> String {
        match self.urls.get(&provider) {
            Some(url) => url.as_str().to_owned(),
            None => facts.url.replace("{tenant}", "common"),
        }
    }

    fn facts(&self, provider: Provider) -> Option<UserInfo> {
        let own = match (provider, &self.twitch_client_id) {
            (Provider::Twitch, None) => Some(TWITCH_VALIDATE),
            _ => user_info(provider),
        };
        own.or_else(|| self.urls.contains_key(&provider).then_some(OPENID))
    }
}

fn read(facts: &UserInfo, answer: &Answer) -> Result<Profile, NoProfile> {
    let later = Err(NoProfile::NotNow(answer.retry_after));
    match answer.status {
        StatusCode::OK => match Profile::of(facts, &answer.fields) {
            Some(profile) => Ok(profile),
            None if answer.broken.is_some() => later,
            None => Err(NoProfile::Ended(LookUpEnd::Unreadable)),
        },
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => later,
        status if status.is_server_error() => later,
        // GitHub's rate limits answer the same way.
        StatusCode::FORBIDDEN if answer.retry_after.is_some() || answer.is_rate_limited() => later,
        StatusCode::FORBIDDEN => Err(NoProfile::Ended(LookUpEnd::ScopeMissing)),
        // RFC 6750 §3.1
        _ if answer.challenge.contains("insufficient_scope") => {
            Err(NoProfile::Ended(LookUpEnd::ScopeMissing))
        }
        _ => Err(NoProfile::Ended(LookUpEnd::Refused)),
    }
}

/// Facebook's answer is believed: none of its tokens can be refreshed, so nothing else finds out.
/// With others, a rejected token may be for another of their APIs. Graph API, "Handle errors".
fn token_has_ended(provider: Provider, answer: &Answer) -> bool {
    /// Users must visit Facebook, and then the token works again.
    const UNTIL_USER_ACTS: [u64; 2] = [459, 464];
    let Some(error) = answer.fields.get("error").filter(|_| provider == Provider::Facebook) else {
        return false;
    };
    let subcode = error["error_subcode"].as_u64();
    error["code"] == 190 && subcode.is_none_or(|of| !UNTIL_USER_ACTS.contains(&of))
}
