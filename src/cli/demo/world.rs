use std::{net::SocketAddr, path::Path, time::Duration};

use chrono::TimeDelta;
use domain::{Provider, WebhookEvent};
use nhost_auth_simulator::{
    GrantScript, JwtOptions, Options, Provider as SimulatedProvider, Running, Signing, Simulator,
};
use secrecy::SecretString;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use url::Url;
use uuid::Uuid;

use super::{page::page, receiver::Receiver};
use crate::{
    app::{App, Sources, StartError, open_store_with_keys},
    auth::JwtSecret,
    cli::CommandError,
    clock::Clock,
    config::{
        Config, CorsOrigins, DatabaseConfig, FrameAncestors, Introspection, ListenerConfig,
        RefreshConfig, ScopesConfig, SignInConfig, WebhookConfig,
    },
    connections::{Connections, Pacing, Remembered, Supervisor},
    http::{AllowedHosts, graphiql},
    random::Random,
    signals::SignalSettings,
    upstream::{ProviderClients, UserinfoUrls, WebhookSecrets, WebhookTarget, WebhookUrl},
    vault::KeyRing,
};

/// A user who has just signed in with two providers, whose sessions wait to be fetched.
pub const USER: &str = "ada@example.com";

/// Other users, who are connected to every provider from the start. Bob's grants are revoked on the
/// page; Carol is always well.
const NEIGHBOURS: [&str; 2] = ["bob@example.com", "carol@example.com"];

/// A server and a simulated Nhost Auth, with a database that goes when they do.
pub struct World {
    pub simulator: Running,
    /// Where the server is, such as <http://127.0.0.1:4000>.
    pub server: Url,
    pub user_id: Uuid,
    /// A JWT of the user's that lasts for the day.
    pub jwt: String,
    neighbour: Uuid,
    jobs: Supervisor,
    _receiver: Receiver,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), StartError>>,
    _folder: tempfile::TempDir,
}

impl World {
    /// Starts both, the simulator first.
    pub async fn start(
        listen: SocketAddr,
        simulator: SocketAddr,
        hosts: AllowedHosts,
    ) -> Result<Self, CommandError> {
        let taken = |address, setting| move |cause| StartError::Listen { address, setting, cause };
        let options = Options {
            signing: Signing::hs256(),
            // A minute, as Nhost Auth gives it, is too little for a person who looks around.
            sign_in_lifetime: TimeDelta::minutes(10),
            ..Options::default()
        };
        let simulator = Simulator::start(options, simulator)
            .await
            .map_err(taken(simulator, "--simulator-listen"))?;
        let listener = TcpListener::bind(listen).await.map_err(taken(listen, "--listen"))?;
        let server: Url = format!("http://{}", listener.local_addr()?).parse()?;
        // Denied sign-ins come back to the app's front page, which is the demo's.
        simulator.set_client_url(server.clone());

        // The simulator's clock can be put forward, and the server's goes with it.
        let handle = simulator.simulator.clone();
        let sources = Sources::with_clock(Clock::from_fn(move || handle.now()));
        let random = Random::system();
        let secret = WebhookSecrets::generate(random.bytes());
        let receiver = Receiver::start(&secret, sources.clock.clone()).await?;

        let folder = tempfile::tempdir()?;
        let config =
            config(listener.local_addr()?, &simulator, (&receiver, &secret), folder.path())?;
        let store = open_store_with_keys(&config, &sources).await?;
        let user_id = simulator.add_user(USER);
        for provider in [SimulatedProvider::Google, SimulatedProvider::Spotify] {
            simulator.sign_in(user_id, provider, GrantScript::rotating());
        }
        let jwt = jwt_of_the_day(&simulator.simulator, user_id);

        // At each visit another, since the clock may have been put past the end of the last. The
        // page is added behind the layers of `CORS_ALLOWED_ORIGINS`: no other origin can read it.
        let handle = simulator.simulator.clone();
        let headers = move || {
            let jwt = jwt_of_the_day(&handle, user_id);
            json!({ "Authorization": format!("Bearer {jwt}") })
        };
        let run = Uuid::from_bytes(random.bytes()).to_string();
        let mut jobs = Supervisor::new(sources.clock.clone(), random);
        let app = App::new(config, store, sources)?
            .merge(page(&server, &simulator.origin(), &run))
            .merge(receiver.routes(&run))
            .merge(graphiql(FrameAncestors::default(), headers))
            // Its pages hand out JWTs.
            .only_at(hosts);
        let connections = app.connections().clone();

        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(app.serve(listener, async {
            let _ = stopped.await;
        }));
        let [neighbour, other] = NEIGHBOURS.map(|email| simulator.add_user(email));
        for user in [neighbour, other] {
            connect_all(&simulator, &server, user).await?;
        }
        look_up_all(&connections).await?;
        // That is not what anybody came to see.
        simulator.reset_calls();
        connections.start_jobs(&mut jobs);
        connections.start_webhooks(&mut jobs);
        Ok(Self {
            simulator,
            server,
            user_id,
            jwt,
            neighbour,
            jobs,
            _receiver: receiver,
            stop,
            task,
            _folder: folder,
        })
    }

