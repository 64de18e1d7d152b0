//! Starts the parts of the server, and stops them in order.

mod start_error;

use std::{future::Future, sync::Arc, time::Duration};

use axum::Router;
use domain::Provider;
pub use start_error::StartError;
use tokio::net::TcpListener;

use crate::{
    auth::{Authenticator, JwtVerifier},
    clock::Clock,
    config::{Config, DatabaseConfig, ListenerConfig, RefreshConfig},
    connections::{
        Connections, DeletedUsers, Parts, SessionMemory, Supervisor, UserRate, Work,
        encryption_keys::check_keys, pending_commit::spool::Spool, start_following,
    },
    http::{
        AllowedHosts, GraphqlEndpoint, Hooks, HttpOptions, Origins, Readiness, RecentLook, Signals,
        listener::{Capacity, Ended, Limits, Listener, descriptors},
        router,
    },
    live::{Live, Parts as LiveParts},
    random::Random,
    samples::Samples,
    store::{Now, Store, StoreError, WebhookOutbox},
    upstream::{
        Accounts, Direct, MintedJwts, NhostAuth, NhostUsers, ScopeLookups, ServiceJwt,
        WebhookSender,
    },
    vault::Vault,
};

/// How long connections to the database may take to close: on a dead network they never do.
const GOODBYE: Duration = Duration::from_secs(1);

/// The sources of time and randomness.
#[derive(Clone, Debug)]
pub struct Sources {
    pub clock: Clock,
    pub random: Random,
    /// The clock by which leases and ages are judged.
    pub now: Now,
}

impl Sources {
    /// The machine's clock, and the database's clock for everything that all replicas must agree
    /// on.
    pub fn system() -> Self {
        Self { clock: Clock::system(), random: Random::system(), now: Now::Database }
    }

    /// One clock for everything.
    pub fn with_clock(clock: Clock) -> Self {
        Self { now: Now::Injected(clock.clone()), clock, random: Random::system() }
    }
}

/// Opens the database and migrates it.
///
/// # Errors
/// It can't be reached or written, is newer than this binary, or the migrations fail.
pub async fn open_store(config: &DatabaseConfig, now: Now) -> Result<Store, StartError> {
    let kind = config.url.kind();
    let unreachable =
        |error: StoreError| StartError::Unreachable { kind, cause: error.root_cause() };
    // A migration may take long, so it bypasses any pooler.
    if let Some(direct_url) = config.direct_url.clone() {
        let direct = direct_url.connect_without_limits().await.map_err(unreachable)?;
        let direct = Store::new(direct, now.clone());
        migrate(&direct, kind).await?;
        direct.close().await;
    }
    let db = config.url.clone().connect(config.max_connections).await.map_err(unreachable)?;
    let store = Store::new(db, now);
    migrate(&store, kind).await?;
    store.check_writable().await.map_err(|error| StartError::of_first_statements(kind, &error))?;
    let store = store.with_notifications().await;
    store.map_err(|error| StartError::of_first_statements(kind, &error))
}

async fn migrate(store: &Store, kind: &'static str) -> Result<(), StartError> {
    let applied = store.migrate().await.map_err(|error| StartError::of_migrations(kind, error))?;
    for name in applied {
        tracing::info!(migration = name, "applied");
    }
    Ok(())
}

/// Opens the database for a server, which seals tokens and therefore needs the right keys.
///
/// # Errors
/// Those of [`open_store`], or a key is missing or is another one than before.
pub async fn open_store_with_keys(config: &Config, sources: &Sources) -> Result<Store, StartError> {
    let store = open_store(&config.database, sources.now.clone()).await?;
    check_key_ring(&store, config, sources).await?;
    Ok(store)
}

/// Makes sure that the keys are the right ones, before anything is sealed with them.
///
/// # Errors
/// A key is missing or is another one than before, the first was shredded, or the database fails.
pub async fn check_key_ring(
    store: &Store,
    config: &Config,
    sources: &Sources,
) -> Result<(), StartError> {
    let vault = Vault::new(config.encryption_keys.clone(), sources.random.clone());
    check_keys(store, &vault).await?;
    Ok(())
}

