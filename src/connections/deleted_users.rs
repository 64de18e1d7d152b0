//! Finds users who were deleted at Nhost without this server being notified, and removes what there
//! is of them. One server searches at a time; a search that is interrupted continues where it was.
//!
//! Removing revokes grants, which can't be undone, and the answer may come from another project or
//! an older copy of it. So nobody is removed unless
//!
//! - the answer is complete ([`NhostUsers`] reads nothing else),
//! - the search as a whole can be believed ([`Disbelief`]),
//! - and Nhost does not know the user when it is asked again, at least ten minutes later, while it
//!   knows another user in the same answer.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use domain::Disbelief;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Connections, jobs::Failed};
use crate::{
    store::{SearchTurn, UserSearch},
    upstream::{NhostUsers, UsersError},
};

/// Users in a question.
const PAGE: u64 = 500;
/// The same when they are asked about one by one.
const ONE_BY_ONE: u64 = 50;
/// How long a user has to be missing. Users who signed in more recently are not asked about, because
/// the GraphQL API may read a replica of the database that lags behind.
const MISSING_FOR: TimeDelta = TimeDelta::minutes(10);
/// How long a run goes on; the next one continues.
const SLICE: Duration = Duration::from_secs(30);
/// Between two questions: the GraphQL API serves the app's users at the same time.
const PACE: Duration = Duration::from_millis(100);

/// Where deleted users are searched for, and how.
#[derive(Clone, Debug)]
pub struct DeletedUsers {
    pub users: NhostUsers,
    /// From the end of a search to the next one.
    pub interval: TimeDelta,
    /// Percent of the users with connections that may be missing.
    pub max_share: u8,
}

/// Whether this process has searched yet. Its first search may repeat one that was refused, because
/// the operator may have changed the settings.
#[derive(Debug, Default)]
pub struct FirstSearch(AtomicBool);

/// What a step leaves.
enum Step {
    /// Another one.
    More,
    /// The search is over.
    Ended(Option<Disbelief>),
    /// Another server has taken the search.
    Lost,
}

impl Connections {
    /// Searches for deleted users and removes them, if it is time, for half a minute at most.
    /// Returns whether there is more to do now.
    ///
    /// # Errors
    /// It is not known who exists, or the search is not believed; then nobody is removed.
    pub async fn remove_deleted_users(&self) -> Result<bool, Failed> {
        let Some(of) = &self.parts.deleted_users else { return Ok(false) };
        let (store, owner) = (&self.parts.store, self.parts.random.uuid());
        let searched = &self.parts.work.first_search.0;
        let is_first = !searched.load(Ordering::Relaxed);
        let mut search = match store.take_user_search(owner, of.interval, is_first).await? {
            SearchTurn::Begun(search) => search,
            SearchTurn::Wait { refused: None } => return Ok(false),
            // Until the next search, so that the job's state and its alert tell the operator.
            SearchTurn::Wait { refused: Some(why) } => return Err(of.not_believed(why)),
        };
        searched.store(true, Ordering::Relaxed);
        let until = Instant::now() + SLICE;
        loop {
            match self.search_on(of, &mut search, until).await {
                Ok(Step::More) if Instant::now() < until => sleep(PACE).await,
                Ok(Step::More) => {
                    store.leave_user_search(&search).await?;
                    return Ok(true);
                }
                Ok(Step::Lost) => return Ok(false),
                Ok(Step::Ended(refused)) => {
                    store.end_user_search(&search, refused).await?;
                    let Some(why) = refused else { return Ok(false) };
                    let failed = of.not_believed(why);
                    tracing::error!(known = search.known, missing = search.missing, "{}", failed.0);
                    return Err(failed);
                }
                Err(failed) => {
                    store.leave_user_search(&search).await?;
                    return Err(failed);
                }
            }
        }
    }

    /// Whether this server searches; if so, it logs where.
    pub(in crate::connections) fn searches_deleted_users(&self) -> bool {
        let Some(of) = &self.parts.deleted_users else { return false };
        tracing::info!(
            url = of.users.address(),
            interval_seconds = of.interval.num_seconds(),
            "searching for users who were deleted"
        );
        true
    }

