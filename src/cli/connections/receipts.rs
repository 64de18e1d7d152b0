//! Receipts as lines of JSON, on standard output or behind what is in a file.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write, stdout},
    path::Path,
};

use chrono::{DateTime, Utc};
use domain::RevocationOutcome;
use serde::Serialize;
use uuid::Uuid;

use crate::{cli::CommandError, private_files, store::Receipt};

/// Where receipts are written.
pub enum Receipts {
    Stdout,
    File(File),
}

/// A receipt. It is made of what the database has of it alone, so that one that is written twice,
/// because the process died in between, says the same twice.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptJson<'a> {
    connection_id: Uuid,
    user_id: Uuid,
    provider: &'static str,
    connected_at: DateTime<Utc>,
    removed_at: DateTime<Utc>,
    result: &'static str,
    /// Whether this is the last word. There is one for each connection.
    #[serde(rename = "final")]
    is_final: bool,
    /// When the result was known. A receipt that is not final has none.
    at: Option<DateTime<Utc>>,
    status: Option<i32>,
    detail: Option<&'a str>,
    what_to_do: Option<&'static str>,
}

impl Receipts {
    /// Opens a file to write behind what is in it, for this process alone. A line that was torn by a
    /// crash is taken out: its receipt is still owed.
    ///
    /// # Errors
    /// It can't be opened, or another process writes to it.
    pub fn to(path: Option<&Path>) -> Result<Self, CommandError> {
        let Some(path) = path else { return Ok(Self::Stdout) };
        let opened = private_files::make(path)
            .and_then(|()| OpenOptions::new().read(true).append(true).open(path));
        let mut file = opened.map_err(|error| {
            format!(
                "--receipts {} can't be written: {error}. Check its path and permissions.",
                path.display()
            )
        })?;
        if file.try_lock().is_err() {
            return Err(format!(
                "another process is writing to {}. Wait until it has finished, or choose another \
                 file.",
                path.display()
            )
            .into());
        }
        without_torn_line(&mut file)?;
        Ok(Self::File(file))
    }

    /// When this returns, a file's lines are on disk.
    pub fn write(&mut self, receipts: &[Receipt]) -> io::Result<()> {
        let mut lines = Vec::new();
        for receipt in receipts {
            serde_json::to_writer(&mut lines, &ReceiptJson::of(receipt))?;
            lines.push(b'\n');
        }
        match self {
            Self::Stdout => {
                let mut stdout = stdout().lock();
                stdout.write_all(&lines)?;
                stdout.flush()
            }
            Self::File(file) => {
                file.write_all(&lines)?;
                file.sync_data()
            }
        }
    }
}

fn without_torn_line(file: &mut File) -> io::Result<()> {
    let mut written = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut written)?;
    let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if whole < written.len() {
        // Whoever wrote something else in there does not lose it.
        let rest = &written[whole..];
        if rest.starts_with(b"{\"connectionId\"") || rest.len() < 16 {
            file.set_len(whole as u64)?;
        } else {
            file.write_all(b"\n")?;
        }
    }
    Ok(())
}

impl<'a> ReceiptJson<'a> {
    fn of(receipt: &'a Receipt) -> Self {
        let refused = receipt.status.is_some();
        let result = match receipt.outcome {
            Some(RevocationOutcome::Failed) | None if refused => "refused",
            None => "pending",
            Some(outcome) => outcome.as_str(),
        };
        let fails = matches!(receipt.outcome, Some(RevocationOutcome::Failed) | None);
        Self {
            connection_id: receipt.connection_id,
            user_id: receipt.user_id,
            provider: receipt.provider.as_str(),
            connected_at: receipt.connected_at,
            removed_at: receipt.removed_at,
            result,
            is_final: receipt.outcome.is_some(),
            at: receipt.settled_at,
            status: receipt.status.filter(|_| fails),
            detail: receipt.detail.as_deref().filter(|_| fails),
            what_to_do: what_to_do(receipt.outcome, refused),
        }
    }
}

fn what_to_do(outcome: Option<RevocationOutcome>, refused: bool) -> Option<&'static str> {
    Some(match outcome {
        Some(RevocationOutcome::Revoked) => return None,
        Some(RevocationOutcome::Unsupported) => {
            "revoke the grant at the provider: docs/incident.md, Providers that can't be told"
        }
        Some(RevocationOutcome::Failed) => {
            "its tokens are removed here; revoke the grant at the provider: docs/incident.md, \
             Providers that can't be told"
        }
        Some(RevocationOutcome::Superseded) => {
            "the user connected again first, and the older grant may still be valid: revoke again \
             with --user"
        }
        None if refused => {
            "check the provider's client credentials; running servers try again, and the same \
             command prints the final receipt"
        }
        None => "running servers try again, and the same command prints the final receipt",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(outcome: Option<RevocationOutcome>, status: Option<i32>) -> Receipt {
        let at = DateTime::from_timestamp(1_700_000_000, 0).expect("it is a time");
        Receipt {
            id: Uuid::nil(),
            connection_id: Uuid::nil(),
            user_id: Uuid::nil(),
            provider: domain::Provider::Google,
            connected_at: at,
            removed_at: at,
            outcome,
            status,
            detail: Some("invalid_client (HTTP 401) from example.com".to_owned()),
            settled_at: outcome.map(|_| at),
        }
    }

    fn said(outcome: Option<RevocationOutcome>, status: Option<i32>) -> serde_json::Value {
        serde_json::to_value(ReceiptJson::of(&receipt(outcome, status))).expect("it is JSON")
    }

    #[test]
    fn only_what_is_settled_is_final() {
        for (outcome, status, result) in [
            (None, None, "pending"),
            (None, Some(401), "refused"),
            (Some(RevocationOutcome::Failed), Some(401), "refused"),
            (Some(RevocationOutcome::Failed), None, "failed"),
            (Some(RevocationOutcome::Revoked), Some(401), "revoked"),
            (Some(RevocationOutcome::Superseded), None, "superseded"),
            (Some(RevocationOutcome::Unsupported), None, "unsupported"),
        ] {
            let said = said(outcome, status);
            assert_eq!(
                (&said["result"], &said["final"]),
                (&result.into(), &outcome.is_some().into())
            );
        }
    }

    #[test]
    fn a_grant_that_was_revoked_in_the_end_says_nothing_of_refusals_before() {
        let said = said(Some(RevocationOutcome::Revoked), Some(401));
        assert!(said["status"].is_null() && said["detail"].is_null(), "{said}");
    }

    #[test]
    fn a_torn_line_is_taken_out_and_whole_ones_stay() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("receipts.jsonl");
        let whole = "{\"connectionId\":\"a\"}\n";
        for (before, after) in [
            (format!("{whole}{{\"connectionId\":\"b"), whole.to_owned()),
            (whole.to_owned(), whole.to_owned()),
            (String::new(), String::new()),
            (
                "somebody's own notes, unended".to_owned(),
                "somebody's own notes, unended\n".to_owned(),
            ),
        ] {
            std::fs::write(&path, &before).expect("it can be written");
            drop(Receipts::to(Some(&path)).map_err(|error| error.to_string()).expect("it opens"));
            let now = std::fs::read_to_string(&path).expect("it can be read");
            assert_eq!(now, after, "{before:?}");
        }
    }
}
