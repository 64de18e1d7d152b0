use std::sync::{Arc, OnceLock};

use async_graphql::{Context, ID, Object, Result};
use domain::Kind;
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;

use super::{
    OAuthProvider, ProviderAccount, ProviderAccountUnavailable, ProviderConnectionEvent,
    ProviderConnectionEventKind, ProviderConnectionFailure, ProviderConnectionStatus,
    ProviderScopesSource,
};
use crate::{
    connections::{
        Connections, Error, MinValidFor, NoAccount, PageSize, Reading, Subject,
        refresh_token_expires_at, status,
    },
    graphql::{
        context::connections,
        error::extend,
        loader::EventLoader,
        scalars::{Timestamptz, Uuid},
    },
    store::{ConnectionRecord, EventPage},
    upstream::Profile,
};

#[derive(Debug)]
pub struct ProviderConnection {
    subject: Arc<Subject>,
    record: Arc<ConnectionRecord>,
    /// Set if an access token is selected: it is read once for the whole selection, and the other
    /// fields show the connection after that.
    access_token: Option<MinValidFor>,
    reading: OnceCell<Reading>,
    /// Decrypted once for all fields that show it.
    account: OnceLock<Result<Profile, NoAccount>>,
}

impl ProviderConnection {
    /// `access_token`: how long the token must still be valid, if one is selected.
    pub fn new(
        subject: Arc<Subject>,
        record: Arc<ConnectionRecord>,
        access_token: Option<MinValidFor>,
    ) -> Self {
        let (reading, account) = (OnceCell::new(), OnceLock::new());
        Self { subject, record, access_token, reading, account }
    }

    async fn reading(&self, ctx: &Context<'_>, min_valid_for: MinValidFor) -> &Reading {
        let read = || connections(ctx).read(&self.subject, self.record.clone(), min_valid_for);
        self.reading.get_or_init(read).await
    }

    async fn current(&self, ctx: &Context<'_>) -> &ConnectionRecord {
        match self.access_token {
            Some(min_valid_for) => &self.reading(ctx, min_valid_for).await.record,
            None => &self.record,
        }
    }

    async fn opened_account(&self, ctx: &Context<'_>) -> &Result<Profile, NoAccount> {
        let record = self.current(ctx).await;
        self.account.get_or_init(|| connections(ctx).account(record))
    }

    fn event_page(
        &self,
        connections: &Connections,
        first: i32,
        after: Option<ID>,
        kinds: Option<Vec<Kind>>,
    ) -> Result<EventPage, Error> {
        Ok(EventPage {
            connection_id: self.record.id,
            key: self.record.key(),
            first: PageSize::new(first)?.get(),
            after: after
                .map(|id| connections.event_number(self.record.user_id, &id))
                .transpose()?,
            kinds,
        })
    }
}

/// A user's connection to an OAuth provider: the tokens of a sign-in, stored on the server and kept
/// fresh.
#[Object]
impl ProviderConnection {
    /// The id of the connection.
    async fn id(&self) -> Uuid {
        Uuid(self.record.id)
    }

    /// The user who owns the connection, by their Nhost id.
    async fn user_id(&self) -> Uuid {
        Uuid(self.record.user_id)
    }

    /// The provider.
    async fn provider(&self) -> OAuthProvider {
        self.record.provider.into()
    }

    /// The account at the provider; null if it isn't known, and `accountUnavailableBecause` gives
    /// the reason. It is known about a second after `connectProvider`, when
    /// `providerConnectionChanged` sends `ACCOUNT_READ`.
    async fn account(&self, ctx: &Context<'_>) -> Option<ProviderAccount> {
        self.opened_account(ctx).await.as_ref().ok().cloned().map(Into::into)
    }

    /// The reason that `account` is null; null if there is an account.
    async fn account_unavailable_because(
        &self,
        ctx: &Context<'_>,
    ) -> Option<ProviderAccountUnavailable> {
        self.opened_account(ctx).await.as_ref().err().copied().map(Into::into)
    }

    /// Whether the connection works and, if it doesn't, whether the user must sign in again.
    async fn status(&self, ctx: &Context<'_>) -> ProviderConnectionStatus {
        status(self.current(ctx).await).into()
    }

