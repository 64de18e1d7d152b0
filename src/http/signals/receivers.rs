//! One handler for each provider: read, verify, act, answer.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Provider;
use serde_json::json;

use super::{
    Signals,
    answers::{accepted, again, no, secevent_error, taken},
};
use crate::{
    connections::Heard,
    metrics,
    signals::{Challenged, Received, Refused, Signal, Subject},
    store::StoreError,
};

type Listening = State<Arc<Signals>>;

/// The outcome of a message.
enum Done {
    Taken,
    Challenge(String),
    /// The database does not accept it, or there are too many.
    Failed,
}

impl Signals {
    /// Does what the message means, one signal after the other.
    async fn act(
        &self,
        provider: Provider,
        received: Result<Received, Refused>,
    ) -> Result<Done, Refused> {
        let signals = match received {
            Ok(Received::Signals(signals)) => signals,
            Ok(Received::Test(name)) => {
                metrics::signal_received(provider, "test");
                tracing::info!(%provider, signal = name, "a provider sent a test signal");
                return Ok(Done::Taken);
            }
            Ok(Received::Challenge(challenge)) => {
                metrics::signal_received(provider, "test");
                return Ok(Done::Challenge(challenge));
            }
            Ok(Received::OfNoConcern) => {
                metrics::signal_received(provider, "ignored");
                return Ok(Done::Taken);
            }
            Err(why) => {
                metrics::signal_received(provider, why.as_str());
                // Anyone can send one: the metric counts them, and they must not fill the log.
                tracing::debug!(%provider, class = why.as_str(), "a signal was rejected");
                return Err(why);
            }
        };
        for signal in &signals {
            match self.hear(signal).await {
                Ok(Heard::Busy) => return Ok(Done::Failed),
                Ok(_) => {}
                Err(error) => {
                    metrics::signal_received(provider, "failed");
                    tracing::error!(
                        cause = error.causes(),
                        %provider,
                        signal = signal.name,
                        "a signal could not be stored: the provider is asked to send it again"
                    );
                    return Ok(Done::Failed);
                }
            }
        }
        Ok(Done::Taken)
    }

    /// One after the other, if there are many; the wait ends with the request's time limit. Other
    /// providers' signals don't wait for a search, which takes a while.
    async fn hear(&self, signal: &Signal) -> Result<Heard, StoreError> {
        let _writing = match signal.subject {
            Subject::Account(_) => self.writing.acquire().await.ok(),
            Subject::RefreshToken(_) | Subject::Unread => None,
        };
        self.connections.hear(signal).await
    }

    async fn answer(&self, provider: Provider, received: Result<Received, Refused>) -> Response {
        match self.act(provider, received).await {
            Ok(Done::Taken) => taken(),
            Ok(Done::Challenge(challenge)) => plain(challenge),
            Ok(Done::Failed) => again(),
            Err(why) => no(why),
        }
    }
}

/// `POST /signals/google`: a security event token (RFC 8935).
pub(super) async fn google(State(signals): Listening, body: Bytes) -> Response {
    let Some(google) = &signals.google else { return StatusCode::NOT_FOUND.into_response() };
    let received = google.read(&body, signals.clock.now()).await;
    match signals.act(Provider::Google, received).await {
        Ok(Done::Taken | Done::Challenge(_)) => accepted(),
        Ok(Done::Failed) => again(),
        Err(why) => secevent_error(why),
    }
}

/// `POST /signals/github`: a webhook's delivery.
pub(super) async fn github(State(signals): Listening, headers: HeaderMap, body: Bytes) -> Response {
    let Some(github) = &signals.github else { return StatusCode::NOT_FOUND.into_response() };
    let received = github.read(&headers, &body, signals.clock.now());
    signals.answer(Provider::Github, received).await
}

/// `POST /signals/facebook`: the deauthorize callback.
pub(super) async fn facebook(State(signals): Listening, body: Bytes) -> Response {
    let Some(facebook) = &signals.facebook else { return StatusCode::NOT_FOUND.into_response() };
    let received = facebook.read(&body, signals.clock.now());
    ok(signals.answer(Provider::Facebook, received).await)
}

/// `POST /signals/discord`: a webhook event, or a ping.
pub(super) async fn discord(
    State(signals): Listening,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(discord) = &signals.discord else { return StatusCode::NOT_FOUND.into_response() };
    let received = discord.read(&headers, &body, signals.clock.now());
    signals.answer(Provider::Discord, received).await
}

/// `POST /signals/twitch`: a message of `EventSub`.
pub(super) async fn twitch(State(signals): Listening, headers: HeaderMap, body: Bytes) -> Response {
    let Some(twitch) = &signals.twitch else { return StatusCode::NOT_FOUND.into_response() };
    let received = twitch.read(&headers, &body, signals.clock.now());
    signals.answer(Provider::Twitch, received).await
}

/// `GET /signals/strava/{token}`: Strava verifies that the callback belongs to the app.
pub(super) async fn strava_challenge(
    State(signals): Listening,
    Path(token): Path<String>,
    Query(asked): Query<Challenged>,
) -> Response {
    let Some(strava) = &signals.strava else { return StatusCode::NOT_FOUND.into_response() };
    match strava.challenge(&token, asked) {
        Ok(challenge) => {
            metrics::signal_received(Provider::Strava, "test");
            Json(json!({ "hub.challenge": challenge })).into_response()
        }
        Err(why) => {
            metrics::signal_received(Provider::Strava, why.as_str());
            no(why)
        }
    }
}

/// `POST /signals/strava/{token}`: an event.
pub(super) async fn strava(
    State(signals): Listening,
    Path(token): Path<String>,
    body: Bytes,
) -> Response {
    let Some(strava) = &signals.strava else { return StatusCode::NOT_FOUND.into_response() };
    let received = strava.read(&token, &body, signals.clock.now());
    ok(signals.answer(Provider::Strava, received).await)
}

/// For providers that are not known to accept any other success status.
fn ok(answer: Response) -> Response {
    if answer.status().is_success() { StatusCode::OK.into_response() } else { answer }
}

fn plain(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
