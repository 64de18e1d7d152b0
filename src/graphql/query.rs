use std::sync::Arc;

use async_graphql::{Context, ErrorExtensions, Object, Result};
use domain::Provider;

use super::{
    context::connections,
    error::extend,
    loader::{ConnectionLoader, Wanted},
    model::{OAuthProvider, ProviderAccessGrant, ProviderConnection},
    scalars::Uuid,
    selection::Selection,
    subject::{reader, subject},
};
use crate::connections::Reader;

#[derive(Debug)]
pub struct Query;

/// The root query type.
#[Object]
impl Query {
    /// The user's connections to OAuth providers, ordered by provider. Access tokens are decrypted
    /// and refreshed only if the query selects them.
    async fn provider_connections(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The user, by their Nhost id. If omitted, the caller. Only a service can name another user."
        )]
        user_id: Option<Uuid>,
        #[graphql(desc = "Return only connections to these providers. If omitted, all of them.")]
        providers: Option<Vec<OAuthProvider>>,
    ) -> Result<Vec<ProviderConnection>> {
        if let Some(twice) = providers.as_deref().and_then(first_repeated) {
            return Err(async_graphql::Error::new(format!(
                "providers contains {twice} more than once. List each provider once."
            ))
            .extend_with(|_, extensions| extensions.set("code", "BAD_USER_INPUT")));
        }
        let providers = providers.map(|named| named.into_iter().map(Into::into).collect());
        load(ctx, user_id, providers).await
    }

    /// The user's connection to this provider; null if it isn't connected.
    async fn provider_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider.")] provider: OAuthProvider,
        #[graphql(
            desc = "The user, by their Nhost id. If omitted, the caller. Only a service can name another user."
        )]
        user_id: Option<Uuid>,
    ) -> Option<Result<ProviderConnection>> {
        match load(ctx, user_id, Some(vec![provider.into()])).await {
            Ok(connections) => connections.into_iter().next().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// The apps (OAuth apps and MCP clients) that may read the user's access tokens, ordered by
    /// provider and client id. Apps can't call this: only the user or a service can.
    async fn provider_access_grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The user, by their Nhost id. If omitted, the caller. Only a service can name another user."
        )]
        user_id: Option<Uuid>,
        #[graphql(
            desc = "Return only the grants of the app with this client id. If omitted, all of them."
        )]
        client_id: Option<String>,
    ) -> Result<Vec<ProviderAccessGrant>> {
        let subject = subject(ctx, user_id)?;
        let grants = connections(ctx).access_grants(&subject, client_id.as_deref()).await;
        let grants = grants.map_err(|error| extend(ctx, &error))?;
        Ok(grants.into_iter().map(Into::into).collect())
    }

    /// The URL that the user's browser opens to sign in with the provider, whether it is connected
    /// yet or not. Call `connectProvider` when the browser is back. This query needs no JWT, so it
    /// also works before the user has signed in.
    #[expect(clippy::unused_async, reason = "the library wants resolvers async")]
    async fn provider_sign_in_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider.")] provider: OAuthProvider,
        #[graphql(
            desc = "The URL that the browser returns to. Both this server and Nhost Auth must allow it. If omitted, Nhost Auth's default."
        )]
        redirect_to: Option<String>,
        #[graphql(
            desc = "Scopes that the provider asks the user to grant again; each must be among those that the app requests. If omitted, the provider decides what to ask."
        )]
        scopes: Option<Vec<String>>,
    ) -> Result<String> {
        connections(ctx)
            .sign_in_url(
                provider.into(),
                redirect_to.as_deref(),
                scopes.as_deref().unwrap_or_default(),
            )
            .map(Into::into)
            .map_err(|error| extend(ctx, &error))
    }
}

async fn load(
    ctx: &Context<'_>,
    user_id: Option<Uuid>,
    providers: Option<Vec<Provider>>,
) -> Result<Vec<ProviderConnection>> {
    let Reader { subject, providers } = reader(ctx, user_id, providers).await?;
    if subject.is_anonymous() {
        return Ok(Vec::new());
    }
    let selection = Selection::of(ctx);
    let wanted = Wanted { user_id: subject.user_id(), providers, columns: selection.columns };
    let records = ctx
        .data_unchecked::<ConnectionLoader>()
        .load(wanted)
        .await
        .map_err(|error| extend(ctx, &error))?;
    let subject = Arc::new(subject);
    Ok(records
        .into_iter()
        .map(|record| ProviderConnection::new(subject.clone(), record, selection.access_token))
        .collect())
}

fn first_repeated(providers: &[OAuthProvider]) -> Option<Provider> {
    providers
        .iter()
        .enumerate()
        .find(|(index, provider)| providers[..*index].contains(provider))
        .map(|(_, provider)| (*provider).into())
}
