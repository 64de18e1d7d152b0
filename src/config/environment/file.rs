//! A file of `NAME=value` lines, as `.env` files are written.

use std::{
    cell::Cell,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    rc::Rc,
};

use crate::private_files;

const NO_LINE: &str = "is not NAME=value, or its quotes don't match: put a value with spaces, \
                       quotes or # in single quotes";
const HAS_DOLLAR: &str =
    "has a $ outside single quotes, but variables are not expanded: put the value in single quotes";

/// What a settings file has in it.
#[derive(Debug)]
pub struct SettingsFile {
    pub(super) path: PathBuf,
    /// Other programs may read it, too: names that are unknown here aren't mistakes.
    pub(super) shared: bool,
    pub(super) entries: Vec<Entry>,
    /// Lines that can't be read, what is wrong with each, and which setting it was to be.
    pub(super) problems: Vec<(usize, &'static str, Option<String>)>,
    /// The file's rights, where others than its owner may read it.
    pub(super) open_to: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: String,
    pub value: String,
    /// From 1 on; of several lines the last.
    pub line: usize,
}

/// A settings file can't be read. Nothing of what is in it is in the message.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFileError {
    #[error(
        "the settings file {} does not exist: check its path, or create it with \
         `provider-connections init --config {}`", .0.display(), .0.display()
    )]
    Missing(PathBuf),
    #[error("the settings file {} can't be read ({}): check its path and permissions", path.display(), cause.kind())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("the settings file {} is not UTF-8 text: save it as UTF-8", .0.display())]
    NoText(PathBuf),
}

impl SettingsFile {
    /// Reads a file that is for this server alone.
    ///
    /// # Errors
    /// It can't be read, or isn't text.
    pub fn read(path: &Path) -> Result<Self, SettingsFileError> {
        let bytes = fs::read(path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => SettingsFileError::Missing(path.to_owned()),
            _ => SettingsFileError::Unreadable { path: path.to_owned(), cause },
        })?;
        let text =
            String::from_utf8(bytes).map_err(|_| SettingsFileError::NoText(path.to_owned()))?;
        let (entries, problems) = parse(&text);
        let open_to = private_files::open_to_others(path);
        Ok(Self { path: path.to_owned(), shared: false, entries, problems, open_to })
    }

    /// Reads a file that other programs may read as well, such as `.env`.
    ///
    /// # Errors
    /// It can't be read, or isn't text.
    pub fn read_shared(path: &Path) -> Result<Self, SettingsFileError> {
        Ok(Self { shared: true, ..Self::read(path)? })
    }

    /// What a name is set to.
    pub fn value(&self, name: &str) -> Option<&str> {
        let of_name = self.entries.iter().find(|entry| entry.name == name);
        of_name.map(|entry| entry.value.as_str())
    }

    /// The names that are set to something.
    pub fn filled_in(&self) -> impl Iterator<Item = &str> {
        let filled_in = self.entries.iter().filter(|entry| !entry.value.trim().is_empty());
        filled_in.map(|entry| entry.name.as_str())
    }
}

/// A value as it is written into a settings file.
///
/// # Errors
/// It has a line break, or both kinds of quotes.
pub fn quoted(name: &str, value: &str) -> Result<String, String> {
    let is_plain =
        |letter: char| letter.is_ascii_alphanumeric() || "_-./:@%+=,?&~".contains(letter);
    if value.chars().all(is_plain) {
        Ok(value.to_owned())
    } else if !value.contains(|letter: char| letter == '\'' || letter.is_control()) {
        Ok(format!("'{value}'"))
    } else {
        Err(format!(
            "{name} has a single quote or a line break: leave out the flag, and write the value \
             into the file"
        ))
    }
}

type Problem = (usize, &'static str, Option<String>);

pub(super) fn parse(text: &str) -> (Vec<Entry>, Vec<Problem>) {
    // Windows' Notepad begins a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The library takes white space at the very end for a line that goes on.
    let lines: Vec<_> = text.lines().map(|line| format!("{line}\n")).collect();
    let consumed = Rc::new(Cell::new(0));
    let reader = LineByLine { lines: &lines, rest: &[], consumed: consumed.clone() };
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    let mut before = 0;
    for item in dotenvy::from_read_iter(reader) {
        let end = consumed.get();
        // Comments and empty lines before it are passed over silently.
        let skipped = lines[before..end].iter().take_while(|line| is_nothing(line)).count();
        let start = (before + skipped).min(end.saturating_sub(1));
        let raw = lines[start..end].concat();
        before = end;
        match item {
            Ok((name, _)) if has_dollar(&raw) => {
                problems.push((start + 1, HAS_DOLLAR, Some(name)));
            }
            Ok((name, value)) => entries.push(Entry { name, value, line: end }),
            // The error's own text has the line in it.
            Err(_) => {
                let problem = if has_dollar(&raw) { HAS_DOLLAR } else { NO_LINE };
                problems.push((start + 1, problem, name_of(&raw)));
            }
        }
    }
    (entries, problems)
}

fn is_nothing(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The name on a line that can't be read, if it can be told.
fn name_of(line: &str) -> Option<String> {
    let name = line.split_once('=')?.0.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

/// Whether the library would put another variable in place of something.
fn has_dollar(raw: &str) -> bool {
    let (mut quote, mut escaped, mut last) = (None, false, ' ');
    for letter in raw.chars() {
        match (quote, letter) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (_, '$') => return true,
            (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, '#') if last.is_whitespace() => return false,
            _ => {}
        }
        last = letter;
    }
    false
}

/// Hands out a line at a time, so that it is known how many have been read.
struct LineByLine<'a> {
    lines: &'a [String],
    /// Of the line that is being read.
    rest: &'a [u8],
    consumed: Rc<Cell<usize>>,
}

impl Read for LineByLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            let Some(next) = self.lines.get(self.consumed.get()) else { return Ok(0) };
            self.rest = next.as_bytes();
            self.consumed.set(self.consumed.get() + 1);
        }
        self.rest.read(buffer)
    }
}
