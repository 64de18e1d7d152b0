//! `upstreamParams[…]`: the parameters that a sign-in forwards to the provider (from 0.50 on).

use std::collections::HashMap;

use super::error::{Code, Error};

/// Nhost Auth's own parameters; anyone who could set them would control the sign-in.
const RESERVED: [&str; 10] = [
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code",
    "code_challenge",
    "code_challenge_method",
    "nonce",
];

/// The parameters for the provider, ordered by name. A reserved name, in upper or lower case,
/// rejects the whole sign-in.
pub(super) fn of(parameters: &HashMap<String, String>) -> Result<Vec<(&str, &str)>, Error> {
    let mut upstream: Vec<(&str, &str)> = parameters
        .iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix("upstreamParams[")?.strip_suffix(']')?;
            Some((name, value.as_str()))
        })
        .collect();
    if upstream.iter().any(|(name, _)| RESERVED.contains(&name.to_lowercase().as_str())) {
        return Err(Code::INVALID_REQUEST.into());
    }
    upstream.sort_unstable();
    Ok(upstream)
}
