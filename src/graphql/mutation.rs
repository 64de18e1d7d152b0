use std::sync::Arc;

use async_graphql::{Context, Object, Result};

use super::{
    context::connections,
    error::extend,
    model::{OAuthProvider, ProviderAccessGrant, ProviderConnection, ProviderDisconnection},
    scalars::Uuid,
    selection::Selection,
    subject::{named_by_service, subject},
};
use crate::{
    connections::{Demand, Error, ExpectedAccount, ImportOptions, Imported, MinValidFor, Subject},
    store::ConnectionRecord,
};

#[derive(Debug)]
pub struct Mutation;

/// What can be done.
#[Object]
impl Mutation {
    /// Fetches the provider session of the caller's sign-in from Nhost Auth, which hands it out
    /// once, and keeps it. Call it right after the redirect. Safe to repeat: a new sign-in always
    /// counts, and where there is none, concurrent calls, and a call within 60 seconds of a
    /// success, answer the same connection.
    async fn connect_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider that the user signed in with, by Nhost's id.")]
        provider: OAuthProvider,
        #[graphql(
            desc = "The account that the sign-in has to be with: `account.id` of an earlier connection. A sign-in with another one is not kept, and is the error `ACCOUNT_MISMATCH`."
        )]
        expect_account_id: Option<String>,
    ) -> Result<ProviderConnection> {
        let subject = subject(ctx, None)?;
        let expected = expect_account_id.map(ExpectedAccount::new).transpose();
        let expected = expected.map_err(|error| extend(ctx, &error))?;
        let connected = connections(ctx).connect_as(&subject, provider.into(), expected).await;
        answer(ctx, subject, connected)
    }

    /// Renews the access token now; with `minValidFor` only if it would expire sooner. A renewal
    /// of the same connection that is under way, or ended under 5 seconds ago, is joined.
    async fn refresh_provider_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider, by Nhost's id.")] provider: OAuthProvider,
        #[graphql(
            desc = "Renew only a token that would expire within this many seconds (0 to 3600)."
        )]
        min_valid_for: Option<i32>,
        #[graphql(
            desc = "Whose connection; the caller's own when left out. Another user's is for the service alone."
        )]
        user_id: Option<Uuid>,
    ) -> Result<ProviderConnection> {
        let subject = subject(ctx, user_id)?;
        let demand = match min_valid_for.map(MinValidFor::seconds).transpose() {
            Ok(Some(min_valid_for)) => Demand::ValidFor(min_valid_for),
            Ok(None) => Demand::Fresh,
            Err(error) => return Err(extend(ctx, &error)),
        };
        let refreshed = connections(ctx).refresh(&subject, provider.into(), demand).await;
        answer(ctx, subject, refreshed)
    }

    /// Removes the connection and its tokens from this server, also those that are on their way.
    async fn disconnect_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider, by Nhost's id.")] provider: OAuthProvider,
        #[graphql(
            desc = "Whose connection; the caller's own when left out. Another user's is for the service alone."
        )]
        user_id: Option<Uuid>,
    ) -> Result<ProviderDisconnection> {
        let subject = subject(ctx, user_id)?;
        connections(ctx)
            .disconnect(&subject, provider.into())
            .await
            .map(ProviderDisconnection)
            .map_err(|error| extend(ctx, &error))
    }

    /// Makes a refresh token from another system a connection, once the provider has taken it. The
    /// other system must not use it any more. Safe to repeat: a token that was imported is not sent
    /// again, and answers its connection. For the service alone: with the role `admin`, or none.
    #[expect(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "each is an argument of the schema"
    )]
    async fn import_provider_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose connection it becomes: the Nhost user id.")] user_id: Uuid,
        #[graphql(desc = "The provider, by Nhost's id.")] provider: OAuthProvider,
        #[graphql(
            desc = "The refresh token as the provider gave it. Pass it as a variable: documents are kept in memory for a while."
        )]
        refresh_token: String,
        #[graphql(
            desc = "Write over a connection that a sign-in or another import has made.",
            default = false
        )]
        replace: bool,
        #[graphql(desc = "Connect a user who has disconnected this provider.", default = false)]
        reconnect: bool,
        #[graphql(
            desc = "Send a token once more whose answer was lost. It may be used up.",
            default = false
        )]
        retry_interrupted: bool,
        #[graphql(
            desc = "Send a token once more that the provider has refused for good: for wrong client credentials that were fixed since.",
            default = false
        )]
        retry_dead: bool,
    ) -> Result<ProviderConnection> {
        let subject = named_by_service(ctx, user_id)?;
        let options = ImportOptions { replace, reconnect, retry_interrupted, retry_dead };
        let imported = connections(ctx)
            .import(subject.user_id(), provider.into(), refresh_token.into(), options)
            .await;
        answer(ctx, subject, imported.map(Imported::into_record))
    }

    /// Lets an app that acts for the user (an OAuth app, an MCP client) read fresh access tokens of
    /// this connection, and nothing else. Safe to repeat. Ends when it is revoked, and with the
    /// connection. For the user and the service alone.
    async fn grant_provider_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The app, by its client id at Nhost Auth: the `aud` of its access tokens."
        )]
        client_id: String,
        #[graphql(desc = "The provider, by Nhost's id.")] provider: OAuthProvider,
        #[graphql(
            desc = "Whose connection; the caller's own when left out. Another user's is for the service alone."
        )]
        user_id: Option<Uuid>,
    ) -> Result<ProviderAccessGrant> {
        let subject = subject(ctx, user_id)?;
        connections(ctx)
            .grant_access(&subject, &client_id, provider.into())
            .await
            .map(Into::into)
            .map_err(|error| extend(ctx, &error))
    }

    /// Takes an app's access back, to one provider or to all; the app's next request is refused.
    /// Access tokens that it has read stay good at the provider until they expire. Answers the grants
    /// that there were: none, when it is repeated. For the user and the service alone.
    async fn revoke_provider_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The app, by its client id at Nhost Auth.")] client_id: String,
        #[graphql(desc = "Only the access to this provider; to all when left out.")]
        provider: Option<OAuthProvider>,
        #[graphql(
            desc = "Whose connections; the caller's own when left out. Another user's are for the service alone."
        )]
        user_id: Option<Uuid>,
    ) -> Result<Vec<ProviderAccessGrant>> {
        let subject = subject(ctx, user_id)?;
        let revoked =
            connections(ctx).revoke_access(&subject, &client_id, provider.map(Into::into)).await;
        let revoked = revoked.map_err(|error| extend(ctx, &error))?;
        Ok(revoked.into_iter().map(Into::into).collect())
    }
}

fn answer(
    ctx: &Context<'_>,
    subject: Subject,
    record: Result<Arc<ConnectionRecord>, Error>,
) -> Result<ProviderConnection> {
    let access_token = Selection::of(ctx).access_token;
    record
        .map(|record| ProviderConnection::new(subject, record, access_token))
        .map_err(|error| extend(ctx, &error))
}
