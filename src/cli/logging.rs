#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

use std::io::{IsTerminal, stderr};

use clap::{Args, ValueEnum};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::config::environment;

/// What no setting makes speak.
const SILENT: &str = "tungstenite=info";

/// How the log is written. It goes to standard error.
#[derive(Args, Clone, Copy, Debug)]
pub struct LogArgs {
    /// How the log is written: by default for people on a terminal, JSON elsewhere. RUST_LOG says
    /// how much of it: error, warn, info, debug or trace
    #[arg(long, env = "LOG_FORMAT", value_enum)]
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
        let wanted = environment::var(EnvFilter::DEFAULT_ENV);
        let wanted = wanted.and_then(|filter| EnvFilter::try_new(filter).ok());
        let filter = wanted.unwrap_or_else(|| {
            // PostgreSQL notices what the migrations skip.
            EnvFilter::new(format!("{default_level},sqlx::postgres::notice=warn"))
        });
        // At its lowest levels it writes whole messages, JWTs and all.
        let filter = filter.add_directive(SILENT.parse().expect("it is a directive"));
        let registry = tracing_subscriber::registry().with(filter);
        let format = self.log_format.unwrap_or(if stderr().is_terminal() {
            LogFormat::Pretty
        } else {
            LogFormat::Json
        });
        // Fails only if there is a log already, which is as good.
        let _ = match format {
            LogFormat::Pretty => registry
                .with(fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal()))
                .try_init(),
            LogFormat::Json => registry
                .with(fmt::layer().json().flatten_event(true).with_writer(stderr))
                .try_init(),
        };
        for file in environment::files() {
            tracing::info!(file = %file.display(), "read settings");
        }
        for warning in environment::warnings() {
            tracing::warn!("{warning}");
        }
    }
}
