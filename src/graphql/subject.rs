use async_graphql::{Context, Result};
use uuid::Uuid;

use super::{
    error::{authentication, extend},
    scalars,
};
use crate::{
    auth::{AuthError, Caller},
    client_address::ClientAddress,
    connections::Subject,
};

/// The user that the caller means: themselves, or the one named by `user_id`.
pub(super) fn subject(ctx: &Context<'_>, user_id: Option<scalars::Uuid>) -> Result<Subject> {
    let caller = ctx.data_unchecked::<Result<Caller, AuthError>>();
    let caller = caller.as_ref().map_err(|error| authentication(*error))?;
    let user_id: Option<Uuid> = user_id.map(|id| id.0);
    let address = ctx.data_opt::<ClientAddress>().map(|client| client.0);
    let subject = Subject::of(caller, user_id).map_err(|error| extend(ctx, &error))?;
    // A request that came by no socket comes from nowhere.
    Ok(subject.at(address.filter(|address| !address.is_unspecified())))
}
