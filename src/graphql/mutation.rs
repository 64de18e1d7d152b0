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

/// The root mutation type.
#[Object]
impl Mutation {
    /// Connects the provider that the caller has just signed in with: fetches the tokens from Nhost
    /// Auth, which returns them only once, and stores them. Call it right after the redirect. Safe
    /// to repeat: concurrent calls, and a call within 60 seconds of a success, return the same
    /// connection unless the user has signed in again.
    async fn connect_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider that the user signed in with.")] provider: OAuthProvider,
        #[graphql(
            desc = "The account that the user must sign in with: the `account.id` of an earlier connection. If they chose another one, nothing is stored and the error is `ACCOUNT_MISMATCH`."
        )]
        expect_account_id: Option<String>,
    ) -> Result<ProviderConnection> {
        let subject = subject(ctx, None)?;
        let expected = expect_account_id.map(ExpectedAccount::new).transpose();
        let expected = expected.map_err(|error| extend(ctx, &error))?;
        let connected = connections(ctx).connect_as(&subject, provider.into(), expected).await;
        answer(ctx, subject, connected)
    }

    /// Refreshes the access token now, or, with `minValidFor`, only if it expires sooner than that.
    /// If a refresh of the same connection is running or finished less than 5 seconds ago, this
    /// call returns its result.
    async fn refresh_provider_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider.")] provider: OAuthProvider,
        #[graphql(
            desc = "Refresh only if the token expires within this many seconds, 0 to 3600. If omitted, the token is always refreshed."
        )]
        min_valid_for: Option<i32>,
        #[graphql(
            desc = "The user, by their Nhost id. If omitted, the caller. Only a service can name another user."
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

    /// Deletes the connection and its tokens from this server, including tokens that are being
    /// fetched or refreshed right now, and revokes the grant at the provider where that is
    /// possible.
    async fn disconnect_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider.")] provider: OAuthProvider,
        #[graphql(
            desc = "The user, by their Nhost id. If omitted, the caller. Only a service can name another user."
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

    /// Creates a connection from a refresh token of another system, after the provider has accepted
    /// the token. From then on the other system must not use it. Safe to repeat: a token that was
    /// imported before is not sent again, and its connection is returned. Only a service can call
    /// this, with the role `admin` or no role.
    #[expect(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "each is an argument of the schema"
    )]
    async fn import_provider_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user who gets the connection, by their Nhost id.")] user_id: Uuid,
        #[graphql(desc = "The provider.")] provider: OAuthProvider,
        #[graphql(
            desc = "The refresh token, exactly as the provider issued it. Pass it as a variable: the text of a query stays in memory for a while."
        )]
        refresh_token: String,
        #[graphql(
            desc = "Replace an existing connection, whether it came from a sign-in or an earlier import.",
            default = false
        )]
        replace: bool,
        #[graphql(
            desc = "Import even though the user has disconnected this provider.",
            default = false
        )]
        reconnect: bool,
        #[graphql(
            desc = "Send the token again if the provider's answer to an earlier import was lost. The token may have been used up.",
            default = false
        )]
        retry_interrupted: bool,
        #[graphql(
            desc = "Send the token again even though the provider refused it for good, for example because the client credentials were wrong and have been fixed.",
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

    /// Allows an app that acts for the user (an OAuth app or an MCP client) to read fresh access
    /// tokens of this connection, and nothing else. Safe to repeat. The grant lasts until it is
    /// revoked or the connection is deleted. Apps can't call this: only the user or a service can.
    async fn grant_provider_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The app's client id at Nhost Auth: the `aud` of its access tokens.")]
        client_id: String,
        #[graphql(desc = "The provider.")] provider: OAuthProvider,
        #[graphql(
            desc = "The user, by their Nhost id. If omitted, the caller. Only a service can name another user."
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

    /// Revokes an app's access to one provider or to all of them. The app's next request is
    /// refused, but provider access tokens that it has already read work until they expire. Returns
    /// the grants that were revoked, so a repeated call returns an empty list. Apps can't call
    /// this: only the user or a service can.
    async fn revoke_provider_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The app's client id at Nhost Auth.")] client_id: String,
        #[graphql(desc = "Revoke access to this provider only. If omitted, to all providers.")]
        provider: Option<OAuthProvider>,
        #[graphql(
            desc = "The user, by their Nhost id. If omitted, the caller. Only a service can name another user."
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
        .map(|record| ProviderConnection::new(Arc::new(subject), record, access_token))
        .map_err(|error| extend(ctx, &error))
}
