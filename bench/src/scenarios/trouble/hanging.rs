//! A provider that doesn't answer, while users ask for refreshes: with its own simulator and server, since the
//! server remembers for some time that a provider is down.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::Scene;
use crate::{
    Result,
    contestants::{LIST, ROWS, Server, Settings, Simulator, User},
    load::Target,
    results::Round,
    scenarios::{Stand, refreshing::REFRESHING},
};

/// How long the provider takes: longer than the server waits.
const HANGS: Duration = Duration::from_mins(1);
/// Users who ask for a refresh.
const USERS: usize = 64;
const PROVIDER: &str = "google";

pub struct Hanging {
    _simulator: Simulator,
    server: Server,
    users: Vec<User>,
    list: Target,
}

impl Hanging {
    pub async fn new(stand: &mut Stand) -> Result<Self> {
        let simulator = Simulator::start(&stand.programs, "HS256")?;
        let database = stand.new_database().await?;
        let settings = Settings {
            database_url: Some(&database.url),
            more: &REFRESHING,
            ..Settings::default()
        };
        let server = Server::start(&stand.programs, &simulator, settings)?;
        let reader = server.user_with_connections(&simulator).await?;
        let list = Target::graphql(server.url(), &reader.jwt, LIST, ROWS);
        let mut users = Vec::new();
        for number in 0..USERS {
            let user = simulator.user(&format!("user-{number}@example.com")).await?;
            server.connect(&simulator, &user, &[PROVIDER]).await?;
            users.push(user);
        }
        simulator.slow_refreshes(HANGS).await?;
        Ok(Self { _simulator: simulator, server, users, list })
    }

    /// Reads while all of them wait for their refresh. What they are told doesn't count.
    pub async fn read(&self, stand: &Stand, scene: &Scene) -> Result<Round> {
        let asking = stream::iter(&self.users).for_each_concurrent(None, |user| async move {
            drop(self.server.refresh(user, PROVIDER).await);
            std::future::pending::<()>().await;
        });
        let asking = async { Ok(tokio::time::timeout(stand.duration, asking).await.ok()) };
        let (round, _) = scene.read(stand, &self.server, &self.list, asking).await?;
        Ok(round)
    }
}
