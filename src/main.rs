//! The command line.

use std::process::ExitCode;

use clap::Parser;
use provider_connections::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Cli::parse_from(Cli::arguments(std::env::args_os())).run()
}
