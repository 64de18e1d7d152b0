//! Webhooks: the app's backend is told what happens to connections, at least once, in order, and
//! nothing after a deletion but that.

mod backlog;
mod commands;
mod delivery;
mod hasura_trigger;
mod kills;
mod kills_by_cause;
mod receiver;
mod told;

use domain::WebhookEvent;
use nhost_auth_simulator::{Provider, Signing};
use provider_connections::{
    config::{Config, WebhookConfig},
    upstream::{WebhookSecrets, WebhookTarget, WebhookUrl},
};
use receiver::Receiver;

use crate::harness::{Database, World, directly};

/// What the receiver of these tests knows senders by.
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Has a server send its webhooks there.
fn sending_to(receiver: &Receiver, config: &mut Config) {
    let target = WebhookTarget {
        url: WebhookUrl::parse(&receiver.url, true).unwrap(),
        secrets: WebhookSecrets::parse(&SECRET.into()).unwrap(),
    };
    config.webhooks = WebhookConfig {
        target: Some(target),
        events: WebhookEvent::ALL.iter().copied().collect(),
        outbox: false,
    };
}

/// A world whose server refreshes Google's tokens directly, and tells a receiver of its own.
async fn world(database: Database) -> (World, Receiver) {
    let receiver = Receiver::start().await;
    let world = World::on_with(database, Signing::hs256(), |config| {
        directly(config, Provider::Google);
        sending_to(&receiver, config);
    })
    .await;
    (world, receiver)
}

/// Makes two tests of one promise about a server that sends webhooks.
macro_rules! with_a_receiver {
    ($(async fn $promise:ident($world:ident: World, $receiver:ident: Receiver) $body:block)*) => {$(
        async fn $promise($world: crate::harness::World, $receiver: super::Receiver) $body

        mod $promise {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let database = crate::harness::Database::sqlite();
                let (world, receiver) = crate::webhooks::world(database).await;
                super::$promise(world, receiver).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let database = crate::harness::Database::postgres().await;
                let (world, receiver) = crate::webhooks::world(database).await;
                super::$promise(world, receiver).await;
            }
        }
    )*};
}
pub(crate) use with_a_receiver;
