//! What a caller requires of a connection, and whether its current state meets it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{FailureCode, State};

use super::{Error, JOIN_WINDOW, MinValidFor};
use crate::{store::ConnectionRecord, upstream::assumed_lifetime};

/// What a client is told if no better time is known.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A token whose whole lifetime is shorter than requested is as fresh as the provider makes it, for
/// this long.
const AS_FRESH_AS_IT_GETS: TimeDelta = TimeDelta::seconds(60);

/// The condition under which no refresh is needed.
#[derive(Clone, Copy, Debug)]
pub enum Demand {
    /// The access token is valid for at least this long.
    ValidFor(MinValidFor),
    /// It was refreshed just now.
    Fresh,
}

/// Whether the demand is met, or can't be met for now; `None`: the upstream must be called.
pub(super) fn settled(record: &ConnectionRecord, demand: Demand) -> Option<Result<(), Error>> {
    let now = record.now;
    let within = |at: Option<DateTime<Utc>>, window: TimeDelta| {
        at.is_some_and(|at| (TimeDelta::zero()..window).contains(&(now - at)))
    };
    let met = match demand {
        Demand::ValidFor(min) => {
            likely_lives(record, now + min.delta())
                || (lives(record, now) && within(Some(issued_at(record)), AS_FRESH_AS_IT_GETS))
        }
        Demand::Fresh => within(record.refreshed_at, JOIN_WINDOW),
    };
    if met {
        return Some(Ok(()));
    }
    if !record.refreshable {
        // As fresh as the provider makes it, while it is valid.
        let usable = matches!(demand, Demand::ValidFor(_)) && lives(record, now);
        return Some(if usable { Ok(()) } else { Err(Error::NotRefreshable(record.provider)) });
    }
    let just_failed = record.state != State::Active
        && match demand {
            Demand::ValidFor(_) => record.refresh_due_at.is_some_and(|due| now < due),
            Demand::Fresh => within(record.last_failed_at, JOIN_WINDOW),
        };
    if !just_failed {
        return None;
    }
    let retry_after = record
        .refresh_due_at
        .and_then(|due| (due - now).to_std().ok())
        .map_or(RETRY_AFTER, |wait| wait.max(Duration::from_secs(1)));
    let code = record.last_failure.unwrap_or(FailureCode::UpstreamUnavailable);
    Some(Err(Error::of_stored(code, record.provider, retry_after)))
}

/// The same if the provider didn't say when the token expires: by the lifetime that it documents,
/// as long as another one can be fetched.
fn likely_lives(record: &ConnectionRecord, moment: DateTime<Utc>) -> bool {
    let assumed = assumed_lifetime(record.provider).filter(|_| record.refreshable);
    match (record.access_token_expires_at, assumed) {
        (None, Some(lifetime)) => issued_at(record) + lifetime > moment,
        _ => lives(record, moment),
    }
}

fn issued_at(record: &ConnectionRecord) -> DateTime<Utc> {
    record.refreshed_at.map_or(record.connected_at, |at| at.max(record.connected_at))
}

/// Whether the access token is valid at `moment`. One without a known expiry is.
pub(super) fn lives(record: &ConnectionRecord, moment: DateTime<Utc>) -> bool {
    record.access_token_expires_at.is_none_or(|expires_at| expires_at > moment)
}
