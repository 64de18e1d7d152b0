use std::net::SocketAddr;

use clap::Args;
use tokio::net::TcpListener;

use super::{CommandError, logging::LogArgs, signal::asked_to_stop};
use crate::{
    app::{App, Sources, StartError, open_store_with_keys},
    config::{ConfigArgs, TelemetryConfig, lacks_prefix},
    connections::RefreshAhead,
    http::{
        listener::{Capacity, descriptors},
        serve_metrics,
    },
    http_client::read_certificate_authorities,
    metrics,
    telemetry::Telemetry,
};

const AFTER_HELP: &str = "\
PROVIDER_<ID>_… (client credentials, scopes and signals of a provider), OTEL_… (OpenTelemetry) and \
RUST_LOG (log level) are environment variables or lines of a settings file, but not flags. \
docs/settings.md describes all settings.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// Serves until it is asked to stop.
pub async fn run(arguments: ServeArgs) -> Result<(), CommandError> {
    let telemetry = Telemetry::start(TelemetryConfig::from_env());
    arguments.log.start_with("info", &telemetry);
    telemetry.say();
    let ended = Box::pin(serve(arguments.config, &telemetry)).await;
    if ended.is_ok() {
        telemetry.shut_down().await;
    } else {
        telemetry.abandon();
    }
    ended
}

async fn serve(config: ConfigArgs, telemetry: &Telemetry) -> Result<(), CommandError> {
    let config = config.check()?;
    if let Some(likely) = lacks_prefix(&config.nhost_auth_url) {
        tracing::warn!(
            "NHOST_AUTH_URL has no path, but Nhost serves Nhost Auth below /v1: set it to \
             {likely}, unless your Nhost Auth has no prefix"
        );
    }
    descriptors::prepare_process();
    // While the database opens.
    tokio::task::spawn_blocking(read_certificate_authorities);
    let sources = Sources::system();
    let store = open_store_with_keys(&config, &sources).await?;
    let address = config.listen;
    let database = config.database.url.kind();
    if !config.jwt_secrets.can_mint() {
        tracing::warn!(
            "the JWT secret has no signing_key: services can act for a user only if they forward \
             the user's Authorization header"
        );
    }
    let metrics_listen = config.metrics_listen;
    let subscription_limit = config.subscription_limit;
    let app = App::new(config, store, sources)?;
    say_how_tokens_are_refreshed(&app.connections().refresh_ahead());
    let recording = metrics::record(metrics_listen.is_some(), telemetry.meters())?;
    if let Some(recording) = &recording {
        let samples = app.samples();
        recording.sample_with(move || samples.take());
    }
    if let (Some(address), Some(recording)) = (metrics_listen, recording.clone()) {
        let listener = listen(address, "METRICS_LISTEN").await?;
        tracing::info!(address = %listener.local_addr()?, "serving metrics at /metrics");
        tokio::spawn(serve_metrics(listener, recording));
    }
    let Capacity { connections, subscribers } = app.capacity();
    if subscribers < subscription_limit {
        tracing::warn!(
            subscribers,
            open_files = descriptors::open_files(),
            "the limit of open files or CONNECTION_LIMIT allows fewer subscribers than \
             SUBSCRIPTION_LIMIT: raise it (ulimit -n, LimitNOFILE, CONNECTION_LIMIT)"
        );
    }
    let listener = listen(address, "LISTEN").await?;
    // From the log line below on, a stop can be asked for.
    let asked_to_stop = asked_to_stop()?;
    tracing::info!(address = %listener.local_addr()?, database, connections, subscribers, "serving GraphQL at /graphql");
    let app = if recording.is_some() { app.with_counting() } else { app };
    app.with_worker().serve(listener, asked_to_stop).await?;
    Ok(())
}

fn say_how_tokens_are_refreshed(ahead: &RefreshAhead) {
    let direct: Vec<_> = ahead.direct.iter().map(|provider| provider.as_str()).collect();
    if ahead.nhost_auth == "off" {
        tracing::warn!(
            direct = direct.join(", "),
            "tokens of providers that are not listed here are refreshed only when someone reads \
             them: to refresh them in the background too, set NHOST_SERVICE_PAT, or \
             PROVIDER_<ID>_CLIENT_ID and _CLIENT_SECRET"
        );
    } else {
        tracing::info!(
            nhost_auth = ahead.nhost_auth,
            direct = direct.join(", "),
            "tokens are refreshed in the background before they expire"
        );
    }
}

async fn listen(address: SocketAddr, setting: &'static str) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|cause| StartError::Listen { address, setting, cause })
}
