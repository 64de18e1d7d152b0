//! Whose access token it is: the provider's own user-info endpoint says.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::Provider;
use reqwest::{Client, StatusCode, header::ACCEPT, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::answer::Answer;
use crate::clock::Clock;

/// The whole of a call, connecting and reading included.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Ids are far shorter; what is longer is none.
const LONGEST_ID: usize = 256;

/// Where a provider says whose an access token is, and in which field. `None`: nowhere.
///
/// The field is the one that the provider documents as stable: a name or an address can pass to
/// somebody else.
fn userinfo(provider: Provider) -> Option<(&'static str, &'static str)> {
    Some(match provider {
        Provider::Azuread | Provider::Entraid => {
            ("https://graph.microsoft.com/oidc/userinfo", "sub")
        }
        Provider::Bitbucket => ("https://api.bitbucket.org/2.0/user", "uuid"),
        Provider::Discord => ("https://discord.com/api/users/@me", "id"),
        Provider::Facebook => ("https://graph.facebook.com/v22.0/me?fields=id", "id"),
        Provider::Github => ("https://api.github.com/user", "id"),
        Provider::Gitlab => ("https://gitlab.com/api/v4/user", "id"),
        Provider::Google => ("https://openidconnect.googleapis.com/v1/userinfo", "sub"),
        Provider::Linkedin => ("https://api.linkedin.com/v2/userinfo", "sub"),
        Provider::Spotify => ("https://api.spotify.com/v1/me", "id"),
        Provider::Strava => ("https://www.strava.com/api/v3/athlete", "id"),
        Provider::Twitch => ("https://id.twitch.tv/oauth2/userinfo", "sub"),
        Provider::Apple | Provider::Twitter | Provider::Windowslive | Provider::Workos => {
            return None;
        }
    })
}

/// The provider can't be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotNow;

/// Other addresses than the providers' own, from `PROVIDER_<ID>_USERINFO_URL`.
pub type UserinfoUrls = HashMap<Provider, Url>;

/// Where the provider says whose an access token is. `None`: nowhere.
pub(super) fn userinfo_url(urls: &UserinfoUrls, provider: Provider) -> Option<Url> {
    let known = || userinfo(provider).and_then(|(url, _)| url.parse().ok());
    urls.get(&provider).cloned().or_else(known)
}

/// Asks providers whose an access token is. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounts {
    http: Client,
    urls: Arc<UserinfoUrls>,
    clock: Clock,
}

impl Accounts {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(urls: UserinfoUrls, clock: Clock) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .timeout(TIMEOUT)
            // A redirect would carry the token to wherever it points.
            .redirect(redirect::Policy::none())
            // GitHub refuses calls without one.
            .user_agent(concat!("provider-connections/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, urls: Arc::new(urls), clock })
    }

    /// The provider's id of the account. `None`: the provider doesn't say.
    ///
    /// # Errors
    /// The provider can't be asked now: it may say later.
    pub async fn of(
        &self,
        provider: Provider,
        access_token: &SecretString,
    ) -> Result<Option<SecretString>, NotNow> {
        let known = userinfo(provider);
        let field = known.map_or("sub", |(_, field)| field);
        let url = match (self.urls.get(&provider), known) {
            (Some(url), _) => url.as_str(),
            (None, Some((url, _))) => url,
            (None, None) => return Ok(None),
        };
        let request = self
            .http
            .get(url)
            .header(ACCEPT, "application/json")
            .bearer_auth(access_token.expose_secret());
        let answer = Answer::to(request, "userinfo", self.clock.now()).await;
        let answer = answer.map_err(|_| NotNow)?;
        match answer.status {
            StatusCode::OK => Ok(answer.fields.get(field).and_then(id)),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Err(NotNow),
            status if status.is_server_error() => Err(NotNow),
            _ => Ok(None),
        }
    }
}

/// An id is text or a whole number.
fn id(field: &Value) -> Option<SecretString> {
    let id = match field {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return None,
    };
    (1..=LONGEST_ID).contains(&id.len()).then(|| id.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_an_https_url() {
        for provider in Provider::ALL {
            if let Some((url, field)) = userinfo(*provider) {
                assert_eq!(url.parse::<Url>().unwrap().scheme(), "https", "{provider}");
                assert!(["sub", "id", "uuid"].contains(&field), "{provider}");
            }
        }
    }

    #[test]
    fn an_id_is_text_or_a_whole_number_and_nothing_else() {
        let read = |value: Value| id(&value).map(|id| id.expose_secret().to_owned());
        assert_eq!(read("110248495921238986420".into()).as_deref(), Some("110248495921238986420"));
        assert_eq!(read(583_231.into()).as_deref(), Some("583231"));
        for none in [Value::Null, "".into(), true.into(), 1.5.into(), (-1).into()] {
            assert_eq!(read(none), None);
        }
        assert_eq!(read(serde_json::json!({ "id": 1 })), None);
        assert_eq!(read("x".repeat(LONGEST_ID + 1).into()), None);
    }
}
