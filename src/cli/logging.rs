#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

use std::io::{IsTerminal, stderr};

use clap::{Args, ValueEnum};
use tracing_subscriber::{EnvFilter, Layer, filter::FilterExt, fmt, prelude::*};

use crate::{
    config::{environment, groups},
    telemetry::{Asked, Telemetry, any_level, spans},
};

/// What is never logged at lower levels, whatever the settings.
const SILENT: [&str; 3] = ["tungstenite=info", "rustify=off", "vaultrs=off"];

/// How the log is written. It goes to standard error.
#[derive(Args, Clone, Copy, Debug)]
pub struct LogArgs {
    /// Format of the log. By default pretty on a terminal and json elsewhere. RUST_LOG sets the
    /// level: error, warn, info, debug or trace
    #[arg(long, env = "LOG_FORMAT", value_enum, help_heading = groups::TELEMETRY)]
    log_format: Option<LogFormat>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Pretty,
    Json,
}

impl LogArgs {
    /// Starts the log; what is written is chosen by `RUST_LOG`, `info` by default.
    pub fn start(self, default_level: &str) {
        self.start_with(default_level, &Telemetry::default());
    }

    /// The same, and has `telemetry` export what it exports.
    pub fn start_with(self, default_level: &str, telemetry: &Telemetry) {
        // One list, so that each layer has a filter: a span that no filter wants costs next to nothing.
        let mut layers = Vec::new();
        layers.extend(telemetry.trace_layer().map(Layer::boxed));
        layers.extend(telemetry.log_layer(filter(default_level)).map(Layer::boxed));
        // Exported spans are not for the log: a line has the request's ID, and no more.
        let filter = filter(default_level).and(any_level(|metadata| !spans::is_exported(metadata)));
        let filter = Asked(filter);
        let format = self.log_format.unwrap_or(if stderr().is_terminal() {
            LogFormat::Pretty
        } else {
            LogFormat::Json
        });
        let lines = fmt::layer().with_writer(stderr);
        layers.push(match format {
            LogFormat::Pretty => {
                lines.with_ansi(stderr().is_terminal()).with_filter(filter).boxed()
            }
            LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
        });
        // Fails only if there is a log already, which is as good.
        let _ = tracing_subscriber::registry().with(layers).try_init();
        for file in environment::files() {
            tracing::info!(file = %file.display(), "read settings");
        }
        for warning in environment::warnings() {
            tracing::warn!("{warning}");
        }
    }
}

fn filter(default_level: &str) -> EnvFilter {
    let wanted = environment::var(EnvFilter::DEFAULT_ENV);
    let wanted = wanted.and_then(|filter| EnvFilter::try_new(filter).ok());
    let filter = wanted.unwrap_or_else(|| {
        // PostgreSQL notices what the migrations skip.
        EnvFilter::new(format!("{default_level},sqlx::postgres::notice=warn"))
    });
    // At their lowest levels they write whole messages, JWTs and all.
    SILENT.iter().fold(filter, |filter, silent| {
        filter.add_directive(silent.parse().expect("it is a directive"))
    })
}
