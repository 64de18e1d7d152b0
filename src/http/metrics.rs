use std::time::Duration;

use axum::{Router, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use super::listener::{Limits, Listener};
use crate::{client_address::TrustedProxies, config::Timeouts};

/// Scrapers and whoever looks at it by hand.
const CONNECTIONS: usize = 64;

/// Serves `GET /metrics` until the process ends.
pub async fn serve_metrics(listener: TcpListener, metrics: PrometheusHandle) {
    let scrape = move || async move {
        metrics.run_upkeep();
        metrics.render()
    };
    let server = Listener {
        router: Router::new().route("/metrics", get(scrape)),
        limits: Limits::of(CONNECTIONS),
        timeouts: Timeouts::default(),
        trusted: TrustedProxies::default(),
    };
    server.serve(listener, std::future::pending(), Duration::ZERO).await;
}
