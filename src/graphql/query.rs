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

/// What can be asked.
#[Object]
impl Query {
    /// The user's connections to OAuth providers, ordered by provider. Access tokens are
    /// decrypted, and refreshed if need be, only where they are selected.
    async fn provider_connections(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Whose connections; the caller's own when left out. Another user's are for the service alone."
        )]
        user_id: Option<Uuid>,
        #[graphql(desc = "Only connections to these providers; all when left out.")]
        providers: Option<Vec<OAuthProvider>>,
    ) -> Result<Vec<ProviderConnection>> {
        if let Some(twice) = providers.as_deref().and_then(first_repeated) {
            return Err(async_graphql::Error::new(format!(
                "providers names {twice} more than once; name each provider once."
            ))
            .extend_with(|_, extensions| extensions.set("code", "BAD_USER_INPUT")));
        }
        let providers = providers.map(|named| named.into_iter().map(Into::into).collect());
        load(ctx, user_id, providers).await
    }

    /// The user's connection to this provider, or null where there is none.
    async fn provider_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider, by Nhost's id.")] provider: OAuthProvider,
        #[graphql(
            desc = "Whose connection; the caller's own when left out. Another user's is for the service alone."
        )]
        user_id: Option<Uuid>,
    ) -> Option<Result<ProviderConnection>> {
        match load(ctx, user_id, Some(vec![provider.into()])).await {
            Ok(connections) => connections.into_iter().next().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// Which apps (OAuth apps, MCP clients) the user has granted access to their connections, ordered
    /// by provider and client. For the user and the service alone.
    async fn provider_access_grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Whose grants; the caller's own when left out. Another user's are for the service alone."
        )]
        user_id: Option<Uuid>,
        #[graphql(desc = "Only the grants of this app, by its client id; all when left out.")]
        client_id: Option<String>,
    ) -> Result<Vec<ProviderAccessGrant>> {
        let subject = subject(ctx, user_id)?;
        let grants = connections(ctx).access_grants(&subject, client_id.as_deref()).await;
        let grants = grants.map_err(|error| extend(ctx, &error))?;
        Ok(grants.into_iter().map(Into::into).collect())
    }

    /// Where the user's browser goes to sign in with the provider, connected or not. Call
    /// `connectProvider` when it is back. Needs no JWT: one that signs in may have none yet.
    #[expect(clippy::unused_async, reason = "the library wants resolvers async")]
    async fn provider_sign_in_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider, by Nhost's id.")] provider: OAuthProvider,
        #[graphql(
            desc = "Where the browser comes back to: an address that this server and Nhost Auth allow."
        )]
        redirect_to: Option<String>,
        #[graphql(
            desc = "Scopes that the user is asked for again, of those that the app asks for. Left out: whatever the provider asks."
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
