//! `settings`: the page `docs/settings.md`, generated from the arguments that the command line is
//! parsed by.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use clap::{Arg, Command, CommandFactory};

use super::{Cli, CommandError};
use crate::config::{groups, reference};

const INTRODUCTION: &str = include_str!("settings_reference.md");
const COLUMNS: &str = "| setting | value | default | meaning |\n|---|---|---|---|\n";

/// Prints the page.
#[expect(clippy::unnecessary_wraps, reason = "a command like the others")]
pub fn run() -> Result<(), CommandError> {
    print!("{}", page(&Cli::command()));
    Ok(())
}

fn page(cli: &Command) -> String {
    let mut page = INTRODUCTION.to_owned();
    let serve: Vec<_> = cli.find_subcommand("serve").into_iter().flat_map(settings).collect();
    for group in groups::ALL {
        let _ = write!(page, "\n### {group}\n\n{COLUMNS}");
        for setting in serve.iter().filter(|setting| setting.group == Some(group)) {
            page += &setting.row();
        }
        match group {
            groups::PROVIDERS => page += &of_providers(),
            groups::TELEMETRY => page += &of_telemetry(),
            _ => {}
        }
    }
    let known = serve.iter().map(|setting| setting.name).collect();
    page += &of_other_commands(cli, &known);
    page
}

/// A setting as the command line has it.
struct Setting<'a> {
    name: &'a str,
    group: Option<&'a str>,
    value: String,
    default: String,
    text: String,
    is_secret: bool,
}

/// The settings of a command. A secret and its file are one.
fn settings(command: &Command) -> Vec<Setting<'_>> {
    let names: BTreeSet<_> = command.get_arguments().filter_map(name).collect();
    let of = |argument| {
        let name = name(argument)?;
        let is_file = name.strip_suffix("_FILE").is_some_and(|of| names.contains(of));
        (!is_file).then(|| Setting {
            name,
            group: argument.get_help_heading(),
            value: value(argument),
            default: default(argument),
            text: argument.get_help().map(ToString::to_string).unwrap_or_default(),
            is_secret: names.contains(format!("{name}_FILE").as_str()),
        })
    };
    command.get_arguments().filter_map(of).collect()
}

fn name(argument: &Arg) -> Option<&str> {
    argument.get_env()?.to_str()
}

fn value(argument: &Arg) -> String {
    let possible = argument.get_possible_values();
    if !possible.is_empty() {
        let names: Vec<_> = possible.iter().map(clap::builder::PossibleValue::get_name).collect();
        return names.join("|");
    }
    argument
        .get_value_names()
        .and_then(|names| names.first())
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn default(argument: &Arg) -> String {
    let default = argument.get_default_values().first();
    default.map(|default| default.to_string_lossy().into_owned()).unwrap_or_default()
}

impl Setting<'_> {
    fn row(&self) -> String {
        let Self { name, value, default, text, is_secret, .. } = self;
        let secret = secret(*is_secret);
        format!(
            "| `{name}` | {} | {} | {}.{secret} |\n",
            code(value),
            code(default),
            markdown(text)
        )
    }
}

fn of_providers() -> String {
    let mut text = "\nThe settings of a single provider are environment variables or lines of a settings \
                    file, and not flags. `<ID>` is the provider's ID in capitals, such as `GOOGLE`. See \
                    [providers.md](providers.md) and [signals.md](signals.md).\n\n\
                    | setting | value | providers | meaning |\n|---|---|---|---|\n"
        .to_owned();
    for setting in reference::providers() {
        let secret = secret(setting.is_secret);
        let _ = writeln!(
            text,
            "| `PROVIDER_<ID>_{}` | {} | {} | {}.{secret} |",
            setting.name,
            code(setting.value),
            setting.providers(),
            markdown(setting.text)
        );
    }
    text
}

fn of_telemetry() -> String {
    let mut text = format!(
        "\nThese are environment variables or lines of a settings file, and not flags. See \
         [observability.md](observability.md).\n\n{COLUMNS}"
    );
    for variable in reference::VARIABLES {
        let reference::Variable { name, value, default, text: meaning } = variable;
        let _ = writeln!(
            text,
            "| `{name}` | {} | {} | {}. |",
            code(value),
            code(default),
            markdown(meaning)
        );
    }
    text
}

/// Settings that `serve` doesn't have.
fn of_other_commands(cli: &Command, known: &BTreeSet<&str>) -> String {
    let mut commands: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut rows: BTreeMap<&str, Setting<'_>> = BTreeMap::new();
    for command in cli.get_subcommands() {
        for setting in settings(command).into_iter().filter(|one| !known.contains(one.name)) {
            // `hasura` reads the secret itself from the environment alone: its flag is the file.
            let name = setting.name.strip_suffix("_FILE").unwrap_or(setting.name);
            commands.entry(name).or_default().push(format!("`{}`", command.get_name()));
            rows.entry(name).or_insert(setting);
        }
    }
    let mut text =
        "\n### Other commands\n\n| setting | value | commands | meaning |\n|---|---|---|---|\n"
            .to_owned();
    for (name, setting) in rows {
        let _ = writeln!(
            text,
            "| `{name}` | {} | {} | {}.{} |",
            code(&setting.value),
            commands[name].join(", "),
            markdown(&setting.text),
            secret(setting.is_secret)
        );
    }
    text
}

fn secret(is_secret: bool) -> &'static str {
    if is_secret { " *Secret*" } else { "" }
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", in_table(text)) }
}

/// A cell ends at a bar, even in code.
fn in_table(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Help for a terminal, with names as code and documents as links.
fn markdown(help: &str) -> String {
    let mut is_code = false;
    let mut parts = Vec::new();
    for part in help.split('`') {
        parts.push(if is_code { in_table(part) } else { linked(part) });
        is_code = !is_code;
    }
    parts.join("`")
}

fn linked(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let core = word.trim_matches(['(', ')', ',', '.', ':', ';']);
        let is_name = core.contains('_')
            && core.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
        if let Some(page) = core.strip_prefix("docs/") {
            word.replace(core, &format!("[{page}]({page})"))
        } else if is_name {
            word.replace(core, &format!("`{core}`"))
        } else {
            word.to_owned()
        }
    });
    in_table(&words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::markdown;

    #[test]
    fn names_become_code_and_documents_links() {
        let help = "Instead of NHOST_AUTH_URL, `a|b`. GraphQL only (see docs/jwt.md)";
        let expected = "Instead of `NHOST_AUTH_URL`, `a\\|b`. GraphQL only (see [jwt.md](jwt.md))";
        assert_eq!(markdown(help), expected);
    }
}
