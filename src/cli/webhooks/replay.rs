use chrono::{DateTime, Utc};
use clap::Args;
use uuid::Uuid;

use crate::{
    cli::{CommandError, database::open_unchanged, logging::LogArgs},
    config::DatabaseArgs,
    connections::parse_webhook_id,
    store::{Now, Replay},
};

#[derive(Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct ReplayArgs {
    /// ID of one webhook (msg_…), as `webhooks list` and the header webhook-id show it
    #[arg(value_name = "ID", group = "which", value_parser = id)]
    id: Option<Uuid>,
    /// All webhooks that failed permanently
    #[arg(long, group = "which")]
    dead: bool,
    /// All webhooks for events since this time, delivered or not, such as 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", group = "which")]
    since: Option<DateTime<Utc>>,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    log: LogArgs,
}

fn id(text: &str) -> Result<Uuid, String> {
    parse_webhook_id(text)
        .ok_or_else(|| "not a webhook ID such as msg_…: see `webhooks list`".to_owned())
}

/// Puts them into the outbox again.
pub async fn run(arguments: ReplayArgs) -> Result<(), CommandError> {
    arguments.log.start("warn");
    let which = match (arguments.id, arguments.since) {
        (Some(id), _) => Replay::One(id),
        (None, Some(since)) => Replay::Since(since),
        (None, None) => Replay::Dead,
    };
    let store = open_unchanged(&arguments.database.check()?, Now::Database).await?;
    let number = store.replay_webhooks(which).await?;
    let was_gone = store.enable_webhook_endpoints().await?;
    store.close().await;
    if was_gone {
        println!("The receiver had answered 410 Gone. Webhooks are sent to it again from now on.");
    }
    if number == 0 && matches!(which, Replay::One(_)) {
        return Err("no webhook was sent again. It doesn't exist, was only recorded for \
                    WEBHOOK_OUTBOX, or its connection was disconnected since"
            .into());
    }
    println!("{number} webhooks will be sent again by a running server with WEBHOOK_URL.");
    Ok(())
}
