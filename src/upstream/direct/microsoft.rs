//! Microsoft's error numbers, because `error` alone is too coarse. See "Microsoft Entra
//! authentication and authorization error codes".

use serde_json::Value;

use super::said::Said;
use crate::upstream::reader::{Fields, number};

/// Temporary errors, even if they come with `invalid_grant`: too many requests of one client in a
/// short time (50196), and those that Microsoft calls transient.
const PASSING: [u32; 7] = [50_196, 90_006, 90_012, 90_024, 90_033, 90_055, 90_100];

/// Wrong or expired secrets, and applications and tenants that don't exist or are disabled.
const CLIENT: [u32; 9] =
    [90_002, 700_016, 700_027, 900_023, 7_000_112, 7_000_215, 7_000_216, 7_000_218, 7_000_222];

/// Errors that need the user, whichever `error` comes with them: revoked or expired tokens,
/// consents, passwords, second factors, devices and policies.
const ENDED: [u32; 27] = [
    50_034, 50_053, 50_055, 50_057, 50_072, 50_074, 50_076, 50_078, 50_079, 50_105, 50_132, 50_133,
    50_144, 50_158, 50_173, 53_000, 53_001, 53_002, 53_003, 53_004, 65_001, 65_004, 70_008, 70_043,
    700_081, 700_082, 700_084,
];

/// What `suberror` says about the refresh token or the user.
const SUBERRORS: [&str; 7] = [
    "additional_action",
    "bad_token",
    "basic_action",
    "consent_required",
    "protection_policy_required",
    "token_expired",
    "user_password_expired",
];

/// `None`: `code` is specific enough.
pub fn said(fields: &Fields, code: Option<&str>) -> Option<Said> {
    let numbers = numbers(fields);
    let any = |list: &[u32]| numbers.iter().any(|number| list.contains(number));
    if any(&PASSING) {
        return Some(Said::Passing("it answered that it is busy (AADSTS)"));
    }
    if any(&CLIENT) {
        return Some(Said::Client);
    }
    // For these, the code is more specific.
    if code.is_some_and(|code| super::codes::CLIENT.contains(&code)) {
        return None;
    }
    let suberror = fields.text("suberror").unwrap_or_default();
    (any(&ENDED) || SUBERRORS.contains(&suberror)).then_some(Said::Ended(
        if code == Some("interaction_required") { "interaction_required" } else { "invalid_grant" },
    ))
}

/// From `error_codes`, and from `AADSTS50173: …` in the description.
fn numbers(fields: &Fields) -> Vec<u32> {
    let listed = match fields.get("error_codes") {
        Some(Value::Array(codes)) => codes.iter().filter_map(whole).collect(),
        Some(code) => whole(code).into_iter().collect(),
        None => Vec::new(),
    };
    let described = fields.text("error_description").unwrap_or_default().to_ascii_uppercase();
    let described = described.split("AADSTS").skip(1).filter_map(|text| {
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        text[..digits].parse().ok()
    });
    listed.into_iter().chain(described).collect()
}

fn whole(code: &Value) -> Option<u32> {
    format!("{:.0}", number(code)?).parse().ok()
}
