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
mod settings_reference;
mod signal;
mod status;
mod table;
mod webhooks;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::http::listener::descriptors;

/// Keeps the OAuth provider tokens of your Nhost app's users on the server, and serves them over
/// GraphQL.
///
/// Start with `provider-connections init`, which writes a settings file. Without a command, the
/// server starts. A setting is a flag, an environment variable of the same name, or a line of a
/// settings file: the file of --config, or .env in the working directory. Flags apply first, then
/// the environment, then --config, then .env. `provider-connections serve --help` lists all
/// settings.
#[derive(Parser)]
#[command(version, propagate_version = true, subcommand_required = true)]
pub struct Cli {
    /// Settings file with NAME=value lines, as `init` writes it
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
    /// Start the server (the default)
    Serve(Box<serve::ServeArgs>),
    /// Write a settings file with new keys, and print what to fill in. Never overwrites a file
    Init(init::InitArgs),
    /// Try everything: a server on SQLite and a simulated Nhost Auth, with a page that shows how it
    /// works
    Demo(demo::DemoArgs),
    /// Apply database migrations, list them, or revert them
    Migrate(migrate::MigrateArgs),
    /// Copy an SQLite database to a file while a server uses it
    Backup(backup::BackupArgs),
    /// Check the settings, the database, Nhost Auth and Hasura, and print what to fix. Changes
    /// nothing
    Doctor(Box<doctor::DoctorArgs>),
    /// Print the GraphQL schema
    Schema,
    /// Print the reference of all settings as Markdown: docs/settings.md
    Settings,
    /// Create, check, rotate and retire the keys that encrypt tokens
    Keys(keys::KeysArgs),
    /// List, show, refresh, disconnect, export, import or revoke connections, with or without a
    /// running server
    Connections(Box<connections::ConnectionsArgs>),
    /// Print the state of this installation: connections, refreshes, failures, revocations,
    /// webhooks, keys and the spool
    Status(Box<status::StatusArgs>),
    /// Print the Hasura metadata for this server, or apply it to a running Hasura: remote schema,
    /// permissions, relationship from users, and the event trigger for deleted users
    Hasura(Box<hasura::HasuraArgs>),
    /// Create a webhook secret, list webhooks, send them again, or send a test webhook
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
            // A report that has errors in it isn't a failure of the command itself.
            Command::Doctor(arguments) => match block_on(doctor::run(*arguments)) {
                Ok(sound) => return if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE },
                Err(error) => Err(error),
            },
            // Remaining work isn't a failure either: scripts recognize it by the exit code.
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
            Command::Settings => settings_reference::run(),
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
