//! `/control/faults` and `/control/providers/{provider}/outage`

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};

use crate::{Endpoint, Fault, Provider, Simulator};

#[derive(Deserialize, Serialize)]
pub(super) struct Outage {
    down: bool,
}

pub(super) async fn is_down(
    State(simulator): State<Simulator>,
    Path(provider): Path<Provider>,
) -> Json<Outage> {
    Json(Outage { down: simulator.is_down(provider) })
}

pub(super) async fn outage(
    State(simulator): State<Simulator>,
    Path(provider): Path<Provider>,
    Json(outage): Json<Outage>,
) -> StatusCode {
    simulator.provider_outage(provider, outage.down);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(super) struct NewFault {
    endpoint: Endpoint,
    fault: Kind,
    provider: Option<Provider>,
    #[serde(default)]
    once: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Kind {
    Status {
        status: u16,
        #[serde(default)]
        body: String,
        #[serde(default = "plain")]
        content_type: String,
    },
    RateLimited,
    InternalServerError,
    Html {
        status: u16,
    },
    Empty {
        status: u16,
    },
    Garbage,
    Huge {
        bytes: usize,
    },
    Slow {
        milliseconds: u64,
    },
    Trickle,
    LostAfterWork,
    Disconnect,
    RefuseProvider,
    OauthError {
        error: String,
    },
}

fn plain() -> String {
    "text/plain".to_owned()
}

impl From<Kind> for Fault {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Status { status, body, content_type } => {
                Self::Status { status, body, content_type }
            }
            Kind::RateLimited => Self::RateLimited,
            Kind::InternalServerError => Self::InternalServerError,
            Kind::Html { status } => Self::Html(status),
            Kind::Empty { status } => Self::Empty(status),
            Kind::Garbage => Self::Garbage,
            Kind::Huge { bytes } => Self::Huge(bytes),
            Kind::Slow { milliseconds } => Self::Slow(Duration::from_millis(milliseconds)),
            Kind::Trickle => Self::Trickle,
            Kind::LostAfterWork => Self::LostAfterWork,
            Kind::Disconnect => Self::Disconnect,
            Kind::RefuseProvider => Self::RefuseProvider,
            Kind::OauthError { error } => Self::OauthError(error),
        }
    }
}

pub(super) async fn add(
    State(simulator): State<Simulator>,
    Json(new): Json<NewFault>,
) -> StatusCode {
    let (endpoint, fault) = (new.endpoint, new.fault.into());
    match (new.once, new.provider) {
        (false, provider) => simulator.fail_always(endpoint, provider, fault),
        (true, Some(provider)) => simulator.fail_next_for(endpoint, provider, fault),
        (true, None) => simulator.fail_next(endpoint, fault),
    }
    StatusCode::NO_CONTENT
}

pub(super) async fn heal(State(simulator): State<Simulator>) -> StatusCode {
    simulator.heal_all();
    StatusCode::NO_CONTENT
}
