//! Which names are settings, and which are probably meant.

use std::collections::BTreeSet;

use super::{KnownNames, NO_FLAGS};
use crate::config::{providers, telemetry};

/// Settings of other programs that look like ours.
const OF_OTHERS: [&str; 1] = ["HASURA_GRAPHQL_ADMIN_SECRETS"];

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
