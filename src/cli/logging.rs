#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

use std::io::{IsTerminal, stderr};

use clap::{Args, ValueEnum};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// What no setting makes speak.
const SILENT: [&str; 3] = ["tungstenite=info", "rustify=off", "vaultrs=off"];

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
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
            // PostgreSQL notices what the migrations skip.
            EnvFilter::new(format!("{default_level},sqlx::postgres::notice=warn"))
        });
        // At their lowest levels they write whole messages, JWTs and all.
        let filter = SILENT.iter().fold(filter, |filter, silent| {
            filter.add_directive(silent.parse().expect("it is a directive"))
        });
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
    }
}
