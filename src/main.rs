//! The command line.

use std::process::ExitCode;

use clap::Parser;
use provider_connections::cli::Cli;

fn main() -> ExitCode {
    Cli::parse_from(Cli::arguments(std::env::args_os())).run()
}
