//! How far a long command is, on standard error.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar in the style of `template`. `None`: standard error isn't a terminal.
pub fn bar(template: &str) -> Option<ProgressBar> {
    stderr().is_terminal().then(|| {
        let bar = ProgressBar::new(0);
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    })
}

/// A bar on a terminal, a line for every tenth elsewhere.
pub struct Progress {
    what: &'static str,
    total: u64,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(what: &'static str, total: u64) -> Self {
        let bar = bar("{msg} {wide_bar} {pos}/{len} ({eta} left)");
        if let Some(bar) = &bar {
            bar.set_length(total);
            bar.set_message(what);
        }
        Self { what, total, done: 0, bar }
    }

    pub fn add(&mut self, number: u64) {
        let before = self.tenths();
        self.done += number;
        // Some may have come since they were counted.
        self.total = self.total.max(self.done);
        match &self.bar {
            Some(bar) => {
                bar.set_length(self.total);
                bar.set_position(self.done);
            }
            None if self.tenths() > before => {
                eprintln!("{}: {} of {}", self.what, self.done, self.total);
            }
            None => {}
        }
    }

    /// Prints a line without breaking the bar.
    pub fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// Does something to the terminal without breaking the bar.
    pub fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn tenths(&self) -> u64 {
        (self.done * 10).checked_div(self.total).unwrap_or_default()
    }
}
