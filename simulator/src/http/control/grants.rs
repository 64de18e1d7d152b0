//! `/control/sign-in` and `/control/grants`

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{NotFound, script::Script};
use crate::{GrantId, GrantView, Provider, Simulator};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignIn {
    user_id: Uuid,
    provider: Provider,
    /// If omitted: the user's email address.
    account: Option<String>,
    #[serde(default)]
    script: Script,
}

pub(super) async fn sign_in(
    State(simulator): State<Simulator>,
    Json(wanted): Json<SignIn>,
) -> Result<Json<GrantView>, NotFound> {
    let script = wanted.script.for_provider(wanted.provider);
    let (user, provider) = (wanted.user_id, wanted.provider);
    require_user(&simulator, user)?;
    let grant = match &wanted.account {
        Some(account) => simulator.sign_in_as(user, provider, account, script),
        None => simulator.sign_in(user, provider, script),
    };
    Ok(Json(simulator.grant(grant)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Linked {
    user_id: Uuid,
    provider: Provider,
    account: String,
}

/// The user unlinks one of their accounts.
pub(super) async fn unlink(
    State(simulator): State<Simulator>,
    Json(Linked { user_id, provider, account }): Json<Linked>,
) -> StatusCode {
    simulator.unlink(user_id, provider, &account);
    StatusCode::NO_CONTENT
}

fn require_user(simulator: &Simulator, user: Uuid) -> Result<(), NotFound> {
    if simulator.state().users.contains_key(&user) {
        Ok(())
    } else {
        Err(NotFound("there is no such user"))
    }
}

type Whose = Path<(Uuid, Provider)>;

fn find(simulator: &Simulator, (user, provider): (Uuid, Provider)) -> Result<GrantId, NotFound> {
    simulator.grant_of(user, provider).ok_or(NotFound("this user has no grant at this provider"))
}

/// `null` while the user has no grant there: a page asks for it before a sign-in, and browsers report each 404.
pub(super) async fn show(
    State(simulator): State<Simulator>,
    Path((user, provider)): Whose,
) -> Result<Json<Option<GrantView>>, NotFound> {
    require_user(&simulator, user)?;
    Ok(Json(simulator.grant_of(user, provider).map(|grant| simulator.grant(grant))))
}

pub(super) async fn revoke(
    State(simulator): State<Simulator>,
    Path(whose): Whose,
) -> Result<Json<GrantView>, NotFound> {
    let grant = find(&simulator, whose)?;
    simulator.revoke(grant);
    Ok(Json(simulator.grant(grant)))
}

pub(super) async fn expire(
    State(simulator): State<Simulator>,
    Path(whose): Whose,
) -> Result<Json<GrantView>, NotFound> {
    let grant = find(&simulator, whose)?;
    simulator.expire_access_token(grant);
    Ok(Json(simulator.grant(grant)))
}

pub(super) async fn script(
    State(simulator): State<Simulator>,
    Path(whose): Whose,
    Json(script): Json<Script>,
) -> Result<Json<GrantView>, NotFound> {
    let grant = find(&simulator, whose)?;
    simulator.rescript(grant, script.for_provider(whose.1));
    Ok(Json(simulator.grant(grant)))
}
