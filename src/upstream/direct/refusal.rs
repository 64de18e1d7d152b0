//! What an error response means: for the grant, for the client, or for the provider itself. Only
//! the codes in [`codes`](super::codes) are ever passed on, because a provider's own text could
//! contain anything.

use domain::Provider;
use reqwest::StatusCode;
use url::Url;

use super::{
    codes::{CLIENT, ENDED, OTHER, PASSING, RATE, UNKNOWN, known},
    dialect::said,
    said::Said,
};
use crate::upstream::{
    Evidence, UpstreamError,
    answer::{Answer, of_upstream},
};

/// Reads an error of a token endpoint, or of an RFC 7009 endpoint.
pub(super) fn refusal(provider: Provider, url: &Url, answer: &Answer) -> UpstreamError {
    let (status, retry_after) = (answer.status, answer.retry_after);
    let evidence = |code| evidence(code, status, url);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return UpstreamError::RateLimited { retry_after };
    }
    // A broken server is not believed, whatever it says about grants and clients.
    if let Some(what) = of_upstream(status) {
        return UpstreamError::Unavailable { what, status: Some(status.as_u16()), retry_after };
    }
    let said = said(provider, answer);
    let Said::Code(code) = said else {
        return match said {
            Said::Ended(code) => UpstreamError::Ended(evidence(code)),
            Said::Client => UpstreamError::ClientRefused(evidence("invalid_client")),
            Said::Passing(what) => {
                UpstreamError::Unavailable { what, status: Some(status.as_u16()), retry_after }
            }
            Said::Code(_) | Said::Nothing if status.is_success() => answer.unreadable(),
            Said::Code(_) | Said::Nothing => match answer.broken {
                Some(what) => {
                    UpstreamError::Unavailable { what, status: Some(status.as_u16()), retry_after }
                }
                None => UpstreamError::GrantRefused { evidence: evidence(UNKNOWN), retry_after },
            },
        };
    };
    if let Some(code) = known(&ENDED, &code) {
        return UpstreamError::Ended(evidence(code));
    }
    if let Some(code) = known(&CLIENT, &code) {
        return UpstreamError::ClientRefused(evidence(code));
    }
    if known(&RATE, &code).is_some() {
        return UpstreamError::RateLimited { retry_after };
    }
    if let Some((_, what)) = PASSING.iter().find(|(known, _)| *known == code) {
        return UpstreamError::Unavailable { what, status: Some(status.as_u16()), retry_after };
    }
    let code = known(&OTHER, &code).unwrap_or(UNKNOWN);
    UpstreamError::GrantRefused { evidence: evidence(code), retry_after }
}

/// An endpoint without error codes of its own rejected the client.
pub(super) fn client_refused(status: StatusCode, url: &Url) -> UpstreamError {
    UpstreamError::ClientRefused(evidence("invalid_client", status, url))
}

fn evidence(code: &'static str, status: StatusCode, url: &Url) -> Evidence {
    let host = url.host_str().unwrap_or_default().to_owned();
    Evidence { code, status: status.as_u16(), host }
}
