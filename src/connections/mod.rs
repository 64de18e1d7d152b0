//! The rules: when the upstream is called, who waits for whom, what is written, and what a user
//! sees. They know nothing about HTTP or GraphQL.
//!
//! The upstream's calls can't be repeated (a provider session is returned once, and a rotated
//! refresh token exists nowhere else), so each runs under a lease on its row, in its own task, and
//! is committed over the generation that it read. See `docs/design.md#refresh`.

mod access_grant;
mod account;
mod bearer;
mod connect;
mod deleted_users;
mod demand;
mod disconnect;
pub mod encryption_keys;
mod ends;
mod error;
mod events;
mod expected_account;
mod grant;
mod import;
mod jobs;
mod lease;
mod list;
mod not_granted;
mod operators;
mod pause;
pub mod pending_commit;
mod read;
mod redirect;
mod refresh;
mod refresh_failed;
mod refused_token;
mod revoke_many;
mod scopes;
mod session_memory;
mod signal;
mod single_flight;
mod status;
mod story;
mod subject;
mod unproven;
mod upstream_health;
mod usage;
mod user_rate;
mod webhook_message;

use std::{path::PathBuf, sync::Arc, time::Duration};

pub use access_grant::{Asked, ClientAccess, Reader};
pub use account::NoAccount;
use account::Unopened;
use chrono::TimeDelta;
pub use deleted_users::DeletedUsers;
use deleted_users::FirstSearch;
pub use demand::Demand;
pub use disconnect::Disconnected;
use domain::{Provider, Target};
use encryption_keys::{KeyProblem, look_at_keys_in_use};
use ends::InTesting;
pub use ends::{EndRules, providers_in_testing, refresh_token_expires_at};
pub use error::{Error, ImportRefusal};
pub use events::PageSize;
pub use expected_account::ExpectedAccount;
pub use import::{ImportOptions, Imported};
use jobs::{Busy, LookUps};
pub use jobs::{JobBoard, JobState, JobStatus, Revocation, Supervisor, start_following};
use list::Reads;
pub use not_granted::NotGranted;
pub use operators::Facts;
use pending_commit::{InMemory, Together, spool::Spool};
pub use read::{MinValidFor, Reading};
pub use redirect::{NoRedirectTarget, RedirectTarget, RedirectTargets};
pub use revoke_many::{CantRevoke, Reporter, RevokeManyError, RevokedMany};
pub use scopes::ScopeRules;
pub use session_memory::{Remembered, SessionMemory};
pub use signal::Heard;
use signal::SignalMemory;
use single_flight::SingleFlight;
pub use status::{Status, last_failure, retry_at, status};
pub use subject::Subject;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use upstream_health::{LastHealth, Lines};
use usage::Usage;
pub use user_rate::UserRate;
pub use webhook_message::{parse_webhook_id, test_webhook_body, webhook_body, webhook_id};

use crate::{
    clock::Clock,
    random::Random,
    store::{Rate, Store, StoreError},
    upstream::{
        Accounts, Direct, MintedJwtVerdict, MintedJwts, NhostAuth, ScopeLookups, ServiceJwt,
        WebhookSender,
    },
    vault::Vault,
};

/// A refresh that ended this recently is joined instead of repeated.
const JOIN_WINDOW: TimeDelta = TimeDelta::seconds(5);

/// Everything that the rules need. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connections {
    parts: Arc<Parts>,
}

/// The parts of [`Connections`].
#[derive(Debug)]
pub struct Parts {
    pub store: Store,
    pub vault: Vault,
    pub nhost_auth: NhostAuth,
    pub direct: Direct,
    /// Looks up the account of a token at its provider.
    pub accounts: Accounts,
    /// Whether accounts are looked up and shown.
    pub account_lookup: bool,
    pub scopes: ScopeRules,
    /// Looks up the scopes of a token at its provider.
    pub scope_lookups: ScopeLookups,
    /// The JWTs for calling Nhost Auth without a user.
    pub service_jwt: Option<ServiceJwt>,
    pub spool: Spool,
    pub pacing: Pacing,
    pub user_rate: UserRate,
    pub sessions: SessionMemory,
    /// The same, signed by this server.
    pub minted_jwts: MintedJwts,
    pub redirect_targets: RedirectTargets,
    /// Sends webhooks to the app's backend. `None`: none are sent.
    pub webhooks: Option<WebhookSender>,
    /// Where deleted users are searched for. `None`: nowhere.
    pub deleted_users: Option<DeletedUsers>,
    pub clock: Clock,
    pub random: Random,
    /// Older events are removed.
    pub event_retention: TimeDelta,
    /// How long before a connection ends its user is notified; 0: not at all.
    pub expires_soon_before: TimeDelta,
    pub work: Work,
}

