//! `hasura`: what it prints is what Hasura takes, and a running Hasura is brought to have it, all
//! or nothing.
//!
//! Hasura itself is not here: [`stand_in`] answers as its metadata API does, as far as its sources
//! and its documentation say, and really asks this server for its schema.

mod applied;
mod conflicts;
mod every_role;
mod failures;
mod metadata;
mod permissions;
mod printed;
mod removed;
mod stand_in;
mod subset;
mod validation;

use serde_json::Value;
use stand_in::{ADMIN_SECRET, Hasura};

use crate::harness::{Binary, Database, Ended, World};

/// This server, and a Hasura beside it that does not know it yet.
struct Beside {
    world: World,
    hasura: Hasura,
}

impl Beside {
    async fn new() -> Self {
        Self { world: World::on(Database::sqlite()).await, hasura: Hasura::start().await }
    }

    fn url(&self) -> String {
        format!("{}/graphql", self.world.server.url)
    }

    /// The command with this server's address.
    fn command(&self, arguments: &str) -> Binary {
        Binary::new(&format!("hasura {arguments}")).arg("--url").arg(&self.url())
    }

    /// The same against the Hasura.
    fn against(&self, arguments: &str) -> Binary {
        self.command(arguments)
            .env("HASURA_GRAPHQL_ENDPOINT", &self.hasura.url)
            .env("HASURA_GRAPHQL_ADMIN_SECRET", ADMIN_SECRET)
    }

    async fn run(&self, arguments: &str) -> Ended {
        self.against(arguments).run().await
    }
}

/// What a run that went well has printed.
#[track_caller]
fn went_well(ended: &Ended) -> &str {
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:#?}");
    &ended.stdout
}

/// What a run that failed has said, without its line breaks.
#[track_caller]
fn failed(ended: &Ended) -> String {
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The `auth.users` of exported metadata.
#[track_caller]
fn users(metadata: &Value) -> &Value {
    let tables = metadata["sources"][0]["tables"].as_array().unwrap();
    tables.iter().find(|table| table["table"]["name"] == "users").unwrap()
}
