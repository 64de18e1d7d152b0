use clap::Args;

use crate::{
    cli::{CommandError, logging::LogArgs},
    clock::Clock,
    config::WebhookArgs,
    connections::{test_webhook_body, webhook_id},
    random::Random,
    upstream::{WebhookAnswer, WebhookSender},
};

#[derive(Args)]
pub struct TestArgs {
    #[command(flatten)]
    webhooks: WebhookArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// Sends one, and answers whether it was accepted.
pub async fn run(arguments: TestArgs) -> Result<bool, CommandError> {
    arguments.log.start("warn");
    let target = arguments.webhooks.check()?.target;
    let target =
        target.ok_or("WEBHOOK_URL is missing: set it to the URL that receives webhooks")?;
    let clock = Clock::system();
    let sender = WebhookSender::new(target, clock.clone())?;
    let id = webhook_id(Random::system().uuid());
    let answer = sender.send(&id, test_webhook_body(clock.now())).await;
    println!("{id} to {}: {answer}", sender.origin());
    Ok(matches!(answer, WebhookAnswer::Delivered(_)))
}
