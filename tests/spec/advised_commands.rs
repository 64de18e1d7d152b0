//! Every command that a message or a document advises exists, with the flags that it is given.

use std::{fs, path::Path};

use clap::{CommandFactory, error::ErrorKind};
use provider_connections::cli::Cli;

const NAME: &str = "provider-connections ";
/// Where people read of commands.
const PLACES: [&str; 9] = [
    "src",
    "docs",
    "deploy",
    "README.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "docker-compose.yml",
    ".env.example",
    "examples",
];
const KINDS: [&str; 12] = [
    "rs",
    "md",
    "yml",
    "yaml",
    "toml",
    "service",
    "txt",
    "example",
    "html",
    "sh",
    "tpl",
    "Dockerfile",
];

/// A command as it is written, and where.
#[derive(Debug)]
struct Advised {
    place: String,
    command: String,
    in_backticks: bool,
}

fn files(path: &Path, found: &mut Vec<std::path::PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name != "node_modules" && name != "tests") {
                files(&path, found);
            }
        }
    } else {
        let name = path.file_name().unwrap().to_string_lossy();
        let kind = name.rsplit('.').next().unwrap();
        if KINDS.contains(&kind) {
            found.push(path.to_owned());
        }
    }
}

/// Commands in backticks, and whole lines of documents that are a command.
fn advised() -> Vec<Advised> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for place in PLACES.iter().filter(|place| root.join(place).exists()) {
        files(&root.join(place), &mut paths);
    }
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let place = path.strip_prefix(root).unwrap().display().to_string();
        // A literal goes on behind a line's end, and a comment behind its marks.
        let joined: Vec<_> = text.split("\\\n").map(str::trim_start).collect();
        let joined = joined.concat().replace("\n    /// ", " ").replace("\n/// ", " ");
        let quoted = joined.split('`').skip(1).step_by(2);
        let lines = joined.lines().map(|line| line.trim_start_matches(['#', '/', ' ', '$']));
        let marked = |line: &&str| line.contains(NAME) && !line.contains('`');
        let lines = lines.filter(marked).filter_map(|line| line.find(NAME).map(|at| &line[at..]));
        let quoted = quoted.filter(|text| text.starts_with(NAME)).map(|text| (text, true));
        for (command, in_backticks) in quoted.chain(lines.map(|line| (line, false))) {
            let (place, command) = (place.clone(), command.to_owned());
            found.push(Advised { place, command, in_backticks });
        }
    }
    found
}

/// The words up to where a shell, a comment or the sentence goes on; `None`: it is prose.
fn arguments(command: &str) -> Option<Vec<String>> {
    let ends = ['|', '>', ';', '&', '#', '"', '<', '\n', ')', ','];
    let command = &command[..command.find(ends).unwrap_or(command.len())];
    let words =
        command.split_whitespace().map(|word| word.trim_matches(['[', ']', '\'', '.', ':']));
    // A name in braces stands for itself.
    let words = words.map(|word| word.replace(['{', '}'], ""));
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let known = |word: &String| {
        let mut commands = Cli::command();
        commands.build();
        commands.get_subcommands().any(|command| command.get_name() == word)
    };
    words.get(1).is_some_and(known).then_some(words)
}

/// Whether the command line has this command and these flags, whatever follows in a sentence.
fn exists(words: &[String]) -> Result<(), String> {
    let mut command = Cli::command();
    command.build();
    let mut at = &command;
    for word in &words[1..] {
        if let Some(flag) = word.strip_prefix("--") {
            let flag = flag.split('=').next().unwrap();
            let known = ["help", "version"].contains(&flag)
                || at.get_arguments().any(|argument| argument.get_long() == Some(flag));
            if !known {
                return Err(format!("`{}` has no flag --{flag}", at.get_name()));
            }
        } else if let Some(inner) = at.find_subcommand(word) {
            at = inner;
        } else if at.has_subcommands() && at.is_subcommand_required_set() {
            return Err(format!("`{}` has no command {word}", at.get_name()));
        }
        // Anything else is an argument, or prose: a flag may follow.
    }
    Ok(())
}

#[test]
fn every_command_that_is_advised_exists() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for Advised { place, command, in_backticks } in advised() {
        let Some(words) = arguments(&command) else {
            // Outside backticks it may be prose.
            if in_backticks {
                wrong.push(format!("{place}: {command}: there is no such command"));
            }
            continue;
        };
        seen += 1;
        if let Err(why) = exists(&words) {
            wrong.push(format!("{place}: {command}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 20, "commands are no longer found: {seen}");
}

#[test]
fn commands_that_are_not_there_are_found() {
    for (command, is_there) in [
        ("provider-connections keys rotate --dry-run", true),
        ("provider-connections keys retire {id} --lost", true),
        ("provider-connections keys retire 2025-04 --found", false),
        ("provider-connections keys revolve", false),
        ("provider-connections keys rotate --dry", false),
        ("provider-connections migrate --down 1", true),
        ("provider-connections migrate --sideways", false),
    ] {
        assert_eq!(exists(&arguments(command).unwrap()).is_ok(), is_there, "{command}");
    }
    assert_eq!(arguments("provider-connections that wrote it, or a newer one"), None);
    let parsed = Cli::command().try_get_matches_from(["provider-connections", "keys", "revolve"]);
    assert_eq!(parsed.unwrap_err().kind(), ErrorKind::InvalidSubcommand);
}