    /// Asks about the next users; after the last one, removes those who are missing for good.
    async fn search_on(
        &self,
        of: &DeletedUsers,
        search: &mut UserSearch,
        until: Instant,
    ) -> Result<Step, Failed> {
        let store = &self.parts.store;
        let settled = search.started_at - MISSING_FOR;
        let page = store.users_with_connections(search.position, settled, PAGE).await?;
        let Some(last) = page.last().copied() else {
            return self.remove_missing(of, search, until).await;
        };
        let existing = of.users.existing(&page).await?;
        let (known, missing): (Vec<_>, Vec<_>) =
            page.into_iter().partition(|user| existing.contains(user));
        let is_ours = store.note_users(search, last, &known, &missing).await?;
        fail::fail_point!("deleted_users.noted");
        Ok(match (is_ours, search.known) {
            (false, _) => Step::Lost,
            // Without asking another project about a million more.
            (true, 0) if search.missing >= PAGE => Step::Ended(Some(Disbelief::NobodyKnown)),
            (true, _) => Step::More,
        })
    }

    async fn remove_missing(
        &self,
        of: &DeletedUsers,
        search: &UserSearch,
        until: Instant,
    ) -> Result<Step, Failed> {
        let store = &self.parts.store;
        // That proves that they exist, and that the answers about them were wrong: then others may
        // be, too. The proof stays until the users are known.
        if let Some(user_id) = store.missing_who_signed_in().await? {
            tracing::info!(%user_id, "a user signed in after they were missing");
            return Ok(Step::Ended(Some(Disbelief::SignedIn)));
        }
        if let Some(why) = Disbelief::of(search.known, search.missing, of.max_share) {
            return Ok(Step::Ended(Some(why)));
        }
        let mut after = None;
        loop {
            let missing = store.missing_users(after, MISSING_FOR, ONE_BY_ONE).await?;
            let (Some(last), Some(witness)) = (missing.last().copied(), search.witness) else {
                store.forget_missing_without_connections().await?;
                return Ok(Step::Ended(None));
            };
            let asked: Vec<_> = missing.iter().copied().chain([witness]).collect();
            let existing = of.users.existing_one_by_one(&asked).await?;
            if !existing.contains(&witness) {
                // Deleted a moment ago, or the answer is another project's: the next search will
                // know.
                return Ok(Step::Ended(None));
            }
            for user in missing {
                if Instant::now() >= until {
                    return Ok(Step::More);
                }
                if !store.renew_user_search(search).await? {
                    return Ok(Step::Lost);
                }
                if !existing.contains(&user) {
                    self.remove_deleted(user).await?;
                }
                store.forget_missing(&[user]).await?;
            }
            after = Some(last);
            sleep(PACE).await;
        }
    }

    /// As if the hook had been called.
    async fn remove_deleted(&self, user_id: Uuid) -> Result<(), Failed> {
        let removed = self.forget(user_id).await;
        let disconnected = removed.map_err(|error| Failed(error.to_string()))?;
        fail::fail_point!("deleted_users.removed");
        tracing::info!(%user_id, disconnected, "a user was deleted: Nhost no longer knows them");
        Ok(())
    }
}

impl DeletedUsers {
    fn not_believed(&self, why: Disbelief) -> Failed {
        let address = self.users.address();
        Failed(match why {
            Disbelief::NobodyKnown => format!(
                "none of the users who were asked about exists at {address}, so no connection was \
                 removed. If that is another project, correct NHOST_GRAPHQL_URL and \
                 NHOST_ADMIN_SECRET; if all of your users were deleted, remove their connections \
                 with `connections revoke --all-providers`"
            ),
            Disbelief::TooMany => format!(
                "more than {} percent of the users with connections don't exist at {address}, so \
                 no connection was removed. If that is another project, correct NHOST_GRAPHQL_URL \
                 and NHOST_ADMIN_SECRET; if so many were deleted, raise DELETED_USERS_MAX_SHARE",
                self.max_share
            ),
            Disbelief::SignedIn => format!(
                "a user signed in here after they were missing at {address}, so it is not trusted \
                 to say who was deleted. If that is another project or a copy of this one, correct \
                 NHOST_GRAPHQL_URL and NHOST_ADMIN_SECRET; if the user in the log was deleted \
                 since, remove their connections with `connections disconnect`"
            ),
        })
    }
}

impl From<UsersError> for Failed {
    fn from(error: UsersError) -> Self {
        Self(format!(
            "it is not known which users were deleted, so their connections stay. {error}: {}",
            error.advice()
        ))
    }
}
