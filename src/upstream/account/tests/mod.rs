//! Each provider's own answer, as it documents it, over HTTP.

mod documented;
mod hostile;
mod statuses;

use axum::{Router, body::Body, extract::Request, response::Response};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc};

use super::*;

/// What was asked, and what came of it.
struct Asked {
    headers: http::HeaderMap,
    said: Result<Profile, NoProfile>,
}

impl Asked {
    #[track_caller]
    fn end(&self) -> LookUpEnd {
        match &self.said {
            Err(NoProfile::Ended(end)) => *end,
            other => panic!("{other:?}"),
        }
    }
}

/// Asks a provider that answers this.
async fn ask(provider: Provider, answer: Response<Body>) -> Asked {
    ask_with(provider, None, answer).await
}

async fn ask_with(
    provider: Provider,
    twitch_client_id: Option<&str>,
    answer: Response<Body>,
) -> Asked {
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let (sent, mut received) = mpsc::unbounded_channel();
    let answers = move |request: Request| async move {
        sent.send(request.headers().clone()).unwrap();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = parts.status;
        *response.headers_mut() = parts.headers;
        response
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/userinfo", listener.local_addr().unwrap()).parse().unwrap();
    let server = tokio::spawn(async move {
        axum::serve(listener, Router::new().fallback(answers)).await.unwrap();
    });
    let accounts = Accounts::new(HashMap::from([(provider, url)]), Clock::system()).unwrap();
    let accounts = accounts.with_twitch_client_id(twitch_client_id.map(str::to_owned));
    let said = accounts.profile(provider, &"the-access-token".into()).await;
    server.abort();
    Asked { headers: received.recv().await.unwrap(), said }
}

fn answer(status: u16, body: impl Into<Body>) -> Response<Body> {
    let answer = Response::builder().status(status).header("content-type", "application/json");
    answer.body(body.into()).unwrap()
}

async fn said(provider: Provider, body: &Value) -> Result<Profile, NoProfile> {
    ask(provider, answer(200, body.to_string())).await.said
}
