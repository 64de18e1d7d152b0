use std::time::Duration;

use axum::{
    Router,
    http::{HeaderValue, header},
    routing::get,
};
use tokio::net::TcpListener;

use super::listener::{Limits, Listener};
use crate::{client_address::TrustedProxies, config::Timeouts, metrics::Recording};

/// For scrapers and for people.
const CONNECTIONS: usize = 64;

/// The format that Prometheus from 3.0 on requires.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Serves `GET /metrics` until the process ends.
pub async fn serve_metrics(listener: TcpListener, metrics: Recording) {
    let scrape = move || async move { ([(header::CONTENT_TYPE, TEXT)], metrics.render()) };
    let server = Listener {
        router: Router::new().route("/metrics", get(scrape)),
        limits: Limits::of(CONNECTIONS),
        timeouts: Timeouts::default(),
        trusted: TrustedProxies::default(),
    };
    server.serve(listener, std::future::pending(), Duration::ZERO).await;
}
