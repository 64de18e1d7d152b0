//! The reference of settings: generated from the command line's own definitions, committed, complete,
//! and grouped like `serve --help`.

use std::collections::BTreeSet;

use clap::{Arg, Command, CommandFactory};
use provider_connections::{cli::Cli, config::groups};

use crate::harness::Binary;

const COMMITTED: &str = include_str!("../../docs/settings.md");
const EXAMPLE: &str = include_str!("../../.env.example");

fn serve() -> Command {
    Cli::command().find_subcommand("serve").unwrap().clone()
}

/// The variable of a setting.
fn name(argument: &Arg) -> Option<&str> {
    argument.get_env()?.to_str()
}

/// The names in the first column of the tables.
fn documented() -> BTreeSet<&'static str> {
    let rows = COMMITTED.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`')).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn the_committed_page_is_what_the_code_generates() {
    let ended = Binary::new("settings").run().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    assert!(
        ended.stdout == COMMITTED,
        "docs/settings.md is stale: run `just settings`, and commit it. Its text is in \
         src/cli/settings_reference.md"
    );
}

#[test]
fn every_setting_is_on_the_page_and_a_secret_is_marked() {
    let documented = documented();
    let serve = serve();
    let names: BTreeSet<_> = serve.get_arguments().filter_map(name).collect();
    assert!(names.len() > 60, "settings are no longer found: {names:?}");
    for name in &names {
        let secret = name.strip_suffix("_FILE").filter(|secret| names.contains(secret));
        assert!(documented.contains(secret.unwrap_or(name)), "{name}");
        if let Some(secret) = secret {
            let row = COMMITTED.lines().find(|line| line.starts_with(&format!("| `{secret}` ")));
            assert!(row.unwrap().ends_with(" *Secret* |"), "{secret}");
        }
    }
}

#[test]
fn the_example_file_and_the_page_have_the_same_settings() {
    let lines = EXAMPLE.lines().map(|line| line.trim_start_matches('#'));
    let names = lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let is_name =
        |name: &&str| name.chars().all(|c| c.is_ascii_uppercase() || "_0123456789".contains(c));
    let examples: BTreeSet<_> = names.filter(is_name).filter(|name| !name.is_empty()).collect();
    for name in &examples {
        let of_provider = name.strip_prefix("PROVIDER_").and_then(|rest| rest.split_once('_'));
        let row = of_provider.map(|(_, setting)| format!("PROVIDER_<ID>_{setting}"));
        let row = row.as_deref().unwrap_or(name);
        assert!(documented().contains(row), ".env.example has {name}, docs/settings.md has not");
    }
    for argument in serve().get_arguments() {
        let Some(name) = name(argument).filter(|name| !name.ends_with("_FILE")) else { continue };
        let is_there = examples.contains(name) || name == "PROVIDER_CONNECTIONS_CONFIG";
        assert!(is_there, ".env.example lacks {name}");
    }
}

#[tokio::test]
async fn help_shows_every_setting_in_a_group_in_one_order() {
    for argument in serve().get_arguments() {
        let Some(name) = name(argument) else { continue };
        let group = argument.get_help_heading();
        let is_known = group.is_some_and(|group| groups::ALL.contains(&group));
        assert!(is_known || name == "PROVIDER_CONNECTIONS_CONFIG", "{name} is in {group:?}");
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.len() > 20, "{name} has no text: {help:?}");
        assert!(help.starts_with(char::is_uppercase), "{name}: {help}");
    }
    let help = Binary::new("serve").arg("--help").run().await.stdout;
    let headings: Vec<_> = help.lines().filter_map(|line| line.strip_suffix(':')).collect();
    let headings: Vec<_> = headings.into_iter().filter(|line| !line.starts_with(' ')).collect();
    let expected = [&["Options"], &groups::ALL[..], &["Settings file"]].concat();
    assert_eq!(headings.iter().collect::<BTreeSet<_>>(), expected.iter().collect());
    let in_order: Vec<_> = headings.iter().filter(|line| groups::ALL.contains(line)).collect();
    assert_eq!(in_order, groups::ALL.iter().collect::<Vec<_>>());
}

#[test]
fn other_commands_keep_their_own_flags_out_of_the_groups() {
    fn look(command: &Command, seen: &mut usize) {
        for argument in command.get_arguments().filter(|argument| argument.get_env().is_none()) {
            *seen += 1;
            let group = argument.get_help_heading();
            let id = argument.get_id();
            assert_eq!(group, None, "{} {id}", command.get_name());
        }
        command.get_subcommands().for_each(|command| look(command, seen));
    }
    let mut seen = 0;
    look(&Cli::command(), &mut seen);
    assert!(seen > 40, "flags are no longer found: {seen}");
}
