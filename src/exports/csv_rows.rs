use std::io::{self, BufRead};

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::{
    Problem,
    row::{Fields, plain},
};

/// A record with the names of its columns.
pub struct Record {
    columns: Vec<String>,
    values: StringRecord,
}

impl Fields for Record {
    fn text(&self, name: &str) -> Option<String> {
        // A column contains no objects.
        let name = plain(name);
        let at = self.columns.iter().position(|column| *column == name)?;
        // PostgreSQL writes NULL as an empty field, or as one of these if configured so.
        self.values.get(at).filter(|value| !matches!(*value, "\\N" | "NULL")).map(str::to_owned)
    }
}

/// The records below the header, with the lines on which they begin.
pub fn records(
    file: impl BufRead,
    first: u64,
) -> impl Iterator<Item = io::Result<(u64, Result<Record, Problem>)>> {
    let mut reader = ReaderBuilder::new().from_reader(file);
    let mut columns: Option<Vec<String>> = None;
    std::iter::from_fn(move || {
        if columns.is_none() {
            match reader.headers() {
                Ok(header) => columns = Some(header.iter().map(plain).collect()),
                Err(error) => {
                    columns = Some(Vec::new());
                    return Some(of_error(error, first));
                }
            }
        }
        let columns = columns.clone().unwrap_or_default();
        let mut values = StringRecord::new();
        let next = reader.position().line() + first - 1;
        match reader.read_record(&mut values) {
            Ok(false) => None,
            Ok(true) => {
                let line = values.position().map_or(next, |at| at.line() + first - 1);
                Some(Ok((line, Ok(Record { columns, values }))))
            }
            Err(error) => Some(of_error(error, first)),
        }
    })
}

fn of_error(error: csv::Error, first: u64) -> io::Result<(u64, Result<Record, Problem>)> {
    let line = error.position().map_or(1, csv::Position::line) + first - 1;
    match error.into_kind() {
        ErrorKind::Io(error) => Err(error),
        _ => Ok((line, Err(Problem::NotCsv))),
    }
}
