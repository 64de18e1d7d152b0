use std::io::{self, BufWriter, ErrorKind, Stdout, Write, stdout};

use serde::Serialize;

/// Standard output, for many lines.
pub struct Lines(BufWriter<Stdout>);

impl Lines {
    pub fn new() -> Self {
        Self(BufWriter::new(stdout()))
    }

    pub fn text(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.0, "{line}")
    }

    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, value)?;
        writeln!(self.0)
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A reader that has seen enough, such as `head`, isn't a failure.
pub fn unless_closed(printed: io::Result<()>) -> io::Result<()> {
    match printed {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}
