//! Reads refresh tokens from the exports of other systems, one row at a time.
//!
//! A file may be JSON lines, a JSON array or CSV with a header. An error names the line of a row
//! and never shows its content, any part of which may be a token.

mod csv_rows;
mod format;
mod json_array;
mod json_lines;
mod problem;
mod providers;
mod row;
mod users;

use std::io::{self, BufRead};

pub use format::Format;
pub use problem::Problem;
pub use providers::ProviderNames;
pub use row::Row;
pub use users::Users;

/// The maximum length of one JSON row, in bytes.
const LONGEST_ROW: usize = 1024 * 1024;

/// The content of a line of the file.
#[derive(Debug)]
pub struct Numbered {
    /// The line on which it begins, from 1.
    pub line: u64,
    pub row: Result<Row, Problem>,
}

/// Reads a file of rows in any of the formats: if it begins with `[` it is a JSON array, with `{`
/// JSON lines, and otherwise CSV.
///
/// # Errors
/// The first bytes can't be read. A later error of the file ends the rows and is one of them.
pub fn rows<'a>(
    mut file: impl BufRead + 'a,
    format: Format,
    names: &'a ProviderNames,
) -> io::Result<Box<dyn Iterator<Item = io::Result<Numbered>> + 'a>> {
    let mut line = 1;
    let first = loop {
        let Some(first) = file.fill_buf()?.first().copied() else { break None };
        let is_mark = matches!(first, 0xEF | 0xBB | 0xBF);
        if !is_mark && !first.is_ascii_whitespace() {
            break Some(first);
        }
        line += u64::from(first == b'\n');
        file.consume(1);
    };
    Ok(match first {
        Some(b'[') => Box::new(json_array::objects(file, line).map(move |object| {
            let (line, object) = object?;
            Ok(Numbered { line, row: object.and_then(|text| format.of_json(&text, names)) })
        })),
        Some(b'{') => Box::new(json_lines::lines(file, line).map(move |object| {
            let (line, object) = object?;
            Ok(Numbered { line, row: object.and_then(|text| format.of_json(&text, names)) })
        })),
        _ => Box::new(csv_rows::records(file, line).map(move |record| {
            let (line, record) = record?;
            Ok(Numbered { line, row: record.and_then(|record| format.of(&record, names)) })
        })),
    })
}

#[cfg(test)]
mod tests;
