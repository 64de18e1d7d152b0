use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use domain::Kind;
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;

use super::{
    OAuthProvider, ProviderAccount, ProviderAccountUnavailable, ProviderConnectionEvent,
    ProviderConnectionEventKind, ProviderConnectionFailure, ProviderConnectionStatus,
};
use crate::{
    connections::{Connections, Error, MinValidFor, PageSize, Reading, Subject, status},
    graphql::{
        context::connections,
        error::extend,
        loader::EventLoader,
        scalars::{Timestamptz, Uuid},
    },
    store::{ConnectionRecord, EventPage},
};

#[derive(Debug)]
pub struct ProviderConnection {
    subject: Subject,
    record: Arc<ConnectionRecord>,
    /// Where an access token is selected: it is read once for the whole selection, and the other
    /// fields tell of the connection as it is after that.
    access_token: Option<MinValidFor>,
    reading: OnceCell<Reading>,
}

impl ProviderConnection {
    /// `access_token`: how long the token must live yet, if one is selected.
    pub fn new(
        subject: Subject,
        record: Arc<ConnectionRecord>,
        access_token: Option<MinValidFor>,
    ) -> Self {
        Self { subject, record, access_token, reading: OnceCell::new() }
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

/// A user's connection to an OAuth provider: the tokens of a sign-in, kept on the server and fresh.
#[Object]
impl ProviderConnection {
    /// The connection's own id.
    async fn id(&self) -> Uuid {
        Uuid(self.record.id)
    }

    /// The user's id in Nhost Auth.
    async fn user_id(&self) -> Uuid {
        Uuid(self.record.user_id)
    }

    /// The provider.
    async fn provider(&self) -> OAuthProvider {
        self.record.provider.into()
    }

    /// Which account at the provider it is; null: `accountUnavailableBecause` says why. It is known
    /// about a second after `connectProvider`, and `providerConnectionChanged` says so.
    async fn account(&self, ctx: &Context<'_>) -> Option<ProviderAccount> {
        connections(ctx).account(self.current(ctx).await).ok().map(Into::into)
    }

    /// Why `account` is null; null: it is not.
    async fn account_unavailable_because(
        &self,
        ctx: &Context<'_>,
    ) -> Option<ProviderAccountUnavailable> {
        connections(ctx).account(self.current(ctx).await).err().map(Into::into)
    }

    /// Whether all is well, and if not, whether the user has to do something about it.
    async fn status(&self, ctx: &Context<'_>) -> ProviderConnectionStatus {
        status(self.current(ctx).await).into()
    }

    /// An access token for the provider's API, refreshed first if it would expire within
    /// `minValidFor` seconds. One that can't be made to live that long is answered once it is as
    /// fresh as the provider makes it. Null with an error where there is none to be had; the
    /// other connections' stand.
    async fn access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 60, desc = "How long the token must live yet, in seconds, 0 to 3600.")]
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

    /// When the access token expires; null: no known expiry.
    async fn expires_at(&self, ctx: &Context<'_>) -> Option<Timestamptz> {
        self.current(ctx).await.access_token_expires_at.map(Timestamptz)
    }

    /// Whether there is a refresh token. Without one the user signs in again when the access
    /// token has expired.
    async fn refreshable(&self, ctx: &Context<'_>) -> bool {
        self.current(ctx).await.refreshable
    }

    /// When the tokens of the last sign-in were fetched.
    async fn connected_at(&self, ctx: &Context<'_>) -> Timestamptz {
        Timestamptz(self.current(ctx).await.connected_at)
    }

    /// When the access token was last refreshed; null: not since it was first connected.
    async fn refreshed_at(&self, ctx: &Context<'_>) -> Option<Timestamptz> {
        self.current(ctx).await.refreshed_at.map(Timestamptz)
    }

    /// Why the last refresh failed; null: it did not.
    async fn last_failure(&self, ctx: &Context<'_>) -> Option<ProviderConnectionFailure> {
        ProviderConnectionFailure::of(self.current(ctx).await)
    }

    /// What happened to the connection, and who was handed its access token, newest first. Reads
    /// of the token show a few seconds later. Null with an error where the arguments are wrong or
    /// the events can't be read; the rest of the connection stands.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many at most, 1 to 100.")] first: i32,
        #[graphql(
            desc = "Only what happened before this event: the id of the last one that you have."
        )]
        after: Option<ID>,
        #[graphql(desc = "Only events of these kinds; all when left out.")] kinds: Option<
            Vec<ProviderConnectionEventKind>,
        >,
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

    /// Where the user's browser goes to sign in with the provider again. Call `connectProvider`
    /// when it is back.
    #[expect(clippy::unused_async, reason = "the library wants resolvers async")]
    async fn reauthentication_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Where the browser comes back to: an address that this server and Nhost Auth allow."
        )]
        redirect_to: Option<String>,
    ) -> Result<String> {
        connections(ctx)
            .sign_in_url(self.record.provider, redirect_to.as_deref())
            .map(Into::into)
            .map_err(|error| extend(ctx, &error))
    }
}
