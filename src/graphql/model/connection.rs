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
    subject: Subject,
    record: Arc<ConnectionRecord>,
    /// Where an access token is selected: it is read once for the whole selection, and the other
    /// fields tell of the connection as it is after that.
    access_token: Option<MinValidFor>,
    reading: OnceCell<Reading>,
    /// Opened once for all fields that tell of it.
    account: OnceLock<Result<Profile, NoAccount>>,
}

impl ProviderConnection {
    /// `access_token`: how long the token must live yet, if one is selected.
    pub fn new(
        subject: Subject,
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
        self.opened_account(ctx).await.as_ref().ok().cloned().map(Into::into)
    }

    /// Why `account` is null; null: it is not.
    async fn account_unavailable_because(
        &self,
        ctx: &Context<'_>,
    ) -> Option<ProviderAccountUnavailable> {
        self.opened_account(ctx).await.as_ref().err().copied().map(Into::into)
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

    /// When the refresh token expires, as the provider said; null: the provider doesn't say, or there
    /// is no refresh token. A refresh may move it on.
    async fn refresh_token_expires_at(&self, ctx: &Context<'_>) -> Option<Timestamptz> {
        refresh_token_expires_at(self.current(ctx).await).map(Timestamptz)
    }

    /// When the user has to have signed in with the provider again at the latest. A forecast, by what
    /// the provider says and documents: it may end the connection at any time before, as users may.
    /// Sign-ins move it on, and refreshes may; a time in the past means that the connection may end at
    /// any moment. Null: no end is known, or it has ended: `REAUTHENTICATION_REQUIRED`.
    async fn reconnect_by(&self, ctx: &Context<'_>) -> Option<Timestamptz> {
        let end = connections(ctx).forecast(self.current(ctx).await);
        end.map(|end| Timestamptz(end.at))
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

    /// What the tokens allow, in alphabetical order; null: the provider doesn't say, and what the sign-in
    /// asked for is not known. See `scopesSource` for how sure that is.
    async fn scopes(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        let (scopes, _) = self.current(ctx).await.scopes.scopes()?;
        Some(scopes.iter().map(str::to_owned).collect())
    }

    /// How the scopes are known; null: they are not.
    async fn scopes_source(&self, ctx: &Context<'_>) -> Option<ProviderScopesSource> {
        let (_, source) = self.current(ctx).await.scopes.scopes()?;
        Some(source.into())
    }

    /// Those of these scopes that the tokens lack, as the provider compares them: GitHub's `repo`
    /// contains `public_repo`, say. Null: the scopes are not known.
    async fn missing_scopes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scopes that are wanted, 100 at most.")] of: Vec<String>,
    ) -> Option<Result<Vec<String>>> {
        match connections(ctx).missing_scopes(self.current(ctx).await, &of) {
            Ok(missing) => missing.map(Ok),
            // As for `accessToken`: an error here must not take the whole connection with it.
            Err(error) => Some(Err(extend(ctx, &error))),
        }
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
        #[graphql(
            desc = "Scopes that the user is asked for again, of those that the app asks for. Left out: whatever the provider asks."
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
