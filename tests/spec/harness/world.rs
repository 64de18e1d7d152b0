use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::provider_connection;
use nhost_auth_simulator::{
    Clock as SimulatedClock, Options, Provider, Running, Signing, Simulator,
};
use provider_connections::{
    app::{App, Sources},
    auth::{Authenticator, JwtSecret, JwtVerifier},
    clock::Clock,
    config::{
        Config, CorsOrigins, FrameAncestors, Introspection, ListenerConfig, RefreshConfig,
        ScopesConfig, SignInConfig, WebhookConfig,
    },
    connections::{Connections, Pacing, Remembered, Subject},
    random::Random,
    store::Now,
    upstream::{ProviderClients, UserinfoUrls},
    vault::KeyRing,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use uuid::Uuid;

use super::{Answer, Database, User};

/// The service secret of every test server.
pub const SERVICE_SECRET: &str = "a-service-secret-of-over-32-characters";
/// The key ring of every test server.
pub const KEYS: &str = "spec:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server, a simulated Nhost Auth, and a database, all on one clock that stands still.
pub struct World {
    pub simulator: Running,
    pub server: Server,
    pub database: Database,
    time: Arc<Mutex<DateTime<Utc>>>,
}

impl World {
    pub async fn on(database: Database) -> Self {
        Self::on_with(database, Signing::hs256(), |_| {}).await
    }

    /// A world with other settings, or another JWT secret.
    pub async fn on_with(
        database: Database,
        signing: Signing,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::on_with_simulator(database, signing, |config, _| change(config)).await
    }

    /// A world whose settings need something of its simulator.
    pub async fn on_with_simulator(
        database: Database,
        signing: Signing,
        change: impl FnOnce(&mut Config, &Simulator),
    ) -> Self {
        Self::on_with_options(database, Options { signing, ..Options::default() }, change).await
    }

    /// A world over another Nhost Auth.
    pub async fn on_with_options(
        database: Database,
        options: Options,
        change: impl FnOnce(&mut Config, &Simulator),
    ) -> Self {
        let time = Arc::new(Mutex::new("2026-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap()));
        let shown = time.clone();
        let clock = SimulatedClock::from_fn(move || *shown.lock().unwrap());
        let options = Options { clock, ..options };
        let simulator = Simulator::start(options, ([127, 0, 0, 1], 0).into()).await.unwrap();
        let mut config = config(&simulator, &database);
        change(&mut config, &simulator);
        let shown = time.clone();
        let sources = Sources::with_clock(Clock::from_fn(move || *shown.lock().unwrap()));
        let server = Server::start(config, sources).await;
        Self { simulator, server, database, time }
    }

    /// One more replica over the same database and upstream.
    pub async fn replica(&self) -> Server {
        self.replica_with(|_| {}).await
    }

    /// One more replica, with other settings.
    pub async fn replica_with(&self, change: impl FnOnce(&mut Config)) -> Server {
        let mut config = config(&self.simulator, &self.database);
        change(&mut config);
        Server::start(config, Sources::with_clock(self.clock())).await
    }

    /// One more replica on a machine whose clock is another one. The database's clock, by which
    /// leases and ages are judged, is the world's.
    pub async fn replica_on(&self, clock: Clock) -> Server {
        let sources = Sources { clock, random: Random::system(), now: Now::Injected(self.clock()) };
        Server::start(config(&self.simulator, &self.database), sources).await
    }

    /// The world's clock.
    pub fn clock(&self) -> Clock {
        let time = self.time.clone();
        Clock::from_fn(move || *time.lock().unwrap())
    }

    /// The same, which each look moves on by a millisecond for everyone: no two times are the same.
    pub fn ticking_clock(&self) -> Clock {
        let time = self.time.clone();
        Clock::from_fn(move || {
            let mut time = time.lock().unwrap();
            *time += TimeDelta::milliseconds(1);
            *time
        })
    }

    /// Lets time pass for everyone.
    pub fn advance(&self, by: TimeDelta) {
        *self.time.lock().unwrap() += by;
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.time.lock().unwrap()
    }

    /// A user who is signed in to the app.
    pub fn user(&self, email: &str) -> User<'_> {
        let id = self.simulator.add_user(email);
        User { world: self, id, jwt: self.simulator.jwt(id) }
    }

    /// The row of a connection, as the database has it.
    pub async fn row(
        &self,
        user_id: Uuid,
        provider: Provider,
    ) -> Option<provider_connection::Model> {
        let provider: domain::Provider = provider.as_str().parse().unwrap();
        let find = provider_connection::Entity::find()
            .filter(provider_connection::Column::UserId.eq(user_id))
            .filter(provider_connection::Column::Provider.eq(provider));
        self.database.with(async |db| find.one(db).await.unwrap()).await
    }

    /// A user as a service means them, for the rules behind the server.
    pub async fn subject(&self, user_id: Uuid) -> Subject {
        let secrets = JwtSecret::parse(&self.simulator.jwt_secret_json()).unwrap().into();
        let jwt = JwtVerifier::new(&secrets, self.clock()).unwrap();
        let authenticator = Authenticator::new(jwt, Some(SERVICE_SECRET.into()));
        let headers = [("x-service-secret", SERVICE_SECRET), ("x-hasura-role", "admin")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let service = authenticator.authenticate(&headers.into_iter().collect()).await.unwrap();
        Subject::of(&service, Some(user_id)).unwrap()
    }

    /// Asks as the service.
    pub async fn ask_as_service(&self, headers: &[(&str, &str)], query: &str) -> Answer {
        let mut all = vec![("x-service-secret", SERVICE_SECRET)];
        all.extend_from_slice(headers);
        self.server.ask(&all, query, json!({})).await
    }
}

/// The settings of a test server.
pub fn config(simulator: &Running, database: &Database) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        listener: ListenerConfig::default(),
        database: database.config(),
        nhost_auth_url: simulator.base_url(),
        nhost_auth_public_url: simulator.base_url(),
        jwt_secrets: JwtSecret::parse(&simulator.jwt_secret_json()).unwrap().into(),
        encryption_keys: KeyRing::parse(KEYS).unwrap(),
        service_secret: Some(SERVICE_SECRET.into()),
        introspection: Introspection::Public,
        graphiql: false,
        allowed_hosts: Vec::new(),
        cors: CorsOrigins::These(Vec::new()),
        frame_ancestors: FrameAncestors::default(),
        sign_in: SignInConfig::default(),
        metrics_listen: None,
        refresh: RefreshConfig {
            service_pat: None,
            spool_dir: database.folder.path().join("spool"),
            pacing: Pacing {
                refresh_ahead: TimeDelta::minutes(5),
                idle_after: TimeDelta::days(30),
                per_second: 1000,
                nhost_auth_per_minute: 0,
                // A test of the worker drives it itself.
                concurrency: 0,
            },
            // Time stands still: whoever is told to wait would wait for ever.
            user_rate: 0,
            remembered: Remembered::NOT,
        },
        providers: ProviderClients::default(),
        userinfo_urls: userinfo_urls(simulator),
        signals: provider_connections::signals::SignalSettings::default(),
        account_lookup: true,
        scopes: ScopesConfig::default(),
        event_retention: TimeDelta::days(90),
        expires_soon_before: TimeDelta::days(3),
        shutdown_timeout: Duration::from_secs(30),
        subscription_limit: 10_000,
        trusted_documents: None,
        webhooks: WebhookConfig::default(),
        deleted_users: None,
    }
}

/// Where the simulated providers say whose a token is.
fn userinfo_urls(simulator: &Running) -> UserinfoUrls {
    let url = |provider: &Provider| {
        let path = format!("providers/{provider}/userinfo");
        let url = simulator.origin().join(&path).unwrap();
        (provider.as_str().parse().unwrap(), url)
    };
    Provider::ALL.iter().map(url).collect()
}

/// A server that listens, until it is dropped.
pub struct Server {
    pub url: String,
    /// The rules behind it, for what a test would otherwise wait for.
    pub connections: Connections,
    pub http: reqwest::Client,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(config: Config, sources: Sources) -> Self {
        // All that is held while it starts is not to be a part of every test.
        Box::pin(Self::started(config, sources)).await
    }

    async fn started(config: Config, sources: Sources) -> Self {
        let listener = TcpListener::bind(config.listen).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let store =
            provider_connections::app::open_store_with_keys(&config, &sources).await.unwrap();
        let app = App::new(config, store, sources).unwrap();
        let connections = app.connections().clone();
        let task = tokio::spawn(async move {
            app.serve(listener, std::future::pending()).await.unwrap();
        });
        Self { url, connections, http: reqwest::Client::new(), task }
    }

    /// Lets the worker refresh all that is due, as far as the pace allows, to its end.
    pub async fn work(&self) {
        while self.connections.refresh_due().await.unwrap().is_zero() {
            self.connections.until_idle().await;
        }
        self.connections.until_idle().await;
    }

    /// A request to `/graphql`, to be changed and sent.
    pub fn post(&self) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/graphql", self.url))
    }

    pub fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    pub async fn ask(&self, headers: &[(&str, &str)], query: &str, variables: Value) -> Answer {
        let mut request = self.post().json(&json!({ "query": query, "variables": variables }));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer(request.send().await.unwrap().json().await.unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
