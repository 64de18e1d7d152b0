use domain::Answer;

use crate::upstream::UpstreamError;

/// What a refresh that failed says, and of whom. `None`: nothing of the connection, as Nhost Auth
/// did not take the JWT that it was called with.
pub fn answer(error: &UpstreamError) -> Option<Answer> {
    match error {
        UpstreamError::Unauthenticated | UpstreamError::Forbidden => None,
        UpstreamError::NotEnabled => Some(Answer::NotEnabled),
        UpstreamError::Refused | UpstreamError::NoSession => Some(Answer::Ambiguous),
        UpstreamError::Ended(_) => Some(Answer::Ended),
        UpstreamError::ClientRefused(_) => Some(Answer::ClientRefused),
        UpstreamError::RateLimited { retry_after } => Some(Answer::RateLimited(*retry_after)),
        UpstreamError::Unavailable { retry_after, .. } => Some(Answer::Unavailable(*retry_after)),
    }
}