    /// An access token for the provider's API. It is refreshed first if it expires within
    /// `minValidFor` seconds; if the provider's tokens don't last that long, you get the freshest
    /// one it issues. Null with an error if no token is available; other connections in the same
    /// response are not affected.
    async fn access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            default = 60,
            desc = "How long the token must still be valid, in seconds, 0 to 3600."
        )]
        min_valid_for: i32,
    ) -> Option<Result<String>> {
        // `Some(Err(…))` is null with an error; `Err(…)` would take the whole connection with it.
        let min_valid_for = match MinValidFor::seconds(min_valid_for) {
            Ok(min_valid_for) => min_valid_for,
            Err(error) => return Some(Err(extend(ctx, &error))),
        };
        let reading = self.reading(ctx, self.access_token.unwrap_or(min_valid_for)).await;
        Some(match &reading.access_token {
            Ok(token) => Ok(token.expose_secret().to_owned()),
            Err(error) => Err(extend(ctx, error)),
        })
    }

    /// When the access token expires; null if it doesn't expire or the provider doesn't say.
    async fn expires_at(&self, ctx: &Context<'_>) -> Option<Timestamptz> {
        self.current(ctx).await.access_token_expires_at.map(Timestamptz)
    }

    /// When the refresh token expires, according to the provider; null if the provider doesn't say
    /// or there is no refresh token. A refresh may extend it.
    async fn refresh_token_expires_at(&self, ctx: &Context<'_>) -> Option<Timestamptz> {
        refresh_token_expires_at(self.current(ctx).await).map(Timestamptz)
    }

    /// The latest time by which the user must sign in with the provider again, forecast from what
    /// the provider says and documents; null if the connection doesn't expire, or has ended already
    /// (`REAUTHENTICATION_REQUIRED`). The provider or the user can still end it earlier. A sign-in
    /// extends it, and a refresh may. A time in the past means that the connection can end at any
    /// moment.
    async fn reconnect_by(&self, ctx: &Context<'_>) -> Option<Timestamptz> {
        let end = connections(ctx).forecast(self.current(ctx).await);
        end.map(|end| Timestamptz(end.at))
    }

    /// Whether there is a refresh token. Without one, the user must sign in again when the access
    /// token expires.
    async fn refreshable(&self, ctx: &Context<'_>) -> bool {
        self.current(ctx).await.refreshable
    }

    /// When the tokens of the last sign-in were fetched and stored.
    async fn connected_at(&self, ctx: &Context<'_>) -> Timestamptz {
        Timestamptz(self.current(ctx).await.connected_at)
    }

    /// When the access token was last refreshed; null if it never was.
    async fn refreshed_at(&self, ctx: &Context<'_>) -> Option<Timestamptz> {
        self.current(ctx).await.refreshed_at.map(Timestamptz)
    }

    /// Why the last refresh failed; null if it didn't fail.
    async fn last_failure(&self, ctx: &Context<'_>) -> Option<ProviderConnectionFailure> {
        ProviderConnectionFailure::of(self.current(ctx).await)
    }

    /// The scopes that the tokens have, in alphabetical order; null if neither the granted nor the
    /// requested scopes are known. `scopesSource` tells you how reliable they are.
    async fn scopes(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        let (scopes, _) = self.current(ctx).await.scopes.scopes()?;
        Some(scopes.iter().map(str::to_owned).collect())
    }

    /// Where `scopes` comes from; null if the scopes aren't known.
    async fn scopes_source(&self, ctx: &Context<'_>) -> Option<ProviderScopesSource> {
        let (_, source) = self.current(ctx).await.scopes.scopes()?;
        Some(source.into())
    }

    /// Those of the given scopes that the tokens lack; null if the scopes of the tokens aren't
    /// known. Scopes are compared as the provider does: GitHub's `repo`, for example, includes
    /// `public_repo`.
    async fn missing_scopes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scopes to check, at most 100.")] of: Vec<String>,
    ) -> Option<Result<Vec<String>>> {
        match connections(ctx).missing_scopes(self.current(ctx).await, &of) {
            Ok(missing) => missing.map(Ok),
            // As for `accessToken`: an error here must not take the whole connection with it.
            Err(error) => Some(Err(extend(ctx, &error))),
        }
    }

    /// What happened to the connection and who read its access token, newest first. Reads appear a
    /// few seconds later. Null with an error if an argument is invalid or the events can't be read;
    /// the rest of the connection is not affected.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "The maximum number of events, 1 to 100.")] first: i32,
        #[graphql(
            desc = "Return only events older than this one: pass the id of the last event of the previous page."
        )]
        after: Option<ID>,
        #[graphql(desc = "Return only events of these kinds. If omitted, all of them.")]
        kinds: Option<Vec<ProviderConnectionEventKind>>,
    ) -> Option<Result<Vec<ProviderConnectionEvent>>> {
        let kinds = kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
        // As for `accessToken`: an error here must not take the whole connection with it.
        let page = match self.event_page(connections(ctx), first, after, kinds) {
            Ok(page) => page,
            Err(error) => return Some(Err(extend(ctx, &error))),
        };
        let events = ctx.data_unchecked::<EventLoader>().load(page).await;
        Some(match events {
            Ok(events) => {
                let shown = |event| {
                    ProviderConnectionEvent::new(connections(ctx), self.record.user_id, event)
                };
                Ok(events.iter().map(shown).collect())
            }
            Err(error) => Err(extend(ctx, &error)),
        })
    }

    /// The URL that the user's browser opens to sign in with the provider again. Call
    /// `connectProvider` when the browser is back.
    #[expect(clippy::unused_async, reason = "the library wants resolvers async")]
    async fn reauthentication_url(
        &self,
        ctx: &Context<'_>,
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
                self.record.provider,
                redirect_to.as_deref(),
                scopes.as_deref().unwrap_or_default(),
            )
            .map(Into::into)
            .map_err(|error| extend(ctx, &error))
    }
}
