//! Which names are settings, and which are probably meant.

use std::collections::BTreeSet;

use super::{KnownNames, NO_FLAGS};
use crate::config::{providers, telemetry};

/// Settings of other programs that look like ours.
const OF_OTHERS: [&str; 1] = ["HASURA_GRAPHQL_ADMIN_SECRETS"];

/// Names that libraries read from the environment of the process: they never see settings files.
const OF_PROCESS: [&str; 2] = ["GOOGLE_APPLICATION_CREDENTIALS", "VAULT_CACERT"];
/// How further ones of them begin.
const OF_PROCESS_BEGINNINGS: [&str; 1] = ["AWS_"];

impl KnownNames {
    /// The setting that a variable is probably meant to be: one of the command that runs, which
    /// differs by a letter or two. A variable that is merely similar must not stop a start, so short
    /// names have none.
    pub(super) fn misspelt(&self, name: &str) -> Option<&str> {
        self.near(name, &self.command)
    }

    /// The same in a file that is for this server alone, where settings of all commands are.
    pub(super) fn misspelt_in_file(&self, name: &str) -> Option<&str> {
        self.near(name, &self.all)
    }

    /// A secret's other name: its variable's for its file's, and the other way around.
    pub(super) fn other_name(&self, name: &str) -> Option<String> {
        let other =
            name.strip_suffix("_FILE").map_or_else(|| format!("{name}_FILE"), str::to_owned);
        self.is_known(&other).then_some(other)
    }

    fn near<'a>(&self, name: &str, settings: &'a BTreeSet<String>) -> Option<&'a str> {
        if self.is_known(name) || OF_OTHERS.contains(&name) {
            return None;
        }
        let (nearest, distance) = nearest(name, settings.iter().map(String::as_str))?;
        let allowed = match nearest.len() {
            0..8 => 0,
            8..12 => 1,
            _ => 2,
        };
        (distance <= allowed).then_some(nearest)
    }

    /// Whether there is such a setting. What is wrong with a name that begins with `PROVIDER_` is
    /// said where those are read.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.all.contains(name)
            || NO_FLAGS.contains(&name)
            || providers::reads(name)
            || telemetry::reads(name)
    }

    pub(super) fn is_secret(&self, name: &str) -> bool {
        self.secrets.contains(name)
            || providers::reads(name)
            || name.starts_with("OTEL_EXPORTER_OTLP_") && name.ends_with("HEADERS")
    }
}

/// Whether a variable of this name, if it isn't a setting, is read from the environment of the process
/// alone.
pub(super) fn is_of_process_alone(name: &str) -> bool {
    OF_PROCESS.contains(&name)
        || OF_PROCESS_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || telemetry::is_of_sdk(name)
}

/// The word among `known` that `word` differs from the least, whatever the case, and by how many
/// letters.
pub(crate) fn nearest<'a>(
    word: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<(&'a str, usize)> {
    let word = word.to_uppercase();
    let with_distance =
        known.map(|known| (known, strsim::damerau_levenshtein(&word, &known.to_uppercase())));
    with_distance.min_by_key(|(_, distance)| *distance)
}
