//! How far a command has come: a bar on a terminal, lines elsewhere.

use indicatif::ProgressBar;

use crate::{cli::progress::bar, connections::encryption_keys::Progress};

/// What shows it, on standard error.
pub enum Shown {
    Bar(ProgressBar),
    /// A line each tenth; which one was the last, of which pass.
    Lines {
        last: Option<(usize, u64)>,
    },
}

impl Shown {
    pub fn new() -> Self {
        bar("{bar:40} {pos}/{len} rows, {msg} ({eta} left)")
            .map_or(Self::Lines { last: None }, Self::Bar)
    }

    pub fn show(&mut self, progress: Progress) {
        let Progress { pass, rows, of, resealed } = progress;
        match self {
            Self::Bar(bar) => {
                bar.set_length(of.max(rows));
                bar.set_position(rows);
                bar.set_message(format!("pass {pass}, {resealed} values re-encrypted"));
            }
            Self::Lines { last } => {
                let tenth = (rows * 10).checked_div(of).unwrap_or(10).min(10);
                if *last != Some((pass, tenth)) {
                    *last = Some((pass, tenth));
                    eprintln!("pass {pass}: {rows} of {of} rows, {resealed} values re-encrypted");
                }
            }
        }
    }

    /// Leaves the terminal as it was.
    pub fn end(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
