//! The environment of this process, with what settings files add to it.
//!
//! A settings file never changes the environment itself. What is set there to something that isn't
//! empty takes precedence over the files; an empty variable counts as not set, as Compose and
//! Kubernetes make one of a variable that isn't there.

mod file;
mod names;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
    path::PathBuf,
    sync::OnceLock,
};

use file::Entry;
pub use file::{SettingsFile, SettingsFileError, quoted};
pub(crate) use names::nearest;

/// Read once, before the command line, and the same from then on.
static FILES: OnceLock<Files> = OnceLock::new();

/// Variables that are settings, and no flags.
const NO_FLAGS: [&str; 1] = ["RUST_LOG"];

/// What the settings files of this process hold.
#[derive(Debug, Default)]
pub struct Files {
    /// The value of each name, from the file that takes precedence.
    values: BTreeMap<String, String>,
    /// Where they were read from.
    read: Vec<PathBuf>,
    /// Names and lines that can't be meant, those of the environment included.
    mistakes: Vec<String>,
    /// Names whose line can't be read: to call them missing as well would be untrue.
    unreadable: BTreeSet<String>,
    warnings: Vec<String>,
}

/// The names of settings, as the command line has them.
#[derive(Clone, Debug, Default)]
pub struct KnownNames {
    /// Of the command that runs.
    pub command: BTreeSet<String>,
    /// Of all commands.
    pub all: BTreeSet<String>,
    /// Those among them that are secrets.
    pub secrets: BTreeSet<String>,
    /// Of the command that runs, those that a flag or the environment sets.
    pub given: BTreeSet<String>,
}

impl Files {
    /// Puts files together, the one that takes precedence first, and looks for names that can't
    /// be meant.
    pub fn new(files: Vec<SettingsFile>, names: &KnownNames) -> Self {
        let mut together = Self::default();
        for file in &files {
            // A secret and its file are one name: what takes precedence may have the other.
            let above: BTreeSet<_> = together.values.keys().cloned().collect();
            let is_above = |name: &str| {
                names.given.contains(name) || of_process(name).is_some() || above.contains(name)
            };
            for Entry { name, value, .. } in &file.entries {
                let other = names.other_name(name);
                if !value.trim().is_empty() && !other.is_some_and(|other| is_above(&other)) {
                    together.values.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        for file in files {
            together.look_at(file, names);
        }
        let mut environment = Vec::new();
        for (name, value) in env::vars_os() {
            if let Some(name) = name.to_str()
                && !value.is_empty()
                && let Some(meant) = names.misspelt(name)
                && !together.sets(meant, names)
            {
                environment.push(format!(
                    "{name} is not a setting of this server: rename it to {meant}, or unset it"
                ));
            }
        }
        environment.sort();
        together.mistakes.extend(environment);
        together
    }

    /// Notes what is wrong with a file.
    fn look_at(&mut self, file: SettingsFile, names: &KnownNames) {
        let SettingsFile { path, shared, entries, problems, open_to } = file;
        let shown = path.display();
        if let Some(rights) = open_to
            && entries.iter().any(|entry| names.is_secret(&entry.name))
        {
            self.warnings.push(format!(
                "other users of this machine can read the secrets in {shown} (its mode is \
                 {rights}): run `chmod 600 {shown}`"
            ));
        }
        for (number, problem, name) in problems {
            // A line of a file that is shared with other programs may be meant for them.
            let ours = name.as_deref().is_some_and(|name| names.is_known(name));
            if shared && !ours {
                self.warnings
                    .push(format!("{shown}: line {number} is ignored, because it {problem}"));
                continue;
            }
            self.mistakes.push(format!("{shown}, line {number} {problem}"));
            self.unreadable.extend(name);
        }
        let mut seen: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for entry in entries {
            let (name, number) = (entry.name, entry.line);
            if let Some((first, value)) = seen.get(&name) {
                if *value != entry.value && names.is_known(&name) {
                    self.mistakes.push(format!(
                        "{shown} sets {name} twice, in lines {first} and {number}: remove one of \
                         them"
                    ));
                }
                continue;
            }
            let meant = if shared {
                names.misspelt(&name).filter(|meant| !self.sets(meant, names))
            } else {
                names.misspelt_in_file(&name)
            };
            match meant {
                Some(meant) => self.mistakes.push(format!(
                    "{shown}, line {number}: {name} is not a setting of this server: rename it to \
                     {meant}"
                )),
                None if shared || names.is_known(&name) => {}
                None if names::is_of_process_alone(&name) => self.mistakes.push(format!(
                    "{shown}, line {number}: {name} is read only from the environment of the \
                     process: set it there, and remove this line"
                )),
                None => self.mistakes.push(format!(
                    "{shown}, line {number}: {name} is not a setting of this server: remove it \
                     (`provider-connections serve --help` lists all)"
                )),
            }
            seen.insert(name, (number, entry.value));
        }
        self.read.push(path);
    }

    /// Whether something sets it: a flag, the environment or a file.
    fn sets(&self, name: &str, names: &KnownNames) -> bool {
        names.given.contains(name) || self.values.contains_key(name)
    }

    /// The value of `name` in the files, if the environment has none.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Makes them part of the environment of this process. Only the first call does.
    pub fn install(self) {
        let _ = FILES.set(self);
    }
}

/// A variable that is set to something, in the environment or else in a settings file.
pub fn var(name: &str) -> Option<String> {
    let of_files = || FILES.get()?.value(name).map(str::to_owned);
    of_process(name).and_then(|value| value.into_string().ok()).or_else(of_files)
}

/// All variables, those of settings files behind those of the process.
pub fn vars_os() -> impl Iterator<Item = (OsString, OsString)> {
    let of_files = FILES.get().into_iter().flat_map(|files| &files.values);
    let added = of_files
        .filter(|(name, _)| of_process(name).is_none())
        .map(|(name, value)| (name.into(), value.into()));
    let of_process = env::vars_os().filter(|(_, value)| !value.is_empty());
    of_process.chain(added)
}

/// The settings files that were read.
pub fn files() -> &'static [PathBuf] {
    FILES.get().map_or(&[], |files| &files.read)
}

/// What is allowed in settings files, but seldom meant.
pub fn warnings() -> &'static [String] {
    FILES.get().map_or(&[], |files| &files.warnings)
}

/// Names and lines that can't be meant.
pub(super) fn mistakes() -> &'static [String] {
    FILES.get().map_or(&[], |files| &files.mistakes)
}

/// Whether the line of this setting can't be read.
pub(super) fn is_unreadable(name: &str) -> bool {
    FILES.get().is_some_and(|files| files.unreadable.contains(name))
}

/// A variable of the process that isn't empty.
fn of_process(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
