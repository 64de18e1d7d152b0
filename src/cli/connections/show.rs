use chrono::{DateTime, Utc};
use clap::Args;
use domain::{ConnectionKey, Provider};
use serde::Serialize;
use uuid::Uuid;

use super::{
    facts::{self, FactsJson, provider, time},
    open::{Opened, ServerArgs},
};
use crate::{
    cli::{CommandError, table::table},
    connections::Facts,
    store::{ConnectionFacts, Event, EventPage, FactsFilter},
};

/// How many events are shown.
const EVENTS: u32 = 20;

#[derive(Args)]
pub struct ShowArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    which: WhichArgs,
    /// Print the connection as one JSON object
    #[arg(long)]
    json: bool,
}

/// One connection.
#[derive(Args)]
pub struct WhichArgs {
    /// ID of the connection
    #[arg(long, value_name = "UUID", required_unless_present_all = ["user", "provider"])]
    id: Option<Uuid>,
    /// The user's ID in Nhost Auth
    #[arg(long, value_name = "UUID", requires = "provider", conflicts_with = "id")]
    user: Option<Uuid>,
    /// The provider's ID, such as google
    #[arg(long, value_name = "ID", value_parser = provider, requires = "user", conflicts_with = "id")]
    provider: Option<Provider>,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    facts: FactsJson,
    events: Vec<EventJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventJson {
    kind: String,
    actor: &'static str,
    client_id: Option<String>,
    at: DateTime<Utc>,
    detail: Option<String>,
    evidence: Option<String>,
    times: i32,
}

/// Prints what is known about a connection.
pub async fn run(arguments: ShowArgs) -> Result<(), CommandError> {
    let opened = arguments.server.open().await?;
    let found = arguments.which.find(&opened).await?;
    let key = ConnectionKey { user_id: found.record.user_id, provider: found.record.provider };
    let connection_id = found.record.id;
    let page = EventPage { connection_id, key, first: EVENTS, after: None, kinds: None };
    let events = opened.store.events(&[page]).await?.pop().unwrap_or_default();
    let facts = Facts::of(&found, &opened.vault(), &opened.end_rules().await?);
    if arguments.json {
        let events = events.into_iter().map(EventJson::from).collect();
        let shown = Shown { facts: facts.into(), events };
        println!("{}", serde_json::to_string_pretty(&shown)?);
    } else {
        print!("{}\n{}", table(&lines(&facts)), table(&lines_of_events(&events)));
    }
    opened.store.close().await;
    Ok(())
}

impl WhichArgs {
    /// The connection.
    ///
    /// # Errors
    /// There is none.
    pub async fn find(&self, opened: &Opened) -> Result<ConnectionFacts, CommandError> {
        let found = if let Some(id) = self.id {
            opened.store.facts_of(id).await?
        } else {
            let filter = FactsFilter { provider: self.provider, user_id: self.user, state: None };
            opened.store.facts(filter, None, 1).await?.pop()
        };
        found.ok_or_else(|| {
            "no such connection: `provider-connections connections list` shows all connections"
                .into()
        })
    }
}

fn lines(facts: &Facts) -> Vec<Vec<String>> {
    let known = |at: Option<DateTime<Utc>>| at.map_or("-".to_owned(), time);
    let mut lines = vec![
        ("connection", facts.id.to_string()),
        ("user", facts.user_id.to_string()),
        ("provider", facts.provider.to_string()),
        ("status", facts::word(facts.status).to_owned()),
        ("refreshable", facts.refreshable.to_string()),
        ("connected", time(facts.connected_at)),
        ("refreshed", known(facts.refreshed_at)),
        ("used", known(facts.used_at)),
        ("access token expires", known(facts.access_token_expires_at)),
        ("refresh token expires", known(facts.refresh_token_expires_at)),
        ("reconnect by (forecast)", known(facts.reconnect_by)),
        ("refresh due", known(facts.refresh_due_at)),
        ("account", facts.account.clone().unwrap_or("-".to_owned())),
        ("scopes", scopes(facts).unwrap_or("-".to_owned())),
    ];
    if let Some(code) = facts.last_failure {
        lines.push(("last failure", code.as_str().to_owned()));
        lines.push(("failures in a row", facts.failures.to_string()));
        lines.push(("failing since", known(facts.failing_since)));
        lines.push(("next attempt", known(facts.retry_at)));
    }
    lines.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
}

fn scopes(facts: &Facts) -> Option<String> {
    let (scopes, source) = facts.scopes.as_ref()?;
    Some(format!("{} ({})", scopes.to_text(), facts::source_word(*source)))
}

fn lines_of_events(events: &[Event]) -> Vec<Vec<String>> {
    let head = ["AT", "EVENT", "BY", "TIMES", "DETAIL"].map(str::to_owned).to_vec();
    let rows = events.iter().map(|event| {
        let told = [event.client_id.clone(), event.detail.clone(), event.evidence.clone()];
        let told: Vec<_> = told.into_iter().flatten().collect();
        vec![
            time(event.at),
            event.kind_word(),
            <&str>::from(event.actor).to_owned(),
            event.times.to_string(),
            told.join(" "),
        ]
    });
    std::iter::once(head).chain(rows).collect()
}

impl From<Event> for EventJson {
    fn from(event: Event) -> Self {
        Self {
            kind: event.kind_word(),
            actor: event.actor.into(),
            client_id: event.client_id,
            at: event.at,
            detail: event.detail,
            evidence: event.evidence,
            times: event.times,
        }
    }
}