    /// A JWT of Bob's, good now.
    pub fn neighbours_jwt(&self) -> String {
        jwt_of_the_day(&self.simulator.simulator, self.neighbour)
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
        self.jobs.stop().await;
        let _ = self.stop.send(());
        self.task.await??;
        self.simulator.shutdown().await;
        Ok(())
    }
}

/// The settings of the demo's server.
fn config(
    listen: SocketAddr,
    simulator: &Running,
    (receiver, secret): (&Receiver, &SecretString),
    folder: &Path,
) -> Result<Config, CommandError> {
    Ok(Config {
        listen,
        listener: ListenerConfig::default(),
        database: DatabaseConfig {
            url: format!("sqlite://{}/demo.db", folder.display()).parse()?,
            direct_url: None,
            max_connections: 4,
        },
        nhost_auth_url: simulator.base_url(),
        nhost_auth_public_url: simulator.base_url(),
        jwt_secrets: JwtSecret::parse(&simulator.jwt_secret_json())?.into(),
        encryption_keys: KeyRing::parse(&KeyRing::generate("demo", &Random::system()))?,
        service_secret: None,
        introspection: Introspection::Public,
        // It has one of its own, below.
        graphiql: false,
        allowed_hosts: Vec::new(),
        cors: CorsOrigins::All,
        trusted_documents: None,
        deleted_users: None,
        webhooks: WebhookConfig {
            target: Some(WebhookTarget {
                // On this machine, where webhooks go to by WEBHOOK_ALLOW_PRIVATE_ADDRESSES alone.
                url: WebhookUrl::parse(receiver.url.as_str(), true)?,
                secrets: WebhookSecrets::parse(secret)?,
            }),
            events: WebhookEvent::ALL.iter().copied().collect(),
            outbox: false,
        },
        frame_ancestors: FrameAncestors::default(),
        sign_in: SignInConfig::default(),
        metrics_listen: None,
        providers: ProviderClients::default(),
        userinfo_urls: userinfo_urls(&simulator.origin())?,
        signals: SignalSettings::default(),
        account_lookup: true,
        scopes: ScopesConfig::default(),
        refresh: RefreshConfig {
            service_pat: None,
            spool_dir: folder.join("spool"),
            pacing: Pacing {
                refresh_ahead: TimeDelta::minutes(5),
                idle_after: TimeDelta::days(30),
                per_second: 50,
                nhost_auth_per_minute: 0,
                // Tokens expire while you watch.
                concurrency: 0,
            },
            // Its clock is put forward at will.
            user_rate: 0,
            remembered: Remembered::default(),
        },
        event_retention: TimeDelta::days(90),
        expires_soon_before: TimeDelta::days(3),
        shutdown_timeout: Duration::from_secs(30),
        subscription_limit: 10_000,
    })
}

/// Where the simulated providers say whose a token is.
fn userinfo_urls(simulator: &Url) -> Result<UserinfoUrls, CommandError> {
    let url = |provider: &Provider| {
        Ok((*provider, simulator.join(&format!("providers/{provider}/userinfo"))?))
    };
    Provider::ALL.iter().map(url).collect()
}

/// This user connects every provider. An outage is told from a revoked grant by how others fare, and
/// an app has more than one user.
async fn connect_all(simulator: &Running, server: &Url, user: Uuid) -> Result<(), CommandError> {
    let http = reqwest::Client::new();
    let jwt = jwt_of_the_day(&simulator.simulator, user);
    for provider in SimulatedProvider::ALL {
        if provider == SimulatedProvider::Twitter {
            // OAuth 1: nothing is ever refreshed.
            continue;
        }
        simulator.sign_in(user, provider, GrantScript::rotating());
        let query = format!("mutation {{ connectProvider(provider: {provider}) {{ id }} }}");
        let request = http.post(server.join("graphql")?).json(&json!({ "query": query }));
        request.bearer_auth(&jwt).send().await?.error_for_status()?;
    }
    Ok(())
}

/// Asks every provider whose the tokens are, before anybody looks at the calls.
async fn look_up_all(connections: &Connections) -> Result<(), CommandError> {
    while connections.look_up_due().await.map_err(|failed| failed.0)?.is_zero() {}
    Ok(())
}

/// A JWT of the user's that lasts for the day.
fn jwt_of_the_day(simulator: &Simulator, user_id: Uuid) -> String {
    let lasts = JwtOptions { lifetime: Some(TimeDelta::days(1)), ..JwtOptions::default() };
    simulator.jwt_with(user_id, lasts)
}
