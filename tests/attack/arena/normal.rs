use std::time::{Duration, Instant};

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use super::Target;
use crate::harness::{CONNECT, Cluster, Member, Replica, Socket};

/// One answer after the other, at this rate.
const EVERY: Duration = Duration::from_millis(15);
/// Whoever has waited so long has no answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Whoever has had so few answers by then is not served.
const AMID: Duration = Duration::from_secs(20);
const READ_ALL: &str = "{ providerConnections { provider status accessToken } }";

/// How often it asks before an attack, and again while one goes on.
pub fn requests() -> usize {
    std::env::var("ATTACK_REQUESTS").map_or(20, |number| number.parse().unwrap())
}

/// One read in so many finds an access token that has expired: it is refreshed first.
const EXPIRED: usize = 10;

/// What users of an app do: one reads connections and tokens, now over a connection that is there,
/// now over a new one; once another one connects a provider, and hears of changes.
pub struct NormalClient {
    server: String,
    ada: Member,
    asked: usize,
    kept: reqwest::Client,
    fresh: reqwest::Client,
}

/// What was seen.
#[derive(Default)]
pub struct Seen {
    pub latencies: Vec<Duration>,
    pub wrong: Vec<String>,
}

impl NormalClient {
    pub async fn new(cluster: &Cluster, server: &Replica) -> Self {
        let ada = cluster.connected(server, GrantScript::stable()).await;
        let client = || reqwest::Client::builder().timeout(PATIENCE);
        let kept = client().build().unwrap();
        let fresh = client().pool_max_idle_per_host(0).build().unwrap();
        Self { server: server.url.clone(), ada, asked: 0, kept, fresh }
    }

    /// Whose connection it reads.
    pub fn user(&self) -> &Member {
        &self.ada
    }

    /// Asks as often as before and amid an attack.
    pub async fn ask(&mut self, cluster: &Cluster) -> Seen {
        let mut seen = Seen::default();
        let mut rate = interval(EVERY);
        rate.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while seen.latencies.len() < requests() && seen.wrong.len() < 3 {
            rate.tick().await;
            self.ask_once(cluster, &mut seen).await;
        }
        seen
    }

    /// Asks while the attack is prepared, and then as often as before; somebody connects meanwhile.
    pub async fn ask_amid(&mut self, target: &Target, cluster: &Cluster) -> Seen {
        let mut seen = Seen::default();
        let mut rate = interval(EVERY);
        rate.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (began, mut amid) = (Instant::now(), 0);
        while amid < requests() && seen.wrong.len() < 3 {
            rate.tick().await;
            self.ask_once(cluster, &mut seen).await;
            amid += usize::from(target.is_in_place());
            if began.elapsed() > AMID {
                let answers = seen.latencies.len();
                seen.wrong.push(format!("the normal client has {answers} answers in 20 s"));
                break;
            }
        }
        self.connect(cluster, &mut seen).await;
        self.subscribe(&mut seen).await;
        seen
    }

    async fn ask_once(&mut self, cluster: &Cluster, seen: &mut Seen) {
        self.asked += 1;
        if self.asked.is_multiple_of(EXPIRED) {
            cluster.expire_tokens().await;
        }
        let client = if self.asked.is_multiple_of(4) { &self.fresh } else { &self.kept };
        let began = Instant::now();
        match post(client, &self.server, self.ada.jwt(), READ_ALL).await {
            Ok(answer) => {
                seen.latencies.push(began.elapsed());
                let connection = &answer["data"]["providerConnections"][0];
                let right = answer.get("errors").is_none()
                    && connection["provider"] == "google"
                    && connection["accessToken"].is_string();
                if !right {
                    seen.wrong.push(format!("the normal client was answered {answer}"));
                }
            }
            Err(error) => seen.wrong.push(format!("the normal client has no answer: {error}")),
        }
    }

    /// Somebody new connects a provider.
    async fn connect(&mut self, cluster: &Cluster, seen: &mut Seen) {
        self.asked += 1;
        let grace = cluster.member(&format!("grace-{}@example.com", self.asked));
        cluster.simulator.sign_in(grace.id, Provider::Google, GrantScript::stable());
        match post(&self.fresh, &self.server, grace.jwt(), CONNECT).await {
            Ok(answer) if answer["data"]["connectProvider"]["accessToken"].is_string() => {}
            other => seen.wrong.push(format!("somebody could not connect: {other:?}")),
        }
    }

    /// The user's page hears of changes.
    async fn subscribe(&self, seen: &mut Seen) {
        let (server, jwt) = (self.server.clone(), self.ada.jwt().to_owned());
        let subscribed = tokio::spawn(async move {
            drop(Socket::subscribed(&server, &jwt).await);
        });
        match tokio::time::timeout(PATIENCE, subscribed).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => seen.wrong.push(format!("somebody could not subscribe: {error}")),
            Err(_) => seen.wrong.push("somebody waits to subscribe".to_owned()),
        }
    }
}

async fn post(
    client: &reqwest::Client,
    server: &str,
    jwt: &str,
    query: &str,
) -> Result<Value, String> {
    let request = client.post(format!("{server}/graphql")).bearer_auth(jwt);
    let response =
        request.json(&json!({ "query": query })).send().await.map_err(|error| said(&error))?;
    let status = response.status();
    let text = response.text().await.map_err(|error| said(&error))?;
    if status != 200 {
        return Err(format!("{status}: {text}"));
    }
    serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
}

/// An error with its causes.
fn said(error: &reqwest::Error) -> String {
    let first: Option<&dyn std::error::Error> = Some(error);
    let causes = std::iter::successors(first, |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
