//! How fast the worker works off a backlog, as a share of what its concurrency allows.
//!
//! ```text
//! scripts/postgres run -- cargo bench --bench worker
//! ```
//!
//! Environment: `CONNECTIONS` (10000), `CONCURRENCY` (64), `UPSTREAM_MS` (50), how long the upstream
//! takes for a refresh. Everything runs in one process beside PostgreSQL: the upstream too.

#![expect(clippy::unwrap_used, reason = "a measurement that can't go on ends")]

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Options, Provider, Running, Simulator};
use provider_connections::{
    app::{App, Sources, open_store},
    auth::JwtSecret,
    clock::Clock,
    config::{
        Config, CorsOrigins, DatabaseConfig, FrameAncestors, Introspection, ListenerConfig,
        RefreshConfig, ScopesConfig, SignInConfig, WebhookConfig,
    },
    connections::{Pacing, Remembered, Supervisor},
    random::Random,
    upstream::{ProviderClients, UserinfoUrls},
    vault::KeyRing,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use tokio::net::TcpListener;

const PROVIDERS: [Provider; 4] =
    [Provider::Google, Provider::Github, Provider::Spotify, Provider::Gitlab];

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::main]
async fn main() {
    let connections = number("CONNECTIONS", 10_000);
    let concurrency = number("CONCURRENCY", 64);
    let upstream = Duration::from_millis(number("UPSTREAM_MS", 50).try_into().unwrap());
    let url = std::env::var("TEST_POSTGRES_URL").expect("run it under scripts/postgres");
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(Options::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let config = config(&simulator, &url, folder.path().to_owned(), concurrency);
    let store = open_store(&config.database, Sources::system().now).await.unwrap();
    let app = App::new(config, store, Sources::system()).unwrap();
    let worker = app.connections().clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}/graphql", listener.local_addr().unwrap());
    tokio::spawn(app.serve(listener, std::future::pending()));

    connect(&simulator, &server, connections).await;
    let db = url.parse::<provider_connections::store::DatabaseUrl>().unwrap();
    let db = db.connect_without_limits().await.unwrap();
    db.execute_unprepared("VACUUM ANALYZE provider_connection").await.unwrap();
    db.execute_unprepared("UPDATE provider_connection SET refresh_due_at = statement_timestamp()")
        .await
        .unwrap();
    simulator.fail_always(Endpoint::RefreshProviderToken, None, Fault::Slow(upstream));

    let transactions = transactions(&db).await;
    let since = Instant::now();
    let mut jobs = Supervisor::new(Clock::system(), Random::system());
    worker.start_jobs(&mut jobs);
    while refreshed(&db).await < connections {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let seconds = since.elapsed().as_secs_f64();
    drop(jobs);
    // PostgreSQL publishes its counts once a second.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let transactions = self::transactions(&db).await - transactions;

    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    {
        let rate = connections as f64 / seconds;
        let ideal = concurrency as f64 / upstream.as_secs_f64();
        println!(
            "{connections} due connections of {} providers drained in {seconds:.1} s",
            PROVIDERS.len()
        );
        println!("{rate:.0} refreshes/s, of {ideal:.0} that {concurrency} at {upstream:?} allow");
        println!("ratio {:.2}", rate / ideal);
        println!("{:.2} transactions per refresh", transactions as f64 / connections as f64);
    }
}

fn config(
    simulator: &Running,
    url: &str,
    spool_dir: std::path::PathBuf,
    concurrency: usize,
) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        listener: ListenerConfig::default(),
        database: DatabaseConfig {
            url: url.parse().unwrap(),
            direct_url: None,
            max_connections: 20,
        },
        refresh: RefreshConfig {
            service_pat: None,
            spool_dir,
            pacing: Pacing {
                refresh_ahead: TimeDelta::minutes(5),
                idle_after: TimeDelta::days(30),
                per_second: 100_000,
                nhost_auth_per_minute: 0,
                concurrency,
            },
            user_rate: 0,
            remembered: Remembered::default(),
        },
        nhost_auth_url: simulator.base_url(),
        nhost_auth_public_url: simulator.base_url(),
        jwt_secrets: JwtSecret::parse(&simulator.jwt_secret_json()).unwrap().into(),
        encryption_keys: KeyRing::parse(&KeyRing::generate("bench", &Random::system())).unwrap(),
        service_secret: None,
        introspection: Introspection::Off,
        graphiql: false,
        allowed_hosts: Vec::new(),
        cors: CorsOrigins::All,
        frame_ancestors: FrameAncestors::default(),
        sign_in: SignInConfig::default(),
        metrics_listen: None,
        providers: ProviderClients::default(),
        userinfo_urls: UserinfoUrls::default(),
        signals: provider_connections::signals::SignalSettings::default(),
        account_lookup: false,
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

/// So many users, each connected to one of the providers.
async fn connect(simulator: &Running, server: &str, connections: usize) {
    let http = reqwest::Client::new();
    let connect = |n: usize| {
        let provider = PROVIDERS[n % PROVIDERS.len()];
        let user = simulator.add_user(&format!("user-{n}@example.com"));
        simulator.sign_in(user, provider, GrantScript::rotating());
        let query = format!("mutation {{ connectProvider(provider: {provider}) {{ id }} }}");
        let request = http.post(server).bearer_auth(simulator.jwt(user));
        let request = request.json(&json!({ "query": query })).send();
        async move {
            let answer: serde_json::Value = request.await.unwrap().json().await.unwrap();
            assert!(answer.get("errors").is_none(), "{answer}");
        }
    };
    stream::iter((0..connections).map(connect)).buffer_unordered(32).collect::<Vec<()>>().await;
}

async fn refreshed(db: &DatabaseConnection) -> usize {
    let sql = "SELECT COUNT(*) FROM provider_connection WHERE generation > 1";
    count(db, sql).await.try_into().unwrap()
}

async fn transactions(db: &DatabaseConnection) -> i64 {
    count(db, "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()").await
}

async fn count(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}
