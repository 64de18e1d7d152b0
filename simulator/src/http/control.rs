//! `/control`: lets a program outside this process control the simulator. See `README.md`.

mod calls;
mod clock;
mod faults;
mod grants;
mod script;
mod signals;
mod users;

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

use crate::Simulator;

pub(super) fn router() -> Router<Simulator> {
    Router::new()
        .route("/users", post(users::add))
        .route("/third-party-jwts", post(users::consent))
        .route("/sign-in", post(grants::sign_in))
        .route("/unlink", post(grants::unlink))
        .route("/grants/{user}/{provider}", get(grants::show))
        .route("/grants/{user}/{provider}/revoke", post(grants::revoke))
        .route("/grants/{user}/{provider}/expire", post(grants::expire))
        .route("/grants/{user}/{provider}/signal", post(signals::send))
        .route("/grants/{user}/{provider}/script", post(grants::script))
        .route("/providers/{provider}/outage", get(faults::is_down).post(faults::outage))
        .route("/faults", post(faults::add).delete(faults::heal))
        .route("/calls", get(calls::show).delete(calls::reset))
        .route("/clock", get(clock::show))
        .route("/clock/advance", post(clock::advance))
}

/// Nothing has that name.
struct NotFound(&'static str);

impl IntoResponse for NotFound {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, Json(json!({ "error": self.0 }))).into_response()
    }
}
