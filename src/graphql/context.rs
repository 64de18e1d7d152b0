use async_graphql::{Context, Result};
use uuid::Uuid;

use super::{
    error::{authentication, extend},
    scalars,
};
use crate::{
    auth::{AuthError, Caller},
    connections::{Connections, Subject},
};

/// The id that the request has in the log, and in the response header `x-request-id`.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

pub(super) fn connections<'a>(ctx: &Context<'a>) -> &'a Connections {
    ctx.data_unchecked()
}

/// The user that the caller means: themselves, or the one named by `user_id`.
pub(super) fn subject(ctx: &Context<'_>, user_id: Option<scalars::Uuid>) -> Result<Subject> {
    let caller = ctx.data_unchecked::<Result<Caller, AuthError>>();
    let caller = caller.as_ref().map_err(|error| authentication(*error))?;
    let user_id: Option<Uuid> = user_id.map(|id| id.0);
    Subject::of(caller, user_id).map_err(|error| extend(ctx, &error))
}
