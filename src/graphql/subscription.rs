use std::sync::Arc;

use async_graphql::{Context, Result};
use futures_util::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;

use super::{
    context::connections,
    error::{anonymous, ended, refused},
    model::ProviderConnectionChange,
    scalars::Uuid,
    subject::subject,
};
use crate::live::{Change, Live};

/// When the caller's JWT expires; request data of a subscriber.
#[derive(Clone, Debug)]
pub struct Expiry(pub CancellationToken);

#[derive(Debug)]
pub struct Subscription;

/// The root subscription type.
#[async_graphql::Subscription]
impl Subscription {
    /// Sends a message whenever one of the user's connections changes, on any replica. The first
    /// message has no event: read `providerConnections` after it, so that you miss no change. Ends
    /// with `UNAUTHENTICATED` when the JWT expires.
    #[expect(clippy::unused_async, reason = "the macro wants it")]
    async fn provider_connection_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The user, by their Nhost id. If omitted, the caller. Only a service can name another user."
        )]
        user_id: Option<Uuid>,
    ) -> Result<impl Stream<Item = Result<ProviderConnectionChange>> + use<>> {
        let subject = subject(ctx, user_id)?;
        if subject.is_anonymous() {
            return Err(anonymous());
        }
        let expiry = ctx.data_opt().map_or_else(CancellationToken::new, |Expiry(of)| of.clone());
        let changes = ctx.data_unchecked::<Live>().subscribe(subject.user_id(), expiry);
        let changes = changes.map_err(refused)?;
        let connections = connections(ctx).clone();
        let shown = move |change: Arc<Change>| ProviderConnectionChange::new(&connections, &change);
        Ok(changes.map(move |change| change.map(&shown).map_err(ended)))
    }
}
