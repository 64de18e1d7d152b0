//! Whether the provider treats the OAuth app as being in testing. Providers don't report it, so it
//! is inferred from the ends of connections.

use chrono::{DateTime, TimeDelta, Utc};

/// This many connections must have ended in the same way.
pub const ENDS_IN_TESTING: i32 = 2;

/// A rejection that comes up to this much earlier counts: clocks differ.
const EARLY: TimeDelta = TimeDelta::hours(1);
/// And one that is noticed up to this much later: tokens are refreshed about every hour, and a
/// rejection may take a while to be believed.
const LATE: TimeDelta = TimeDelta::days(1);

/// Whether a grant that was rejected for good at `ended_at` ended `life` after its sign-in: it was
/// refreshed until about then, so nothing else had ended it before.
pub fn ended_in_testing(
    granted_at: DateTime<Utc>,
    refreshed_at: Option<DateTime<Utc>>,
    ended_at: DateTime<Utc>,
    life: TimeDelta,
) -> bool {
    let age = ended_at - granted_at;
    let was_alive = refreshed_at.is_some_and(|at| at - granted_at >= life - LATE);
    was_alive && life - EARLY <= age && age <= life + LATE
}

/// A grant that was refreshed this long after its sign-in was not created in testing.
pub fn outlives_testing(life: TimeDelta) -> TimeDelta {
    life + LATE
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: TimeDelta = TimeDelta::days(7);

    fn ended(refreshed: TimeDelta, ended: TimeDelta) -> bool {
        let granted_at = DateTime::UNIX_EPOCH;
        ended_in_testing(granted_at, Some(granted_at + refreshed), granted_at + ended, WEEK)
    }

    #[test]
    fn a_grant_that_worked_until_it_was_a_week_old_ended_in_testing() {
        let day = TimeDelta::days(1);
        let minute = TimeDelta::minutes(1);
        assert!(ended(WEEK - minute, WEEK + minute));
        assert!(ended(WEEK - day, WEEK + day));
        assert!(ended(WEEK - day, WEEK - TimeDelta::hours(1)));
    }

    #[test]
    fn a_grant_that_ended_otherwise_says_nothing() {
        let day = TimeDelta::days(1);
        let minute = TimeDelta::minutes(1);
        // The user revoked it on the third day, which was noticed late.
        assert!(!ended(day * 3, WEEK + minute));
        // It ended too early, or lasted longer.
        assert!(!ended(day * 6, day * 6 + minute));
        assert!(!ended(WEEK + day, WEEK + day + minute));
        // It was never refreshed.
        let at = DateTime::UNIX_EPOCH;
        assert!(!ended_in_testing(at, None, at + WEEK, WEEK));
        // It was only refreshed before this sign-in.
        assert!(!ended(-day, WEEK));
    }

    #[test]
    fn what_outlives_testing_was_not_ended_by_it() {
        assert!(!ended(outlives_testing(WEEK), outlives_testing(WEEK) + TimeDelta::seconds(1)));
    }
}
