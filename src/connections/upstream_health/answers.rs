use domain::Answer;

use crate::upstream::UpstreamError;

/// What a failed refresh means, and for whom. `None`: nothing about the connection, because Nhost
/// Auth rejected the JWT of the call.
pub fn answer(error: &UpstreamError) -> Option<Answer> {
    match error {
        UpstreamError::Unauthenticated | UpstreamError::Forbidden => None,
        UpstreamError::NotEnabled => Some(Answer::NotEnabled),
        UpstreamError::Refused | UpstreamError::NoSession => Some(Answer::Ambiguous),
        UpstreamError::Ended(_) => Some(Answer::Ended),
        UpstreamError::ClientRefused(_) => Some(Answer::ClientRefused),
        UpstreamError::GrantRefused { retry_after, .. } => Some(Answer::Refused(*retry_after)),
        // The next refresh tries the old refresh token, which most providers accept for a while.
        UpstreamError::Unreadable { .. } => Some(Answer::Unavailable(None)),
        UpstreamError::RateLimited { retry_after } => Some(Answer::RateLimited(*retry_after)),
        UpstreamError::Unavailable { retry_after, .. } => Some(Answer::Unavailable(*retry_after)),
    }
}