/// The running calls of this process.
#[derive(Debug)]
pub struct Work {
    connects: SingleFlight,
    refreshes: SingleFlight,
    reads: Reads,
    pending: InMemory,
    together: Together,
    busy: Busy,
    look_ups: LookUps,
    unopened: Unopened,
    lines: Lines,
    last_health: LastHealth,
    usage: Usage,
    in_testing: InTesting,
    first_search: FirstSearch,
    signals: SignalMemory,
    tasks: TaskTracker,
    /// This process is about to stop: whatever another process can do is cancelled.
    ending: CancellationToken,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            connects: SingleFlight::of("connect"),
            refreshes: SingleFlight::of("refresh"),
            reads: Reads::default(),
            pending: InMemory::default(),
            together: Together::default(),
            busy: Busy::default(),
            look_ups: LookUps::default(),
            unopened: Unopened::default(),
            lines: Lines::default(),
            last_health: LastHealth::default(),
            usage: Usage::default(),
            in_testing: InTesting::default(),
            first_search: FirstSearch::default(),
            signals: SignalMemory::default(),
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
        }
    }
}

/// How early tokens are refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// How long before they expire.
    pub refresh_ahead: TimeDelta,
    /// Connections that were not used for this long are not refreshed.
    pub idle_after: TimeDelta,
    /// Calls to one upstream, of all replicas together.
    pub per_second: u32,
    /// Calls per minute to Nhost Auth, which counts them by this server's address; 0: the same
    /// limit as for other upstreams.
    pub nhost_auth_per_minute: u32,
    /// The maximum number of concurrent refreshes of this replica's worker; 0: no worker.
    pub concurrency: usize,
}

impl Pacing {
    fn rate(&self, target: Target) -> Rate {
        let Self { per_second, nhost_auth_per_minute, .. } = *self;
        let is_less = (1..per_second.saturating_mul(60)).contains(&nhost_auth_per_minute);
        match target {
            Target::NhostAuth | Target::Behind(_) if is_less => {
                Rate::per_minute(nhost_auth_per_minute)
            }
            _ => Rate::per_second(per_second),
        }
    }
}

impl Connections {
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// What is wrong with the encryption keys, compared with what other servers have written.
    pub async fn key_problems(&self) -> Result<Vec<KeyProblem>, StoreError> {
        look_at_keys_in_use(&self.parts.store, self.parts.vault.ring()).await
    }

    /// How tokens are refreshed while nobody reads them.
    pub fn refresh_ahead(&self) -> RefreshAhead {
        RefreshAhead {
            nhost_auth: if self.has_worker() { self.refreshes_with() } else { "off" },
            direct: Provider::ALL
                .iter()
                .copied()
                .filter(|provider| self.has_worker() && self.parts.direct.handles(*provider))
                .collect(),
        }
    }

    fn refreshes_with(&self) -> &'static str {
        let parts = &self.parts;
        let mints = parts.minted_jwts.are_possible();
        let refused = matches!(parts.minted_jwts.verdict(), MintedJwtVerdict::Refused(_));
        let pat_missing = parts.service_jwt.as_ref().map(ServiceJwt::is_missing);
        match (pat_missing, mints) {
            (Some(false), _) => "personal access token",
            (Some(true), true) if !refused => {
                "minted JWT, as NHOST_SERVICE_PAT brings none: the log says why"
            }
            (Some(true), _) => "refused: NHOST_SERVICE_PAT brings no JWT; the log says why",
            (None, true) if refused => {
                "refused: set issuer in the JWT secret to the iss of the project's own JWTs"
            }
            (None, true) => "minted JWT",
            (None, false) => "off",
        }
    }

    /// Finds out whether Nhost Auth accepts the JWTs that this server signs.
    pub async fn check_minted_jwts(&self) -> MintedJwtVerdict {
        self.parts.minted_jwts.check(&self.parts.nhost_auth).await
    }

    /// Whether this replica refreshes in the background.
    pub fn has_worker(&self) -> bool {
        self.parts.pacing.concurrency > 0
    }

    /// Commits whose tokens wait in the spool for the database.
    pub fn unwritten_commits(&self) -> usize {
        self.parts.work.pending.in_spool()
    }

    /// How many keys are in use.
    pub(crate) fn encryption_keys(&self) -> usize {
        self.parts.vault.ring().key_ids().count()
    }

    /// Waits at most `limit` for running upstream calls and their commits; then writes which tokens
    /// were read.
    pub async fn drain(&self, limit: Duration) -> Left {
        let Work { tasks, pending, ending, .. } = &self.parts.work;
        ending.cancel();
        tasks.close();
        let _ = tokio::time::timeout(limit, tasks.wait()).await;
        self.flush_last_reads(limit).await;
        let spooled = pending.in_spool();
        Left {
            spooled,
            lost: tasks.len().saturating_sub(spooled),
            folder: self.parts.spool.folder().to_owned(),
        }
    }
}

/// How tokens are refreshed while nobody reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshAhead {
    /// The JWT for Nhost Auth: `personal access token`, `minted JWT` or `off`; or what is wrong
    /// with it.
    pub nhost_auth: &'static str,
    /// The providers that are refreshed with this server's own client credentials.
    pub direct: Vec<Provider>,
}

/// What was not finished at shutdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Commits whose tokens are in the spool.
    pub spooled: usize,
    /// Calls and commits whose result is stored nowhere.
    pub lost: usize,
    pub folder: PathBuf,
}
