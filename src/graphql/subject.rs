use async_graphql::{Context, Result};
use domain::Provider;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{
    context::connections,
    error::{authentication, extend},
    scalars,
};
use crate::{
    auth::{AuthError, Caller},
    client_address::ClientAddress,
    connections::{Asked, ClientAccess, Reader, Subject},
};

/// The fields of a connection that a client may select: what it needs to use the access token, and
/// to ask the user for a new sign-in.
const FOR_CLIENTS: [&str; 8] = [
    "__typename",
    "id",
    "provider",
    "status",
    "accessToken",
    "expiresAt",
    "refreshable",
    "reauthenticationUrl",
];

/// Request data: what the calling client may read, looked up once per request.
#[derive(Debug, Default)]
pub struct AccessOfCaller(OnceCell<ClientAccess>);

/// The user that the call is about: the caller, or the one named by `user_id`. Never for a client:
/// everything that a client may do goes through [`reader`].
pub(super) fn subject(ctx: &Context<'_>, user_id: Option<scalars::Uuid>) -> Result<Subject> {
    let caller = caller(ctx)?;
    let user_id: Option<Uuid> = user_id.map(|id| id.0);
    let address = ctx.data_opt::<ClientAddress>().map(|client| client.0);
    let subject = Subject::of(caller, user_id).map_err(|error| extend(ctx, &error))?;
    // A request without a socket has no address.
    Ok(subject.at(address.filter(|address| !address.is_unspecified())))
}

/// The user that a service names, for operations that only a service with access to any user may
/// do.
pub(super) fn named_by_service(ctx: &Context<'_>, user_id: scalars::Uuid) -> Result<Subject> {
    let subject = Subject::named_by_service(caller(ctx)?, user_id.0);
    subject.map_err(|error| extend(ctx, &error))
}

/// The same for a caller that reads connections, with the fields selected below the field that is
/// being resolved; `named` are the requested providers.
pub(super) async fn reader(
    ctx: &Context<'_>,
    user_id: Option<scalars::Uuid>,
    named: Option<Vec<Provider>>,
) -> Result<Reader> {
    let caller = caller(ctx)?;
    let access = match caller {
        Caller::Client(client) => {
            let access = ctx.data_unchecked::<AccessOfCaller>();
            let look_up = || connections(ctx).access_of(client);
            access.0.get_or_try_init(look_up).await.map_err(|error| extend(ctx, &error))?.clone()
        }
        Caller::User(_) | Caller::Service(_) => ClientAccess::new(),
    };
    let asked = Asked {
        user_id: user_id.map(|id| id.0),
        providers: named,
        fields_of_the_user: ctx
            .field()
            .selection_set()
            .any(|field| !FOR_CLIENTS.contains(&field.name())),
    };
    Reader::of(caller, asked, &access).map_err(|error| extend(ctx, &error))
}

fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller> {
    let caller = ctx.data_unchecked::<Result<Caller, AuthError>>();
    caller.as_ref().map_err(|error| authentication(*error))
}
