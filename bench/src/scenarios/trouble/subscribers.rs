//! Users who subscribe to the changes of their connections (server-sent events), while all are notified.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Client, Response, header::ACCEPT};
use serde_json::json;
use tokio::{sync::mpsc, task::JoinSet};

use super::Scene;
use crate::{
    Result, contestants::User, database::Database, results::Round, scenarios::Stand,
    statistics::median,
};

const USERS: usize = 1_000;
/// In a check that the scenario works.
const FEW_USERS: usize = 20;
const SUBSCRIPTION: &str = "subscription { providerConnectionChanged { provider event { id } } }";
/// The first message has no event.
const TOLD: &str = "\"event\":{";
/// Of a message (`text/event-stream`).
const END: &str = "\n\n";
const EVERY: Duration = Duration::from_secs(1);
/// How long the last subscriber may wait.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn named(stand: &Stand) -> &'static str {
    if stand.quick { "20 subscribers" } else { "1,000 subscribers" }
}

/// How many there are.
fn number(stand: &Stand) -> usize {
    if stand.quick { FEW_USERS } else { USERS }
}

/// Reads while all of them are notified once a second. Returns also how long it took until the last one was, in
/// milliseconds. They subscribe only meanwhile, since they would be notified of other measurements too.
pub async fn read(stand: &Stand, scene: &Scene) -> Result<(Round, f64)> {
    let subscribers = Subscribers::open(stand, scene).await?;
    let mut database = Database::open(scene.database.url.clone()).await?;
    let Subscribers { event_for_all, mut told, tasks: _tasks } = subscribers;
    let telling = async {
        let since = Instant::now();
        let mut delays = Vec::new();
        while since.elapsed() < stand.duration {
            let begin = Instant::now();
            database.execute(&event_for_all).await?;
            for _ in 0..number(stand) {
                let next = tokio::time::timeout(PATIENCE, told.recv()).await;
                next.map_err(|_| {
                    "not every subscriber was notified within 30 seconds. Run it with less else running."
                })?;
            }
            delays.push(begin.elapsed().as_secs_f64() * 1e3);
            tokio::time::sleep(EVERY.saturating_sub(begin.elapsed())).await;
        }
        Ok(median(delays).unwrap_or_default())
    };
    scene.read(stand, &scene.server, &scene.list, telling).await
}

struct Subscribers {
    event_for_all: String,
    /// One for each event that one of them was notified of.
    told: mpsc::UnboundedReceiver<()>,
    /// They end with this value.
    tasks: JoinSet<()>,
}

impl Subscribers {
    /// The scene's first users, who have a connection each.
    async fn open(stand: &Stand, scene: &Scene) -> Result<Self> {
        let (tell, told) = mpsc::unbounded_channel();
        let http = Client::new();
        let subscribe = |number: usize| {
            let (http, tell) = (http.clone(), tell.clone());
            async move {
                let user = scene.simulator.user(&format!("user-{number}@example.com")).await?;
                let subscribed = subscribe(&http, scene, &user).await?;
                Result::Ok((user.id, pass_on(subscribed, tell)))
            }
        };
        let open = stream::iter((0..number(stand)).map(subscribe)).buffer_unordered(32);
        let mut tasks = JoinSet::new();
        let mut ids = Vec::new();
        for (id, passing_on) in open.try_collect::<Vec<_>>().await? {
            ids.push(format!("'{id}'"));
            tasks.spawn(passing_on);
        }
        Ok(Self { event_for_all: event_for_all(&ids.join(", ")), told, tasks })
    }
}

/// Written and announced as the server does it, in one transaction.
fn event_for_all(users: &str) -> String {
    format!(
        "WITH written AS (
             INSERT INTO provider_connection_event (connection_id, user_id, provider, kind, actor, at)
             SELECT DISTINCT ON (user_id) id, user_id, provider, 'refreshed', 'worker', statement_timestamp()
             FROM provider_connection WHERE user_id IN ({users}) RETURNING id, user_id
         )
         SELECT count(pg_notify('provider_connection_event', user_id || ' ' || id)::text) FROM written"
    )
}

/// Returns after the first message: from then on, nothing is missed.
async fn subscribe(http: &Client, scene: &Scene, user: &User) -> Result<Response> {
    let request = http.post(scene.server.url()).bearer_auth(&user.jwt);
    let request = request.header(ACCEPT, "text/event-stream");
    let mut answer = request.json(&json!({ "query": SUBSCRIPTION })).send().await?;
    let first = answer.chunk().await?.unwrap_or_default();
    if answer.status().is_success() && first.starts_with(b"event: next") {
        return Ok(answer);
    }
    Err(format!("a subscription was refused: {}", String::from_utf8_lossy(&first)).into())
}

/// Reports each event to the harness.
async fn pass_on(mut answer: Response, tell: mpsc::UnboundedSender<()>) {
    let mut unread = String::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        unread.push_str(&String::from_utf8_lossy(&chunk));
        for _ in 0..events(&mut unread) {
            let _ = tell.send(());
        }
    }
}

/// Takes the whole messages, and returns how many of them have an event.
fn events(unread: &mut String) -> usize {
    let end = unread.rfind(END).map_or(0, |last| last + END.len());
    let whole: String = unread.drain(..end).collect();
    whole.matches(TOLD).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_counts_once_it_is_whole() {
        let mut unread =
            "event: next\ndata: {\"event\":null}\n\nevent: next\ndata: {\"event\":{\"id\""
                .to_owned();
        assert_eq!(events(&mut unread), 0);
        unread.push_str(":\"7\"}}\n\n");
        assert_eq!(events(&mut unread), 1);
        assert_eq!(unread, "");
    }
}
