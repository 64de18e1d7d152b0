//! Where settings come from: flags, then the environment, then the file of `--config`, then `.env`.
//!
//! clap reads flags and the environment. What only a file has becomes a flag of a second reading,
//! so that defaults, help and every command stay clap's alone.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches, parser::ValueSource};

use super::{CONFIG, Cli};
use crate::config::environment::{self, Files, KnownNames, SettingsFile, SettingsFileError};

/// In the folder that the command is run in. Other programs read it, too.
const DOT_ENV: &str = ".env";

impl Cli {
    /// Reads the command line, the environment and the settings files.
    ///
    /// # Errors
    /// Help was asked for, the command line is wrong, or the file of `--config` can't be read: all
    /// that is to be said has been said.
    pub fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, ExitCode> {
        let mut arguments = Self::arguments(line);
        let command = Self::command();
        let matches = command.clone().get_matches_from(&arguments);
        let (running, own) = deepest(&command, &matches);
        let names = names(&command, running);
        if names.command.is_empty() {
            return Ok(Self::of(&matches));
        }
        let names = KnownNames { given: given(running, own), ..names };
        let files = match files(config(&matches).as_deref()) {
            Ok(files) => Files::new(files, &names),
            Err(error) => {
                eprintln!("provider-connections: {error}");
                return Err(ExitCode::FAILURE);
            }
        };
        let added: Vec<_> = running
            .get_arguments()
            .filter(|argument| !is_given(argument, own))
            .filter_map(|argument| flag(argument, &files))
            .collect();
        files.install();
        if !logs(running) {
            for warning in environment::warnings() {
                eprintln!("provider-connections: {warning}");
            }
        }
        if added.is_empty() {
            return Ok(Self::of(&matches));
        }
        let end = arguments.iter().position(|argument| argument == "--");
        let end = end.unwrap_or(arguments.len());
        arguments.splice(end..end, added);
        Ok(Self::of(&command.get_matches_from(arguments)))
    }

    fn of(matches: &ArgMatches) -> Self {
        Self::from_arg_matches(matches).unwrap_or_else(|error| error.exit())
    }
}

/// The command that runs, and what it was given.
fn deepest<'a>(command: &'a Command, matches: &'a ArgMatches) -> (&'a Command, &'a ArgMatches) {
    let below = matches
        .subcommand()
        .and_then(|(name, matches)| Some((command.find_subcommand(name)?, matches)));
    below.map_or((command, matches), |(command, matches)| deepest(command, matches))
}

/// Warnings are logged, or are findings of `doctor`.
fn logs(command: &Command) -> bool {
    command.get_name() == "doctor"
        || command.get_arguments().any(|argument| argument.get_id() == "log_format")
}

fn names(command: &Command, running: &Command) -> KnownNames {
    let mut names = KnownNames { command: settings(running), ..KnownNames::default() };
    collect(command, &mut names);
    names
}

fn settings(command: &Command) -> BTreeSet<String> {
    command.get_arguments().filter_map(name).map(str::to_owned).collect()
}

fn collect(command: &Command, names: &mut KnownNames) {
    names.all.extend(settings(command));
    let secrets = command.get_arguments().filter(|argument| argument.is_hide_env_values_set());
    names.secrets.extend(secrets.filter_map(name).map(str::to_owned));
    for command in command.get_subcommands() {
        collect(command, names);
    }
}

/// The variable of a setting.
fn name(argument: &Arg) -> Option<&str> {
    if argument.get_id() == CONFIG { None } else { argument.get_env()?.to_str() }
}

/// The file of `--config`. An empty variable counts as not set.
fn config(matches: &ArgMatches) -> Option<PathBuf> {
    let path = matches.get_one::<OsString>(CONFIG)?;
    (!path.is_empty()).then(|| path.into())
}

fn files(config: Option<&Path>) -> Result<Vec<SettingsFile>, SettingsFileError> {
    let mut files = Vec::new();
    if let Some(path) = config {
        files.push(SettingsFile::read(path)?);
    }
    match SettingsFile::read_shared(Path::new(DOT_ENV)) {
        _ if config == Some(Path::new(DOT_ENV)) => {}
        Ok(file) => files.push(file),
        Err(SettingsFileError::Missing(_)) => {}
        // It may be another user's, who hands it to this process as its environment.
        Err(error) => eprintln!("provider-connections: {error}. The file is ignored"),
    }
    Ok(files)
}

/// The settings of the command that a flag or the environment sets.
fn given(command: &Command, matches: &ArgMatches) -> BTreeSet<String> {
    let given = command.get_arguments().filter(|argument| is_given(argument, matches));
    given.filter_map(name).map(str::to_owned).collect()
}

/// Whether a flag or the environment sets it to something.
fn is_given(argument: &Arg, matches: &ArgMatches) -> bool {
    let id = argument.get_id().as_str();
    match matches.value_source(id) {
        Some(ValueSource::CommandLine) => true,
        Some(ValueSource::EnvVariable) => {
            matches.get_raw(id).is_some_and(|mut values| values.any(|value| !value.is_empty()))
        }
        _ => false,
    }
}

/// What a settings file says, as a flag.
fn flag(argument: &Arg, files: &Files) -> Option<OsString> {
    let (value, long) = (files.value(name(argument)?)?, argument.get_long()?);
    if argument.get_action().takes_values() {
        Some(format!("--{long}={value}").into())
    } else {
        (value.trim() == "true").then(|| format!("--{long}").into())
    }
}
