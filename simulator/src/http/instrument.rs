//! Wraps every endpoint: counts calls, holds them at gates, and makes them fail.

use axum::{
    body::Body,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_timer::Delay;

use super::{drip::Drip, nhost::error::Error, provider::error};
use crate::{Call, Endpoint, Fault, Provider, Simulator, gate::Hold};

/// The instrumented endpoint.
#[derive(Clone)]
pub(super) struct Instrument {
    pub(super) simulator: Simulator,
    pub(super) endpoint: Endpoint,
}

/// The payload of the unwind that drops the connection.
struct Dropped;

pub(super) async fn instrument(
    State(Instrument { simulator, endpoint }): State<Instrument>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let provider: Option<Provider> =
        params.ok().and_then(|params| params.iter().next().and_then(|(_, id)| id.parse().ok()));
    let endpoint = match endpoint {
        Endpoint::RefreshProviderToken if provider.is_none() => Endpoint::JwtCheck,
        endpoint => endpoint,
    };
    let at = simulator.now();
    let call = simulator.state().calls.arrived(Call { at, endpoint, provider, status: None });
    let path = request.uri().path();
    let path = path.strip_prefix("/v1").unwrap_or(path);
    if endpoint.is_nhost_auths() && !simulator.allows(&client(request.headers()), path) {
        simulator.state().calls.answered(call, StatusCode::TOO_MANY_REQUESTS.as_u16());
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    wait(&simulator, endpoint, Hold::Request).await;
    let fault = simulator.state().faults.take(endpoint, provider);
    let response = match fault.map_or(Effect::Untouched, |fault| effect(fault, endpoint)) {
        Effect::Untouched => next.run(request).await,
        Effect::Instead(response) => response,
        Effect::Drop => drop_connection(),
        Effect::After(spoil) => {
            let response = next.run(request).await;
            match spoil {
                Spoil::Delay(time) => Delay::new(time).await,
                Spoil::Lose => drop_connection(),
                Spoil::Drip => {
                    simulator.state().calls.answered(call, response.status().as_u16());
                    let body = Body::new(Drip::default());
                    return (response.status(), [(header::CONTENT_TYPE, JSON)], body)
                        .into_response();
                }
            }
            response
        }
    };
    wait(&simulator, endpoint, Hold::Answer).await;
    simulator.state().calls.answered(call, response.status().as_u16());
    tracing::debug!(?endpoint, ?provider, status = response.status().as_u16(), "answered");
    response
}

/// The address that a call is counted for: Nhost Auth's web framework, which trusts every proxy
/// there, uses the first in `X-Forwarded-For`. All callers without one share an address, because
/// they are on one machine.
fn client(headers: &HeaderMap) -> String {
    let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let first = forwarded.and_then(|list| list.split(',').next()).map(str::trim);
    let address = first.and_then(|first| first.parse::<std::net::IpAddr>().ok());
    address.map_or_else(|| "peer".to_owned(), |address| address.to_string())
}

const JSON: &str = "application/json";

async fn wait(simulator: &Simulator, endpoint: Endpoint, hold: Hold) {
    let bar = simulator.state().bar(endpoint, hold);
    if let Some(bar) = bar {
        bar.wait().await;
    }
}

/// Unwinds the task of this connection, which closes it abruptly; unlike `panic!` it prints
/// nothing.
fn drop_connection() -> ! {
    std::panic::resume_unwind(Box::new(Dropped))
}

/// The effect of a fault on a call.
enum Effect {
    Untouched,
    Instead(Response),
    Drop,
    After(Spoil),
}

/// What happens to the response after the work was done.
enum Spoil {
    Delay(std::time::Duration),
    Lose,
    Drip,
}

/// The response of a fault that has one.
pub(super) fn instead(fault: Fault, endpoint: Endpoint) -> Option<Response> {
    match effect(fault, endpoint) {
        Effect::Instead(response) => Some(response),
        _ => None,
    }
}

fn effect(fault: Fault, endpoint: Endpoint) -> Effect {
    Effect::Instead(match fault {
        Fault::Status { status, body, content_type } => {
            (code(status), [(header::CONTENT_TYPE, content_type)], body).into_response()
        }
        Fault::RateLimited => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Fault::InternalServerError => Error::LastResort.into_response(),
        Fault::Html(status) => {
            let page = format!("<html><body><h1>{status}</h1><p>nginx</p></body></html>");
            let html = [(header::CONTENT_TYPE, "text/html")];
            (code(status), html, page).into_response()
        }
        Fault::Empty(status) => code(status).into_response(),
        Fault::Garbage => {
            ([(header::CONTENT_TYPE, JSON)], "{\"accessToken\": \u{0}").into_response()
        }
        Fault::Huge(bytes) => {
            let body = format!("\"{}\"", "a".repeat(bytes.saturating_sub(2)));
            ([(header::CONTENT_TYPE, JSON)], body).into_response()
        }
        Fault::RefuseProvider if endpoint.is_providers_own() => oauth_error("invalid_grant"),
        Fault::RefuseProvider => Error::OAUTH_PROVIDER.into_response(),
        Fault::OauthError(error) => oauth_error(&error),
        Fault::Slow(time) => return Effect::After(Spoil::Delay(time)),
        Fault::Trickle => return Effect::After(Spoil::Drip),
        Fault::LostAfterWork => return Effect::After(Spoil::Lose),
        Fault::Disconnect => return Effect::Drop,
    })
}

fn oauth_error(name: &str) -> Response {
    let status = match name {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    error(status, name)
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
