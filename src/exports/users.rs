use std::{collections::HashMap, io::BufRead};

use csv::ReaderBuilder;
use uuid::Uuid;

/// Maps another system's users to Nhost users. All of them are kept in memory, about 100 bytes
/// each.
#[derive(Debug, Default)]
pub struct Users(Option<HashMap<String, Uuid>>);

/// What is wrong with a file of users. Its content is never shown.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    #[error(
        "--users: line {line} is not two columns, the other system's id and the Nhost user id. \
         Write one pair per line, separated by a comma."
    )]
    NoPair { line: u64 },
    #[error("--users: line {line} lists a user twice, with different Nhost user ids. Keep one.")]
    Twice { line: u64 },
    #[error("--users: the file can't be read ({0}). Check its path.")]
    Unreadable(#[from] std::io::Error),
}

impl Users {
    /// Reads CSV with two columns. A first line without a UUID is the header.
    ///
    /// # Errors
    /// See [`UsersError`].
    pub fn read(file: impl BufRead) -> Result<Self, UsersError> {
        let mut users = HashMap::new();
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
        for (record, number) in reader.records().zip(1_u64..) {
            let record = match record {
                Ok(record) => record,
                Err(error) => match error.into_kind() {
                    csv::ErrorKind::Io(error) => return Err(error.into()),
                    _ => return Err(UsersError::NoPair { line: number }),
                },
            };
            let line = record.position().map_or(number, csv::Position::line);
            let pair = (record.len() == 2).then(|| record[1].trim().parse::<Uuid>().ok()).flatten();
            match pair {
                Some(id) => {
                    let before = users.insert(record[0].trim().to_owned(), id);
                    if before.is_some_and(|before| before != id) {
                        return Err(UsersError::Twice { line });
                    }
                }
                None if number == 1 && record.len() == 2 => {}
                None => return Err(UsersError::NoPair { line }),
            }
        }
        Ok(Self(Some(users)))
    }

    /// The Nhost user id. Without a file of users, the other system's id must be one.
    pub fn find(&self, user: &str) -> Option<Uuid> {
        match &self.0 {
            Some(users) => users.get(user.trim()).copied(),
            None => user.trim().parse().ok(),
        }
    }
}
