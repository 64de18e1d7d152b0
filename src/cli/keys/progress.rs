//! How far a command has come: a bar on a terminal, lines elsewhere.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

use crate::connections::encryption_keys::Progress;

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
        if !stderr().is_terminal() {
            return Self::Lines { last: None };
        }
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {msg} ({eta} left)");
        let bar = ProgressBar::new(0);
        Self::Bar(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    pub fn show(&mut self, progress: Progress) {
        let Progress { pass, rows, of, resealed } = progress;
        match self {
            Self::Bar(bar) => {
                bar.set_length(of.max(rows));
                bar.set_position(rows);
                bar.set_message(format!("pass {pass}, {resealed} values of older keys"));
            }
            Self::Lines { last } => {
                let tenth = (rows * 10).checked_div(of).unwrap_or(10).min(10);
                if *last != Some((pass, tenth)) {
                    *last = Some((pass, tenth));
                    eprintln!("pass {pass}: {rows} of {of} rows, {resealed} values of older keys");
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
