//! The command line.

use std::process::ExitCode;

use provider_connections::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Cli::read(std::env::args_os()).map_or_else(|ended| ended, Cli::run)
}
