//! The terms of `provider-connections`, and the rules that depend only on their inputs: no clock,
//! no randomness, no database, no HTTP.

mod answer;
mod classify;
mod client;
mod deleted_users;
mod event;
mod failure;
mod forecast;
mod grant;
mod health;
mod history;
mod import_state;
mod in_testing;
mod key;
mod lease;
mod look_up;
mod provider;
mod revocation;
mod scopes;
mod state;
mod webhook;

pub use answer::Answer;
pub use classify::{Verdict, classify};
pub use client::ClientId;
pub use deleted_users::{Disbelief, UnknownDisbelief};
pub use event::{Actor, ActorKind, Kind};
pub use failure::FailureCode;
pub use forecast::{End, Forecast, GrantLimits, GrantTimes, forecast};
pub use grant::{Grant, Sealed};
pub use health::{Admission, Health, Lane, THRESHOLD, Target, Targets};
pub use history::History;
pub use import_state::ImportState;
pub use in_testing::{ENDS_IN_TESTING, ended_in_testing, outlives_testing};
pub use key::ConnectionKey;
pub use lease::Lease;
pub use look_up::LookUpEnd;
pub use provider::Provider;
pub use revocation::RevocationOutcome;
pub use scopes::{
    BroughtScopes, KnownScopes, SaidScopes, Scopes, ScopesChange, ScopesSource, missing,
};
pub use state::State;
pub use webhook::{StateChange, WebhookEvent};
