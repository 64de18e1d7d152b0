use chrono::{DateTime, Utc};
use domain::State;

use super::{
    Error,
    demand::{RETRY_AFTER, lives},
};
use crate::store::ConnectionRecord;

/// The status of a connection as its user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    RefreshFailing,
    ReauthenticationRequired,
}

/// The status of a connection that was read with its `expiry`.
pub fn status(record: &ConnectionRecord) -> Status {
    match record.state {
        State::ReauthenticationRequired => Status::ReauthenticationRequired,
        // Only a new sign-in yields another token.
        _ if !record.refreshable && !lives(record, record.now) => Status::ReauthenticationRequired,
        State::RefreshFailing => Status::RefreshFailing,
        State::Active | State::Connecting => Status::Active,
    }
}

/// When a refresh that failed is tried again.
pub fn retry_at(record: &ConnectionRecord) -> Option<DateTime<Utc>> {
    record.refresh_due_at.filter(|_| record.state != State::Active)
}

/// The code and text of the connection's last failure.
pub fn last_failure(record: &ConnectionRecord) -> Option<(String, String)> {
    let code = record.last_failure.filter(|_| record.state != State::Active)?;
    let retry_after =
        retry_at(record).and_then(|at| (at - record.now).to_std().ok()).unwrap_or(RETRY_AFTER);
    let message = Error::of_stored(code, record.provider, retry_after).to_string();
    Some((code.as_str().to_owned(), message))
}
