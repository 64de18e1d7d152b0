//! Sets the `Date` of every response from the simulator's own clock, as a machine with a wrong
//! clock would.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::Simulator;

pub(super) async fn date(
    State(simulator): State<Simulator>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    // RFC 9110, 5.6.7.
    let date = simulator.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}
