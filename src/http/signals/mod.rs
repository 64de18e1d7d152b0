//! `/signals/<provider>`: receives the signals that providers send. Requests are read, limited and
//! answered here; [`crate::signals`] interprets them.

mod answers;
mod receivers;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use tokio::sync::Semaphore;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

use crate::{
    clock::Clock,
    connections::Connections,
    signals::{Discord, Facebook, Github, Google, SignalSettings, Strava, Twitch},
};

/// Providers give up sooner or later, and send it again.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Of a body, in bytes. GitHub's are the largest, of a few kilobytes.
const BODY_LIMIT: usize = 64 * 1024;
/// Signals that are written at once: users have priority on the database. Searches for a refresh
/// token have their own queue.
const WRITING: usize = 8;

/// Strava signs nothing: its URL ends with a secret instead.
const STRAVA: &str = "/signals/strava/{token}";

/// The path of a request in the form for logs and traces.
pub(super) fn shown(path: &str) -> &str {
    if path.starts_with("/signals/strava/") { STRAVA } else { path }
}

/// The receivers of signals.
#[derive(Debug)]
pub struct Signals {
    pub(super) connections: Connections,
    clock: Clock,
    writing: Semaphore,
    google: Option<Google>,
    github: Option<Github>,
    facebook: Option<Facebook>,
    discord: Option<Discord>,
    twitch: Option<Twitch>,
    strava: Option<Strava>,
}

impl Signals {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(
        settings: SignalSettings,
        connections: Connections,
        clock: Clock,
    ) -> Result<Self, reqwest::Error> {
        let google =
            settings.google.map(|google| Google::new(google, clock.clone())).transpose()?;
        Ok(Self {
            connections,
            clock,
            writing: Semaphore::new(WRITING),
            google,
            github: settings.github.map(Github::new),
            facebook: settings.facebook.map(Facebook::new),
            discord: settings.discord.map(Discord::new),
            twitch: settings.twitch.map(Twitch::new),
            strava: settings.strava.map(Strava::new),
        })
    }

    /// A path for each configured provider; the others don't exist.
    pub(super) fn routes(self) -> Router {
        use receivers as r;
        let mut router = Router::new();
        if self.google.is_some() {
            router = router.route("/signals/google", post(r::google));
        }
        if self.github.is_some() {
            router = router.route("/signals/github", post(r::github));
        }
        if self.facebook.is_some() {
            router = router.route("/signals/facebook", post(r::facebook));
        }
        if self.discord.is_some() {
            router = router.route("/signals/discord", post(r::discord));
        }
        if self.twitch.is_some() {
            router = router.route("/signals/twitch", post(r::twitch));
        }
        if self.strava.is_some() {
            router = router.route(STRAVA, get(r::strava_challenge).post(r::strava));
        }
        router.with_state(Arc::new(self)).layer((
            TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT),
            RequestBodyLimitLayer::new(BODY_LIMIT),
        ))
    }
}
