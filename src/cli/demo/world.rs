use std::{net::SocketAddr, time::Duration};

use axum::{Router, http::header, response::IntoResponse, routing::get};
use chrono::TimeDelta;
use nhost_auth_simulator::{
    GrantScript, JwtOptions, Options, Provider as SimulatedProvider, Running, Signing, Simulator,
};
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use url::Url;
use uuid::Uuid;

use crate::{
    app::{App, Sources, StartError, open_store},
    auth::JwtSecret,
    cli::CommandError,
    clock::Clock,
    config::{Config, CorsOrigins, DatabaseConfig, Introspection, RefreshConfig, SignInConfig},
    connections::Pacing,
    http::{for_script, nonce_page},
    random::Random,
    upstream::ProviderClients,
    vault::KeyRing,
};

/// A user who has just signed in with two providers, whose sessions wait to be fetched.
pub const USER: &str = "ada@example.com";

/// A server and a simulated Nhost Auth, with a database that goes when they do.
pub struct World {
    pub simulator: Running,
    /// Where the server is, such as <http://127.0.0.1:4000>.
    pub server: Url,
    pub user_id: Uuid,
    /// A JWT of the user's that lasts for the day.
    pub jwt: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), StartError>>,
    _folder: tempfile::TempDir,
}

impl World {
    /// Starts both, the simulator first.
    pub async fn start(listen: SocketAddr, simulator: SocketAddr) -> Result<Self, CommandError> {
        let taken = |address, setting| move |cause| StartError::Listen { address, setting, cause };
        let options = Options { signing: Signing::hs256(), ..Options::default() };
        let simulator = Simulator::start(options, simulator)
            .await
            .map_err(taken(simulator, "--simulator-listen"))?;
        let listener = TcpListener::bind(listen).await.map_err(taken(listen, "--listen"))?;
        let server: Url = format!("http://{}", listener.local_addr()?).parse()?;

        let folder = tempfile::tempdir()?;
        let random = Random::system();
        let config = Config {
            listen: listener.local_addr()?,
            database: DatabaseConfig {
                url: format!("sqlite://{}/demo.db", folder.path().display()).parse()?,
                direct_url: None,
                max_connections: 4,
            },
            nhost_auth_url: simulator.base_url(),
            nhost_auth_public_url: simulator.base_url(),
            jwt_secrets: JwtSecret::parse(&simulator.jwt_secret_json())?.into(),
            encryption_keys: KeyRing::parse(&KeyRing::generate("demo", &random))?,
            service_secret: None,
            introspection: Introspection::Public,
            graphiql: true,
            cors: CorsOrigins::All,
            sign_in: SignInConfig::default(),
            metrics_listen: None,
            providers: ProviderClients::default(),
            refresh: RefreshConfig {
                service_pat: None,
                spool_dir: folder.path().join("spool"),
                pacing: Pacing {
                    refresh_ahead: TimeDelta::minutes(5),
                    idle_after: TimeDelta::days(30),
                    per_second: 50,
                    // Tokens expire before the eyes of whoever tries it.
                    concurrency: 0,
                },
            },
            event_retention: TimeDelta::days(90),
            shutdown_timeout: Duration::from_secs(30),
        };
        // The simulator's clock can be put forward, and the server's goes with it.
        let handle = simulator.simulator.clone();
        let sources = Sources::with_clock(Clock::from_fn(move || handle.now()));
        let store = open_store(&config.database, sources.now.clone()).await?;
        let app = App::new(config, store, sources)?.merge(page(&random, &simulator));

        let user_id = simulator.add_user(USER);
        for provider in [SimulatedProvider::Google, SimulatedProvider::Spotify] {
            simulator.sign_in(user_id, provider, GrantScript::rotating());
        }
        let lasts = JwtOptions { lifetime: Some(TimeDelta::days(1)), ..JwtOptions::default() };
        let jwt = simulator.jwt_with(user_id, lasts);

        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(app.serve(listener, async {
            let _ = stopped.await;
        }));
        Ok(Self { simulator, server, user_id, jwt, stop, task, _folder: folder })
    }

    /// Says what to do now.
    pub fn invite(&self) {
        let Self { server, jwt, simulator, .. } = self;
        let auth = simulator.base_url();
        println!(
            "provider-connections is at  {server}graphql, with a page to click through at {server}"
        );
        println!("a simulated Nhost Auth at   {auth}");
        println!("{USER} has just signed in there with Google and Spotify. Paste:\n");
        println!("export JWT={jwt}\n");
        for query in [
            "mutation { connectProvider(provider: google) { provider status expiresAt } }",
            "{ providerConnections { provider status accessToken expiresAt } }",
            "mutation { refreshProviderToken(provider: google) { accessToken refreshedAt } }",
        ] {
            let body = json!({ "query": query });
            println!(
                "curl -s {server}graphql -H \"Authorization: Bearer $JWT\" -H 'Content-Type: application/json' -d '{body}'\n"
            );
        }
        println!("Ctrl-C ends it; nothing is left behind.");
    }

    /// Stops the server, then the simulator.
    pub async fn stop(self) -> Result<(), CommandError> {
        let _ = self.stop.send(());
        self.task.await??;
        self.simulator.shutdown().await;
        Ok(())
    }
}

/// The demo's page at `/`.
fn page(random: &Random, simulator: &Running) -> Router {
    let origin = simulator.origin();
    let origin = origin.as_str().trim_end_matches('/');
    let config = json!({
        "graphqlUrl": "/graphql",
        "nhostAuthUrl": simulator.base_url().as_str(),
        "simulatorUrl": origin,
    });
    let page = include_str!("../demo.html").replace("{{config}}", &for_script(&config));
    let policy = format!(
        "script-src 'nonce-{{{{nonce}}}}'; style-src 'nonce-{{{{nonce}}}}'; img-src data:; \
         connect-src 'self' {origin}"
    );
    let random = random.clone();
    Router::new().route("/", get(move || async move { nonce_page(&random, &page, &policy) })).route(
        "/favicon.ico",
        get(|| async { ([(header::CACHE_CONTROL, "max-age=86400")], ()).into_response() }),
    )
}
