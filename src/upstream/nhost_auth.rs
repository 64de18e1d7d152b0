mod jwt_check;

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use domain::Provider;
pub use jwt_check::JwtCheck;
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use super::{
    Moment, ProviderSession, SignInParams, UpstreamError,
    answer::{Answer, NoAnswer, of_upstream},
    reader::number,
};
use crate::{clock::Clock, http_client};

/// Time limit of a whole call, including connecting and reading. Shorter than a lease, so that its
/// holder knows the outcome while it still holds it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The user of a call.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A client of Nhost Auth's provider-token endpoints.
#[derive(Clone, Debug)]
pub struct NhostAuth {
    http: Client,
    base: Url,
    public: Url,
    sign_in: SignInParams,
    clock: Clock,
}

impl NhostAuth {
    /// `base`: the URL for this server, `https://<subdomain>.auth.<region>.nhost.run/v1`; `public`:
    /// the URL for browsers.
    ///
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(base: Url, public: Url, clock: Clock) -> Result<Self, reqwest::Error> {
        let http = http_client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(5))
            // A redirect would send the user's JWT to any target.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { http, base, public, sign_in: SignInParams::default(), clock })
    }

    /// With these parameters in the URLs of sign-ins.
    #[must_use]
    pub fn with_sign_in_params(self, sign_in: SignInParams) -> Self {
        Self { sign_in, ..self }
    }

    /// The URL for signing in with the provider. `again`: the user is asked to agree to all scopes
    /// again.
    pub fn sign_in_url(&self, provider: Provider, redirect_to: Option<&Url>, again: bool) -> Url {
        let mut url = join(&self.public, &["signin", "provider", provider.as_str()]);
        if let Some(redirect_to) = redirect_to {
            url.query_pairs_mut().append_pair("redirectTo", redirect_to.as_str());
        }
        self.sign_in.add_to(&mut url, provider, again);
        url
    }

    /// Fetches the session of the user's last sign-in. Nhost Auth returns it **once**: if the
    /// response is lost, so is the session, [`UpstreamError::Unreadable`]. `now` is used to compute
    /// its expiry.
    ///
    /// `caller` is forwarded, as a proxy would: Nhost Auth allows an address ten such calls in five
    /// minutes. No other call has it: someone who has used up the calls of their own address could
    /// make refreshes fail, and everyone's health depends on those.
    pub async fn take_session(
        &self,
        provider: Provider,
        jwt: &SecretString,
        caller: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<ProviderSession, UpstreamError> {
        let path = ["signin", "provider", provider.as_str(), "callback", "tokens"];
        let mut request = self.request(Method::GET, &path, jwt);
        if let Some(caller) = caller {
            request = request.header(FORWARDED_FOR, caller.to_string());
        }
        let sent = self.send("take_session", request).await;
        let answer = sent.map_err(|no_answer| match no_answer {
            NoAnswer::Unreachable(what) => UpstreamError::unavailable(what),
            NoAnswer::Lost(what) => UpstreamError::Unreadable { what },
        })?;
        if answer.status.is_success() {
            return taken(&answer, now);
        }
        Err(match (answer.status, answer.error_code()) {
            // The rest of a session that was already fetched can't be decrypted. A real fault has
            // the same response, and the same remedy: a new sign-in.
            (StatusCode::INTERNAL_SERVER_ERROR, Some("internal-server-error")) => {
                UpstreamError::NoSession
            }
            _ => refused(&answer),
        })
    }

    /// Refreshes at the provider, through Nhost Auth. The `jwt` may be any user's; `now` is used to
    /// compute the expiry.
    pub async fn refresh(
        &self,
        provider: Provider,
        refresh_token: &SecretString,
        jwt: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<ProviderSession, UpstreamError> {
        let request = self
            .request(Method::POST, &["token", "provider", provider.as_str()], jwt)
            .json(&json!({ "refreshToken": refresh_token.expose_secret() }));
        let answer = self.send("refresh", request).await?;
        if answer.status.is_success() {
            let session = ProviderSession::of_nhost_auth(&answer.fields, Moment::Now, now);
            return session.inspect(|_| answer.used()).ok_or_else(|| answer.unreadable());
        }
        Err(match (answer.status, answer.error_code()) {
            (StatusCode::BAD_REQUEST, Some("oauth-provider-error")) => UpstreamError::Refused,
            _ => refused(&answer),
        })
    }

    /// A JWT for a personal access token, and how long it lives.
    pub async fn sign_in_pat(
        &self,
        personal_access_token: &SecretString,
    ) -> Result<(SecretString, TimeDelta), UpstreamError> {
        let request = self
            .http
            .post(join(&self.base, &["signin", "pat"]))
            .json(&json!({ "personalAccessToken": personal_access_token.expose_secret() }));
        let answer = self.send("sign_in_pat", request).await?;
        if !answer.status.is_success() {
            return Err(refused(&answer));
        }
        let signed_in = answer.fields.nested("session").and_then(|session| {
            let lifetime = number(session.get("accessTokenExpiresIn")?)?;
            let lifetime = Duration::try_from_secs_f64(lifetime).ok()?;
            Some((session.token("accessToken")?.into(), TimeDelta::from_std(lifetime).ok()?))
        });
        signed_in.ok_or_else(|| answer.unreadable())
    }

    fn request(&self, method: Method, path: &[&str], jwt: &SecretString) -> RequestBuilder {
        self.http.request(method, join(&self.base, path)).bearer_auth(jwt.expose_secret())
    }

    async fn send(&self, call: &'static str, request: RequestBuilder) -> Result<Answer, NoAnswer> {
        Answer::to(request, call, self.clock.now()).await
    }
}

/// The session in the response.
fn taken(answer: &Answer, now: DateTime<Utc>) -> Result<ProviderSession, UpstreamError> {
    let fields = &answer.fields;
    match ProviderSession::of_nhost_auth(fields, Moment::Earlier, now) {
        // An incomplete session without its refresh token is worth less than a new sign-in.
        Some(session) if fields.whole || session.refresh_token.is_some() => {
            answer.used();
            Ok(session)
        }
        // How Nhost Auth says that there is none.
        None if fields.get("access_token").is_some_and(|token| token.is_null() || token == "") => {
            Err(UpstreamError::NoSession)
        }
        _ => Err(answer.unreadable()),
    }
}

/// The errors that all endpoints share.
fn refused(answer: &Answer) -> UpstreamError {
    match (answer.status, answer.error_code()) {
        (StatusCode::UNAUTHORIZED, Some("disabled-user")) | (StatusCode::FORBIDDEN, Some(_)) => {
            UpstreamError::Forbidden
        }
        // For a verified JWT of an unknown user, Nhost Auth answers 400.
        (StatusCode::UNAUTHORIZED, Some(_))
        | (StatusCode::BAD_REQUEST, Some("invalid-request")) => UpstreamError::Unauthenticated,
        (StatusCode::CONFLICT, Some("disabled-endpoint"))
        | (StatusCode::BAD_REQUEST, Some("request-validation-error" | "schema-validation-error")) => {
            UpstreamError::NotEnabled
        }
        (StatusCode::TOO_MANY_REQUESTS, _) => {
            UpstreamError::RateLimited { retry_after: answer.retry_after }
        }
        (status, _) => UpstreamError::Unavailable {
            status: Some(status.as_u16()),
            what: of_upstream(status)
                .or(answer.broken)
                .unwrap_or("it answered what this server does not know"),
            retry_after: answer.retry_after,
        },
    }
}

fn join(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    url.path_segments_mut()
        .expect("the configuration takes http(s) URLs only, and those have a path")
        .pop_if_empty()
        .extend(path);
    url
}

#[cfg(test)]
mod tests;
