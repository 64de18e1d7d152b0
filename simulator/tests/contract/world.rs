//! A simulator with a clock that stands still, and a client without a mind of its own.

use nhost_auth_simulator::{Clock, Options, Running, Simulator};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};

pub struct World {
    pub running: Running,
    pub http: Client,
}

/// What was answered.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let start = "2030-01-01T12:00:00Z".parse().unwrap();
        let options = Options { clock: Clock::from_fn(move || start), ..options };
        let running = Simulator::start(options, ([127, 0, 0, 1], 0).into()).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { running, http }
    }

    /// An address below the origin.
    pub fn url(&self, path: &str) -> String {
        self.running.origin().join(path).unwrap().into()
    }

    pub async fn get(&self, path: &str, bearer: &str) -> Answer {
        let mut request = self.http.get(self.url(path));
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        answer(request).await
    }

    pub async fn post(&self, path: &str, bearer: &str, body: Value) -> Answer {
        let mut request = self.http.post(self.url(path)).json(&body);
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        answer(request).await
    }

    /// `GET …/callback/tokens`
    pub async fn fetch(&self, provider: &str, jwt: &str) -> Answer {
        self.get(&format!("/v1/signin/provider/{provider}/callback/tokens"), jwt).await
    }

    /// `POST /token/provider/…`
    pub async fn refresh(&self, provider: &str, jwt: &str, refresh_token: &str) -> Answer {
        let body = json!({ "refreshToken": refresh_token });
        self.post(&format!("/v1/token/provider/{provider}"), jwt, body).await
    }

    /// The status at the provider's API.
    pub async fn opens(&self, provider: &str, access_token: &str) -> u16 {
        self.get(&format!("/providers/{provider}/userinfo"), access_token).await.status
    }
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, body }
}

pub fn location(response: &Response) -> &str {
    response.headers()["location"].to_str().unwrap()
}

/// Nhost Auth's own errors.
pub fn error(status: u16, error: &str, message: &str) -> Answer {
    let body = json!({ "status": status, "error": error, "message": message });
    Answer { status, body }
}

pub fn oauth_provider_error() -> Answer {
    error(400, "oauth-provider-error", "Provider returned an error")
}
