//! The rules: when the upstream is called, who waits for whom, what is written, and what a user
//! is told. Knows no HTTP and no GraphQL.
//!
//! The upstream's calls can't be repeated (a provider session is handed out once, a rotated
//! refresh token exists nowhere else), so each runs under a lease on its row, in a task of its
//! own, and is committed over the generation that it read. See `docs/design.md#refresh`.

mod classify;
mod commit;
mod connect;
mod disconnect;
mod error;
mod flights;
mod list;
mod pause;
mod read;
mod refresh;
mod status;
mod subject;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
pub use disconnect::Disconnected;
pub use error::Error;
use flights::Flights;
use list::Reads;
pub use read::{MinValidFor, Reading};
pub use refresh::Demand;
pub use status::{Status, last_failure, retry_at, status};
pub use subject::Subject;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::{
    auth::JwtSecret,
    clock::Clock,
    random::Random,
    store::{Provider, Store},
    upstream::NhostAuth,
    vault::Vault,
};

/// A refresh that ended this recently is joined, not repeated.
const JOIN_WINDOW: TimeDelta = TimeDelta::seconds(5);

/// Everything that the rules work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connections {
    parts: Arc<Parts>,
}

/// What [`Connections`] is made of.
#[derive(Debug)]
pub struct Parts {
    pub store: Store,
    pub vault: Vault,
    pub nhost_auth: NhostAuth,
    pub jwt_secret: Arc<JwtSecret>,
    pub clock: Clock,
    pub random: Random,
    pub work: Work,
}

/// What is under way in this process.
#[derive(Debug, Default)]
pub struct Work {
    connects: Flights,
    refreshes: Flights,
    reads: Reads,
    tasks: TaskTracker,
}

impl Connections {
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// Where the user signs in with the provider again; `redirect_to` is where they come back to.
    pub fn reauthentication_url(
        &self,
        provider: Provider,
        redirect_to: Option<&str>,
    ) -> Result<Url, Error> {
        if let Some(target) = redirect_to {
            // Nhost Auth checks the address against its own list; what no browser should ever
            // be sent to is stopped here already.
            let url = Url::parse(target).ok().filter(|url| {
                !matches!(url.scheme(), "javascript" | "data" | "vbscript" | "file" | "blob")
            });
            if url.is_none() {
                return Err(Error::BadInput(
                    "redirectTo must be an absolute URL that your app can be opened by, such as \
                     https://app.example.com/connected"
                        .to_owned(),
                ));
            }
        }
        Ok(self.parts.nhost_auth.sign_in_url(provider, redirect_to))
    }

    /// Waits for the upstream calls that are under way, and their commits, at most `limit`.
    /// Answers how many were left.
    pub async fn drain(&self, limit: Duration) -> usize {
        let tasks = &self.parts.work.tasks;
        tasks.close();
        let _ = tokio::time::timeout(limit, tasks.wait()).await;
        tasks.len()
    }
}
