//! The results of an import: of each row, and in total.

use std::{
    fmt,
    io::{self, Write},
};

use indicatif::ProgressBar;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    cli::progress::bar,
    connections::{Error, ImportRefusal},
    exports::Problem,
};

/// Elsewhere than on a terminal, progress is a line each time that so many rows are done.
const A_LINE_EVERY: u64 = 100;

/// The result of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The provider has taken the token: it is a connection.
    Lives,
    /// It was imported before.
    Already,
    /// It would be sent.
    WouldImport,
    /// The provider has refused it for good.
    Dead,
    /// It was not sent, and a new run won't send it either.
    Skipped,
    /// Whether it lives is not known. A new run sends it, or says what to do first.
    Unclear,
}

/// A line of the report. No token is in it, and of a row that can't be read nothing but its line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportLine {
    pub line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<&'static str>,
    pub outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What happened, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// The file, or how it is read, has to change.
    #[serde(skip)]
    pub is_mistake: bool,
}

impl ReportLine {
    /// Of a row that says what there is to import.
    pub fn of(line: u64, user_id: Uuid, provider: domain::Provider, outcome: Outcome) -> Self {
        Self {
            user_id: Some(user_id),
            provider: Some(provider.as_str()),
            ..Self::bare(line, outcome)
        }
    }

    fn bare(line: u64, outcome: Outcome) -> Self {
        Self {
            line,
            user_id: None,
            provider: None,
            outcome,
            code: None,
            message: None,
            evidence: None,
            is_mistake: false,
        }
    }

    /// Of a row that says nothing to import.
    pub fn unreadable(line: u64, problem: Problem) -> Self {
        Self {
            code: Some(problem.code()),
            message: Some(problem.to_string()),
            is_mistake: problem.is_mistake(),
            ..Self::bare(line, Outcome::Skipped)
        }
    }

    /// The same line with why it was not imported.
    pub fn with(self, error: &Error) -> Self {
        let (outcome, code, message) = told(error);
        let evidence = match error {
            Error::ImportDead { evidence, .. }
            | Error::ImportUnclear { evidence, .. }
            | Error::ImportClientRefused { evidence, .. } => Some(evidence.clone()),
            _ => None,
        };
        Self { outcome, code: Some(code), message: Some(message), evidence, ..self }
    }
}

/// The outcome, and in the words of this command what to do.
fn told(error: &Error) -> (Outcome, &'static str, String) {
    let Error::ImportRefused { why, .. } = error else {
        let outcome = match error {
            Error::ImportDead { .. } => Outcome::Dead,
            Error::BadInput(_) => Outcome::Skipped,
            _ => Outcome::Unclear,
        };
        return (outcome, error.code(), error.to_string());
    };
    let (outcome, code, message) = match why {
        ImportRefusal::AlreadyConnected => (
            Outcome::Skipped,
            "ALREADY_CONNECTED",
            "The user already has a connection from a sign-in or another import. Add --replace to \
             overwrite such connections.",
        ),
        ImportRefusal::Disconnected => (
            Outcome::Skipped,
            "DISCONNECTED",
            "The user has disconnected this provider. Add --reconnect to import such connections.",
        ),
        ImportRefusal::UserDeleted => (
            Outcome::Skipped,
            "USER_DELETED",
            "The user was deleted. Remove the row from the file.",
        ),
        ImportRefusal::Interrupted => (
            Outcome::Unclear,
            "INTERRUPTED",
            "The token was sent, but the response was lost, so the token may no longer be valid. \
             Add --retry-interrupted to send it again, or ask the user to sign in.",
        ),
        ImportRefusal::UsedUp => (
            Outcome::Skipped,
            "USED_UP",
            "The token was imported before, and its connection is gone. Ask the user to sign in.",
        ),
    };
    (outcome, code, message.to_owned())
}

/// How many rows became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub rows: u64,
    pub lives: u64,
    pub already: u64,
    pub would_import: u64,
    pub dead: u64,
    pub skipped: u64,
    pub unclear: u64,
    /// Of those that were skipped.
    pub mistakes: u64,
}

impl Totals {
    fn count(&mut self, line: &ReportLine) {
        self.rows += 1;
        self.mistakes += u64::from(line.is_mistake);
        *match line.outcome {
            Outcome::Lives => &mut self.lives,
            Outcome::Already => &mut self.already,
            Outcome::WouldImport => &mut self.would_import,
            Outcome::Dead => &mut self.dead,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Unclear => &mut self.unclear,
        } += 1;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, lives, already, would_import, dead, skipped, unclear, .. } = self;
        write!(f, "{rows} rows: {lives} live, {already} already imported, ")?;
        if *would_import > 0 {
            write!(f, "{would_import} would be imported, ")?;
        }
        write!(f, "{dead} dead, {skipped} skipped, {unclear} unclear")
    }
}

/// Writes the report as rows are done, and progress to standard error.
pub struct Report {
    lines: Box<dyn Write>,
    bar: Option<ProgressBar>,
    pub totals: Totals,
}

impl Report {
    /// A report that goes to `lines`.
    pub fn to(lines: Box<dyn Write>) -> Self {
        let bar = bar("{spinner} {elapsed} {msg}");
        Self { lines, bar, totals: Totals::default() }
    }

    /// Adds a line, which is written at once: a kill loses none.
    ///
    /// # Errors
    /// It can't be written.
    pub fn add(&mut self, line: &ReportLine) -> io::Result<()> {
        serde_json::to_writer(&mut self.lines, line)?;
        self.lines.write_all(b"\n")?;
        self.lines.flush()?;
        self.totals.count(line);
        match &self.bar {
            Some(bar) => {
                bar.set_message(self.totals.to_string());
                bar.tick();
            }
            None if self.totals.rows.is_multiple_of(A_LINE_EVERY) => eprintln!("{}", self.totals),
            None => {}
        }
        Ok(())
    }

    /// Takes the progress off the terminal.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