/// The rules over an open store: for a server, and for an operator's commands that run without one.
///
/// # Errors
/// The spool can't be written, or the TLS roots of this machine can't be read.
pub fn connections_of(
    config: &Config,
    store: &Store,
    sources: &Sources,
) -> Result<Connections, StartError> {
    let Sources { clock, random, .. } = sources;
    let RefreshConfig { service_pat, spool_dir, pacing, user_rate, remembered } =
        config.refresh.clone();
    let vault = Vault::new(config.encryption_keys.clone(), random.clone());
    let spool = Spool::open(spool_dir.clone(), vault.clone())
        .map_err(|cause| StartError::Spool { folder: spool_dir, cause })?;
    let mints = config.jwt_secrets.can_mint();
    let twitch = config.providers.get(Provider::Twitch);
    let nhost_auth = NhostAuth::new(
        config.nhost_auth_url.clone(),
        config.nhost_auth_public_url.clone(),
        clock.clone(),
    )?
    .with_sign_in_params(config.sign_in.params.clone());
    let webhooks = config.webhooks.target.clone();
    let webhooks = webhooks.map(|target| WebhookSender::new(target, clock.clone())).transpose()?;
    let store = match outbox(config, &nhost_auth, random) {
        Some(outbox) => store.clone().with_webhooks(outbox),
        None => store.clone(),
    };
    Ok(Connections::new(Parts {
        store,
        vault,
        spool,
        pacing,
        user_rate: UserRate::new(user_rate, clock),
        sessions: SessionMemory::new(remembered, clock.clone()),
        direct: Direct::new(config.providers.clone(), clock.clone())?,
        accounts: Accounts::new(config.userinfo_urls.clone(), clock.clone())?
            .with_twitch_client_id(twitch.map(|twitch| twitch.client_id.clone())),
        account_lookup: config.account_lookup,
        scopes: config.scopes.rules.clone(),
        scope_lookups: ScopeLookups::new(
            &config.scopes.tokeninfo_urls,
            &config.userinfo_urls,
            &config.providers,
            clock.clone(),
        )?,
        service_jwt: service_pat.map(|pat| ServiceJwt::new(pat, mints, clock.clone())),
        minted_jwts: MintedJwts::new(Arc::new(config.jwt_secrets.clone()), clock.clone()),
        nhost_auth,
        redirect_targets: config.sign_in.redirect_targets.clone(),
        webhooks,
        deleted_users: deleted_users(config)?,
        clock: clock.clone(),
        random: random.clone(),
        event_retention: config.event_retention,
        expires_soon_before: config.expires_soon_before,
        work: Work::default(),
    }))
}

/// Where deleted users are searched for, if anywhere.
fn deleted_users(config: &Config) -> Result<Option<DeletedUsers>, StartError> {
    let Some(of) = &config.deleted_users else { return Ok(None) };
    let users = NhostUsers::new(of.graphql_url.clone(), of.admin_secret.clone())?;
    Ok(Some(DeletedUsers { users, interval: of.interval, max_share: of.max_share }))
}

/// The webhooks for the app's backend, whether a server or an operator's command causes them.
fn outbox(config: &Config, nhost_auth: &NhostAuth, random: &Random) -> Option<WebhookOutbox> {
    let webhooks = &config.webhooks;
    let sign_in = |of: &Provider| (*of, nhost_auth.sign_in_url(*of, None, false).into());
    webhooks.is_on().then(|| {
        let urls = Provider::ALL.iter().map(sign_in).collect();
        WebhookOutbox::new(webhooks.events.clone(), urls, webhooks.target.is_some(), random.clone())
    })
}

/// A server that is ready to listen.
pub struct App {
    router: Router,
    connections: Connections,
    live: Live,
    jobs: Supervisor,
    jwt: JwtVerifier,
    store: Store,
    works: bool,
    counts: bool,
    listener: ListenerConfig,
    capacity: Capacity,
    shutdown_timeout: Duration,
}

