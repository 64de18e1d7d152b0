use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{MissedTickBehavior, interval};

use super::{Document, Target, client::Client};

/// How many clients send documents at once, each the next one when it has its answer.
const CLIENTS: usize = 2;
/// How often each of them does, at most. Against a debug build that is as much as the twentyfold
/// against a release; whoever sends more is for a proxy to stop.
const EVERY: Duration = Duration::from_millis(40);
/// The largest answer that anybody but a service may get.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// How a GraphQL request comes to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Post,
    Get,
    Http2,
    ServerSentEvents,
    WebSocket,
}

impl Transport {
    pub const ALL: [Self; 5] =
        [Self::Post, Self::Get, Self::Http2, Self::ServerSentEvents, Self::WebSocket];

    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Get => "GET",
            Self::Http2 => "HTTP/2",
            Self::ServerSentEvents => "SSE",
            Self::WebSocket => "WebSocket",
        }
    }

    /// Sends each of the documents at least once, and then over and over.
    pub async fn send_all(self, target: Target, documents: Vec<Document>) {
        target.in_place();
        let clients = (0..CLIENTS).map(|number| {
            let (target, documents) = (&target, &documents);
            async move {
                // Half of them are users, the others strangers.
                let mut client = Client::new(target, self, number % 2 == 0);
                let first = number * documents.len() / CLIENTS;
                let cycle = documents.iter().cycle().skip(first).enumerate();
                let mut pace = interval(EVERY);
                pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
                for (sent, document) in cycle {
                    pace.tick().await;
                    if sent >= documents.len() && !target.goes_on() {
                        break;
                    }
                    target.sent();
                    match client.send(document).await {
                        Ok(Some(answer)) => judge(target, document, &answer),
                        // To cut an attacker off is an answer.
                        Ok(None) => {}
                        Err(hangs) => target.is_wrong(format!("{}: {hangs}", document.name)),
                    }
                }
            }
        });
        join_all(clients).await;
    }
}

/// An answer over any transport.
pub struct Answer {
    /// Where there is one.
    pub status: Option<u16>,
    pub body: String,
}

fn judge(target: &Target, document: &Document, answer: &Answer) {
    let beginning: String = answer.body.chars().take(300).collect();
    let name = &document.name;
    let length = answer.body.len();
    if length > LARGEST_ANSWER {
        target.is_wrong(format!("{name} is answered by {length} bytes"));
    }
    if answer.status.is_some_and(|status| status >= 500) || beginning.contains("\"INTERNAL\"") {
        target.is_wrong(format!("{name} is answered {:?}: {beginning}", answer.status));
    }
    let has_data = answer.body.contains("\"data\":{");
    if document.is_refused && has_data {
        target.is_wrong(format!("{name} is answered: {beginning}"));
    }
}
