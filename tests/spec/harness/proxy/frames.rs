//! The messages that a client sends to PostgreSQL, as its documentation describes them ("Message
//! Formats").

use std::collections::HashMap;

/// How a statement begins that is a transaction of its own, and writes tokens.
const COMMITS: &str = "WITH \"written\" AS (UPDATE";

/// What has arrived of a message that is not complete.
#[derive(Default)]
pub struct Frames {
    begun: Vec<u8>,
    /// The first message, which has no type, has gone by.
    started: bool,
    /// The SQL of prepared statements, by their names.
    prepared: HashMap<Vec<u8>, String>,
}

/// A message as it came.
pub struct Frame {
    pub bytes: Vec<u8>,
    kind: Option<u8>,
    /// The SQL that it makes PostgreSQL run.
    runs: Option<String>,
}

impl Frames {
    /// Takes in what has arrived, and gives out what is complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.begun.extend_from_slice(bytes);
        let mut complete = Vec::new();
        while let Some(frame) = self.next() {
            complete.push(frame);
        }
        complete
    }

    fn next(&mut self) -> Option<Frame> {
        let start = usize::from(self.started);
        let length = self.begun.get(start..start + 4)?.try_into().ok()?;
        let end = start + usize::try_from(u32::from_be_bytes(length)).ok()?;
        if self.begun.len() < end {
            return None;
        }
        let kind = self.started.then(|| self.begun[0]);
        self.started = true;
        let rest = self.begun.split_off(end);
        let bytes = std::mem::replace(&mut self.begun, rest);
        let mut frame = Frame { bytes, kind, runs: None };
        match (kind, frame.statement()) {
            (Some(b'P'), Some(sql)) => {
                let name = frame.string(0).map(<[u8]>::to_vec);
                self.prepared.extend(name.map(|name| (name, sql)));
            }
            // The portal comes first.
            (Some(b'B'), _) => {
                frame.runs = frame.string(1).and_then(|name| self.prepared.get(name)).cloned();
            }
            (_, sql) => frame.runs = sql,
        }
        Some(frame)
    }
}

/// Whether the statement begins a transaction, or is one.
pub fn is_transaction(sql: &str) -> bool {
    sql == "BEGIN" || sql.starts_with(COMMITS)
}

/// What `PgBouncer` answers to a parameter that it does not know.
pub const REFUSAL: &[u8] =
    b"E\0\0\0\x42SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0";

impl Frame {
    /// Whether it makes PostgreSQL commit tokens.
    pub fn commits(&self) -> bool {
        self.runs.as_ref().is_some_and(|sql| sql.starts_with(COMMITS) || sql == "COMMIT")
    }

    /// Whether it makes PostgreSQL run a statement with these words.
    pub fn runs(&self, words: &str) -> bool {
        self.runs.as_ref().is_some_and(|sql| sql.contains(words))
    }

    /// Whether it is answered by itself: `Sync` or `Query`.
    pub fn is_trip(&self) -> bool {
        matches!(self.kind, Some(b'S' | b'Q'))
    }

    /// Whether it is the first message, and sets time limits.
    pub fn sets_limits(&self) -> bool {
        const LIMIT: &[u8] = b"statement_timeout=";
        self.kind.is_none() && self.bytes.windows(LIMIT.len()).any(|window| window == LIMIT)
    }

    /// Lets a `LISTEN` be one for another channel, with a name of the same length.
    pub fn listen_elsewhere(&mut self) {
        const CHANNEL: &[u8] = b"LISTEN \"provider_connection_event";
        let found = self.bytes.windows(CHANNEL.len()).position(|window| window == CHANNEL);
        if let Some(start) = found {
            self.bytes[start + CHANNEL.len() - 1] = b'x';
        }
    }

    /// The SQL in it, if it prepares (`Parse`) or runs (`Query`) some.
    pub fn statement(&self) -> Option<String> {
        let sql = match self.kind? {
            b'P' => self.string(1)?,
            b'Q' => self.string(0)?,
            _ => return None,
        };
        Some(String::from_utf8_lossy(sql).trim().to_owned())
    }

    fn string(&self, place: usize) -> Option<&[u8]> {
        self.bytes.get(5..)?.split(|byte| *byte == 0).nth(place)
    }
}