impl App {
    /// Wires the server together over an open store.
    ///
    /// # Errors
    /// The TLS roots of this machine can't be read.
    pub fn new(config: Config, store: Store, sources: Sources) -> Result<Self, StartError> {
        let connections = connections_of(&config, &store, &sources)?;
        let Sources { clock, random, .. } = sources;
        let capacity = Capacity::of(&config, descriptors::open_files());
        let live = Live::new(LiveParts {
            store: store.clone(),
            listen_at: config.database.direct_url.unwrap_or(config.database.url),
            clock: clock.clone(),
            random: random.clone(),
            limit: capacity.subscribers,
        });
        let jobs = Supervisor::new(clock.clone(), random.clone());
        let signals = Signals::new(config.signals, connections.clone(), clock.clone())?;
        let jwt = JwtVerifier::new(&config.jwt_secrets, clock)?;
        let authenticator = Authenticator::new(jwt.clone(), config.service_secret);
        // If it also listens beyond this machine, a proxy may have given it a name that it doesn't
        // know.
        let named = config.listen.ip().is_loopback() || !config.allowed_hosts.is_empty();
        let router = router(
            GraphqlEndpoint::new(
                connections.clone(),
                live.clone(),
                authenticator.clone(),
                (config.introspection, Origins::new(config.cors.clone())),
            )
            .with_trusted(config.trusted_documents),
            Hooks { connections: connections.clone(), authenticator },
            signals,
            Readiness {
                store: store.clone(),
                connections: connections.clone(),
                jobs: jobs.board(),
                recent: RecentLook::default(),
            },
            HttpOptions {
                graphiql: config.graphiql,
                graphiql_hosts: named.then(|| AllowedHosts::new(config.allowed_hosts)),
                cors: config.cors,
                frame_ancestors: config.frame_ancestors,
                credentials: config.jwt_secrets.uses_cookies(),
                random,
            },
        );
        Ok(Self {
            router,
            connections,
            live,
            jobs,
            jwt,
            store,
            works: false,
            counts: false,
            listener: config.listener,
            capacity,
            shutdown_timeout: config.shutdown_timeout,
        })
    }

    /// How many clients it accepts.
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// The rules that it serves.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Runs the background jobs: refreshes, unless the settings turn them off, and periodic
    /// cleanup.
    #[must_use]
    pub fn with_worker(mut self) -> Self {
        self.works = true;
        self
    }

    /// Counts connections by status periodically, if metrics are enabled.
    #[must_use]
    pub fn with_counting(mut self) -> Self {
        self.counts = true;
        self
    }

    /// The values that are sampled when metrics are scraped.
    pub(crate) fn samples(&self) -> Samples {
        Samples {
            store: self.store.clone(),
            connections: self.connections.clone(),
            jwt: self.jwt.clone(),
        }
    }

    /// Adds a command's own paths, such as the demo's page.
    #[must_use]
    pub fn merge(mut self, more: Router) -> Self {
        self.router = self.router.merge(more);
        self
    }

    /// Serves under these names only, at every path.
    #[must_use]
    pub fn only_at(mut self, hosts: AllowedHosts) -> Self {
        self.router = hosts.only(self.router);
        self
    }

    /// Serves until `shutdown` resolves, and then until everything that is running has finished:
    /// first the requests, then upstream calls and the commits of their results.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), StartError> {
        // Only requests that need them wait for them: their server may start later.
        let jwt = self.jwt;
        tokio::spawn(async move {
            for fetched in jwt.fetch_keys().await.into_iter().filter(|of| of.failure.is_none()) {
                tracing::info!(url = fetched.url, keys = fetched.keys, "fetched the JWTs' keys");
            }
        });
        // Before any request: what waits in the spool is newer than what the database has.
        self.connections.replay_spool().await;
        let mut jobs = self.jobs;
        self.connections.start_writing_reads(&mut jobs);
        if self.works {
            self.connections.start_jobs(&mut jobs);
            self.connections.enable_webhooks().await;
            self.connections.start_webhooks(&mut jobs);
            // Its server may start later: the next call that needs one asks again.
            let connections = self.connections.clone();
            tokio::spawn(async move { connections.check_minted_jwts().await });
        }
        if self.counts {
            self.connections.start_counting(&mut jobs);
        }
        let live = self.live.clone();
        start_following(&mut jobs, move || live.clone().work());
        let live = self.live.clone();
        let limit = self.shutdown_timeout;
        let shutdown = async move {
            shutdown.await;
            tracing::info!("shutting down: waiting for running requests and refreshes to finish");
            // They would last as long as their clients.
            live.close();
        };
        let server = Listener {
            router: self.router,
            limits: Limits::of(self.capacity.connections),
            timeouts: self.listener.timeouts,
            trusted: self.listener.trusted_proxies,
        };
        if server.serve(listener, shutdown, limit).await == Ended::CutOff {
            tracing::warn!("some requests did not finish in time and were cut off");
        }
        self.live.closed().await;
        jobs.stop().await;
        let left = self.connections.drain(limit).await;
        if left.spooled > 0 {
            tracing::error!(
                number = left.spooled,
                folder = %left.folder.display(),
                "tokens that the database did not accept are still in the spool: the next start \
                 writes them. Keep the folder"
            );
        }
        if left.lost > 0 {
            tracing::error!(
                number = left.lost,
                "upstream calls or commits did not finish in time and are not in the spool: their \
                 users may have to sign in again"
            );
        }
        let _ = tokio::time::timeout(GOODBYE, self.store.close()).await;
        tracing::info!("stopped");
        Ok(())
    }
}
