use async_graphql::Context;

use crate::connections::Connections;

/// The id that the request has in the log, and in the response header `x-request-id`.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

pub(super) fn connections<'a>(ctx: &Context<'a>) -> &'a Connections {
    ctx.data_unchecked()
}
