use reqwest::{Client, Response, header, redirect};
use serde_json::{Value, json};
use url::Url;

use crate::cli::CommandError;

/// What a browser does at a sign-in, by hand: follows the redirects to the consent page, allows,
/// and comes back with a refresh token for the app.
pub struct Browser {
    http: Client,
}

impl Browser {
    pub fn new() -> Result<Self, CommandError> {
        Ok(Self { http: Client::builder().redirect(redirect::Policy::none()).build()? })
    }

    /// Signs in at `url` (a `…/signin/provider/{provider}` with a `redirectTo`) as `email`. Answers
    /// the refresh token that Nhost Auth sends the browser back with.
    pub async fn sign_in(&self, url: Url, email: &str) -> Result<String, CommandError> {
        let consent = location(&self.http.get(url).send().await?)?;
        let page = self.http.get(consent.clone()).send().await?.error_for_status()?.text().await?;
        if !page.contains("Allow") {
            return Err("the consent page does not ask for consent".into());
        }
        let callback = self.allow(consent, email).await?;
        let back = location(&self.http.get(callback).send().await?)?;
        let refresh_token = back.query_pairs().find(|(name, _)| name == "refreshToken");
        refresh_token
            .map(|(_, token)| token.into_owned())
            .ok_or_else(|| format!("came back without a refresh token, to {back}").into())
    }

    /// Exchanges the refresh token for a JWT, as nhost-js does.
    pub async fn exchange(
        &self,
        nhost_auth: &Url,
        refresh_token: &str,
    ) -> Result<String, CommandError> {
        let session: Value = self
            .http
            .post(format!("{nhost_auth}/token"))
            .json(&json!({ "refreshToken": refresh_token }))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        Ok(session["accessToken"].as_str().ok_or("the session has no access token")?.to_owned())
    }

    async fn allow(&self, mut consent: Url, email: &str) -> Result<Url, CommandError> {
        let state = consent.query_pairs().find(|(name, _)| name == "state");
        let state = state.map(|(_, state)| state.into_owned()).unwrap_or_default();
        consent.set_query(None);
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("state", &state)
            .append_pair("account", email)
            .append_pair("behaviour", "rotating")
            .append_pair("decision", "allow")
            .finish();
        let allowed = self
            .http
            .post(consent)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await?;
        location(&allowed)
    }
}

fn location(response: &Response) -> Result<Url, CommandError> {
    let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    let location = location.ok_or_else(|| format!("{} did not redirect", response.url().path()))?;
    Ok(response.url().join(location)?)
}
