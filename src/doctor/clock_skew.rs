use chrono::TimeDelta;

use super::{Finding, http::Answer};

/// JWTs live for 15 minutes, and Nhost Auth takes none that was issued in its future.
const NOTICEABLE: i64 = 60;
const HARMFUL: i64 = 300;

/// Compares this machine's clock with that of a server that has answered.
pub fn check(answer: &Answer, whose: &str) -> Option<Finding> {
    let ahead = answer.ahead?.num_seconds();
    let off = ahead.abs();
    if off <= NOTICEABLE {
        let off = if off <= 1 { "a second".to_owned() } else { format!("{off} s") };
        return Some(Finding::ok(
            "clock",
            format!("this machine's clock and {whose}'s differ by at most {off}"),
        ));
    }
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    let message = format!("this machine's clock is {} {direction} {whose}'s", spell(off));
    Some(if off > HARMFUL {
        Finding::error(
            "clock",
            message,
            "JWTs are refused as expired or not valid yet: synchronize the clocks with NTP \
             (timedatectl shows whether it runs)",
        )
    } else {
        Finding::warning(
            "clock",
            message,
            "JWTs seem to expire too early or too late: synchronize the clocks with NTP \
             (timedatectl shows whether it runs)",
        )
    })
}

/// A number of seconds for people.
pub fn spell(seconds: i64) -> String {
    let duration = TimeDelta::seconds(seconds.abs()).to_std().unwrap_or_default();
    let text = humantime::format_duration(duration).to_string();
    // The two largest units tell enough.
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
