use std::io;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    cli::{CommandError, database::open_unchanged, logging::LogArgs, table::table},
    config::DatabaseArgs,
    connections::webhook_id,
    store::{Now, Store, Webhook, WebhookFilter},
};

/// Webhooks that are read at once.
const PAGE: u64 = 500;

#[derive(Args)]
pub struct ListArgs {
    /// List only webhooks that wait to be sent or sent again
    #[arg(long, conflicts_with = "dead")]
    pending: bool,
    /// List only webhooks that failed permanently
    #[arg(long)]
    dead: bool,
    /// Maximum number of webhooks to print
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: u64,
    /// Print one line of JSON for each webhook
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// What is printed of a webhook as JSON. Fields are added to it, and none is taken away.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WebhookJson {
    id: String,
    r#type: String,
    connection_id: Uuid,
    user_id: Uuid,
    provider: &'static str,
    code: Option<String>,
    occurred_at: DateTime<Utc>,
    /// `pending`, `delivered`, `dead` or `recorded`.
    state: String,
    attempts: i32,
    /// When it is sent next.
    due_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    last_result: Option<String>,
}

impl From<Webhook> for WebhookJson {
    fn from(row: Webhook) -> Self {
        Self {
            id: webhook_id(row.message_id),
            r#type: row.r#type,
            connection_id: row.connection_id,
            user_id: row.user_id,
            provider: row.provider.as_str(),
            code: row.code,
            occurred_at: row.occurred_at,
            due_at: (row.state == "pending").then_some(row.due_at),
            state: row.state,
            attempts: row.attempts,
            ended_at: row.ended_at,
            last_result: row.last_result,
        }
    }
}

impl WebhookJson {
    fn row(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.r#type.clone(),
            self.provider.to_owned(),
            self.user_id.to_string(),
            self.occurred_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            self.state.clone(),
            self.attempts.to_string(),
            self.last_result.clone().unwrap_or_default(),
        ]
    }
}

/// Prints webhooks, newest first.
pub async fn run(arguments: ListArgs) -> Result<(), CommandError> {
    arguments.log.start("warn");
    let filter = match (arguments.pending, arguments.dead) {
        (true, _) => WebhookFilter::Pending,
        (_, true) => WebhookFilter::Dead,
        _ => WebhookFilter::All,
    };
    let store = open_unchanged(&arguments.database.check()?, Now::Database).await?;
    let webhooks = read(&store, filter, arguments.limit).await?;
    store.close().await;
    if arguments.json {
        for webhook in &webhooks {
            serde_json::to_writer(io::stdout().lock(), webhook)?;
            println!();
        }
    } else if webhooks.is_empty() {
        println!("No webhooks.");
    } else {
        let head = ["ID", "TYPE", "PROVIDER", "USER", "OCCURRED", "STATE", "ATTEMPTS", "RESULT"];
        let head = head.map(str::to_owned).to_vec();
        let rows: Vec<_> = webhooks.iter().map(WebhookJson::row).collect();
        print!("{}", table(&[vec![head], rows].concat()));
    }
    Ok(())
}

async fn read(
    store: &Store,
    filter: WebhookFilter,
    limit: u64,
) -> Result<Vec<WebhookJson>, CommandError> {
    let mut webhooks = Vec::new();
    let mut before = None;
    while (webhooks.len() as u64) < limit {
        let wanted = PAGE.min(limit - webhooks.len() as u64);
        let page = store.webhooks(filter, before, wanted).await?;
        let is_last = (page.len() as u64) < wanted;
        before = page.last().map(|webhook| webhook.id);
        webhooks.extend(page.into_iter().map(WebhookJson::from));
        if is_last {
            break;
        }
    }
    Ok(webhooks)
}
