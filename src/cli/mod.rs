//! The commands, one file each.

mod backup;
mod confirm;
mod connections;
mod database;
mod demo;
mod doctor;
mod hasura;
mod init;
mod keys;
mod logging;
mod migrate;
mod progress;
mod schema;
mod serve;
mod settings;
mod signal;
mod status;
mod table;
mod webhooks;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::http::listener::descriptors;

/// Keeps the OAuth provider tokens of an Nhost app's users on the server, fresh, behind GraphQL.
///
/// Without a command it serves. Settings are flags, or environment variables of the same name, or
/// lines of a settings file: the file of --config, or .env in the folder that it is run in. A flag
/// takes precedence over the environment, that over --config, and that over .env. See
/// `provider-connections serve --help`, and begin with `provider-connections init`.
#[derive(Parser)]
#[command(version, propagate_version = true, subcommand_required = true)]
pub struct Cli {
    /// A settings file of NAME=value lines, such as `init` writes
    #[arg(
        long,
        global = true,
        env = "PROVIDER_CONNECTIONS_CONFIG",
        value_name = "FILE",
        help_heading = "Settings file"
    )]
    config: Option<OsString>,

    #[command(subcommand)]
    command: Command,
}

/// The id of `--config`.
const CONFIG: &str = "config";

#[derive(Subcommand)]
enum Command {
    /// Serve GraphQL (the default)
    Serve(Box<serve::ServeArgs>),
    /// Write a settings file with new keys, and say what is left to fill in. It never overwrites one
    Init(init::InitArgs),
    /// Try it all: a server on SQLite beside a simulated Nhost Auth, with a page to click through
    Demo(demo::DemoArgs),
    /// Bring the database's tables up to date, or take migrations back
    Migrate(migrate::MigrateArgs),
    /// Copy SQLite's database to a file while a server uses it
    Backup(backup::BackupArgs),
    /// Look at the settings and at all that they lead to, and say what to fix; changes nothing
    Doctor(Box<doctor::DoctorArgs>),
    /// Print the GraphQL schema
    Schema,
    /// Make, check and rotate the keys that tokens are sealed with
    Keys(keys::KeysArgs),
    /// Look at connections, refresh, disconnect, export or revoke them, without a running server
    Connections(Box<connections::ConnectionsArgs>),
    /// Print how this installation is: connections, refreshes, failures, outbox, keys, spool
    Status(Box<status::StatusArgs>),
    /// Print the Hasura metadata for this server, or write it to a running Hasura: the remote schema,
    /// permissions, the connections of users, and the event trigger for deleted ones
    Hasura(Box<hasura::HasuraArgs>),
    /// Make a secret for webhooks, list those that were sent or given up, send them again, or send a
    /// test
    Webhooks(Box<webhooks::WebhooksArgs>),
}

impl Cli {
    /// The command line with the command that it leaves out, and the command before --config.
    fn arguments(given: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
        let mut arguments: Vec<_> = given.into_iter().collect();
        let is_command = |argument: &OsString| !argument.to_string_lossy().starts_with('-');
        let before = match arguments.get(1).map(|first| first.to_string_lossy()) {
            Some(first) if first == "--config" => 2,
            Some(first) if first.starts_with("--config=") => 1,
            _ => 0,
        };
        if before > 0 && arguments.get(1 + before).is_some_and(is_command) {
            let command = arguments.remove(1 + before);
            arguments.insert(1, command);
        }
        let says_which = arguments.get(1).is_some_and(|first| {
            let first = first.to_string_lossy();
            !first.starts_with('-') || matches!(&*first, "-h" | "--help" | "-V" | "--version")
        });
        if !says_which {
            arguments.insert(1.min(arguments.len()), "serve".into());
        }
        arguments
    }

    /// Runs the command.
    pub fn run(self) -> ExitCode {
        crate::crash::arm();
        // Every command has keys and tokens in its memory. `serve` does it once more, where it can log
        // what fails.
        descriptors::prepare_process();
        let ended = match self.command {
            // A report that has errors in it is no failure of the command's own.
            Command::Doctor(arguments) => match block_on(doctor::run(*arguments)) {
                Ok(sound) => return if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE },
                Err(error) => Err(error),
            },
            // What is left to be done is no failure either: scripts tell it by the code.
            Command::Connections(arguments) => match block_on(connections::run(*arguments)) {
                Ok(done) => return if done { ExitCode::SUCCESS } else { UNFINISHED.into() },
                Err(error) => Err(error),
            },
            Command::Status(arguments) => block_on(status::run(*arguments)),
            Command::Serve(arguments) => block_on(serve::run(*arguments)),
            Command::Init(arguments) => {
                init::run(&arguments, self.config.filter(|path| !path.is_empty()))
            }
            Command::Demo(arguments) => block_on(demo::run(arguments)),
            Command::Migrate(arguments) => block_on(migrate::run(arguments)),
            Command::Backup(arguments) => block_on(backup::run(arguments)),
            Command::Schema => schema::run(),
            Command::Keys(arguments) => match block_on(keys::run(arguments)) {
                Ok(sound) => return if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE },
                Err(error) => Err(error),
            },
            Command::Hasura(arguments) => block_on(hasura::run(*arguments)),
            Command::Webhooks(arguments) => match block_on(webhooks::run(*arguments)) {
                Ok(sound) => return if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE },
                Err(error) => Err(error),
            },
        };
        match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("provider-connections: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

/// The exit code of a command that did what it could, and has more to do.
const UNFINISHED: u8 = 3;

/// What ends a command: a text that says what to do.
type CommandError = Box<dyn std::error::Error>;

fn block_on<T>(command: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn no_two_arguments_or_groups_of_a_command_have_one_name() {
        super::Cli::command().debug_assert();
    }
}
