//! A replica that can be made to crash, behind networks that fail.

use std::{sync::Arc, time::Duration};

use domain::Provider;
use provider_connections::{
    app::{App, Sources, open_store},
    auth::{Authenticator, Caller, JwtVerifier},
    config::Config,
    connections::{Connections, Demand, Error, Left, MinValidFor, Subject},
    store::{Columns, Network},
};
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{
    machine::Machine,
    story::{Ask, Slot},
};
use crate::harness::SERVICE_SECRET;

pub struct Replica {
    machine: Machine,
    connections: Connections,
    service: Caller,
}

/// What was asked came to; the error is its code.
#[derive(Clone, Debug)]
pub enum Told {
    Done,
    /// With the account that is shown beside it, by the provider's id.
    Token {
        connection: Uuid,
        generation: i64,
        token: String,
        account: Option<String>,
    },
    Failed(String),
}

impl Replica {
    pub async fn start(config: Config, sources: Sources, network: Arc<dyn Network>) -> Self {
        let machine = Machine::start();
        let service_secret = Some(SERVICE_SECRET.into());
        let jwt = JwtVerifier::new(&config.jwt_secrets, sources.clock.clone()).unwrap();
        let authenticator = Authenticator::new(jwt, service_secret);
        let headers = [("x-service-secret", SERVICE_SECRET), ("x-hasura-role", "admin")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let service = authenticator.authenticate(&headers.into_iter().collect()).await.unwrap();
        let starts = async move {
            let store = open_store(&config.database, sources.now.clone()).await.unwrap();
            let store = store.through(network);
            let app = App::new(config, store, sources).unwrap();
            app.connections().replay_spool().await;
            app.connections().clone()
        };
        let connections = machine.handle.spawn(starts).await.unwrap();
        Self { machine, connections, service }
    }

    pub fn ask(&self, user_id: Option<Uuid>, what: Ask) -> JoinHandle<Told> {
        let connections = self.connections.clone();
        let subject = user_id.map(|id| Subject::of(&self.service, Some(id)).unwrap());
        let asked = async move {
            let told = match (what, subject) {
                (Ask::Work, _) => {
                    work(&connections).await;
                    Ok(Told::Done)
                }
                (Ask::LookUp, _) => {
                    // An error is that the database is away.
                    let _ = connections.look_up_due().await;
                    Ok(Told::Done)
                }
                (Ask::Connect(slot, _), Some(subject)) => {
                    connections.connect(&subject, provider(slot)).await.map(|_| Told::Done)
                }
                (Ask::Disconnect(slot), Some(subject)) => {
                    connections.disconnect(&subject, provider(slot)).await.map(|_| Told::Done)
                }
                (Ask::Refresh(slot), Some(subject)) => {
                    let refreshed =
                        connections.refresh(&subject, provider(slot), Demand::Fresh).await;
                    refreshed.map(|_| Told::Done)
                }
                (Ask::Read(slot), Some(subject)) => read(&connections, &subject, slot).await,
                (_, None) => unreachable!("only jobs are nobody's"),
            };
            told.unwrap_or_else(|error| Told::Failed(error.code().to_owned()))
        };
        self.machine.handle.spawn(asked)
    }

    /// Its time limits and pauses are so much nearer.
    pub async fn jump(&self, by: Duration) {
        self.machine.jump(by).await;
    }

    /// What it would leave if it stopped now: nothing, if it has nothing to do.
    pub async fn left(&self) -> Left {
        let connections = self.connections.clone();
        self.machine
            .handle
            .spawn(async move { connections.drain(Duration::ZERO).await })
            .await
            .unwrap()
    }

    /// All that it does ends where it is.
    pub async fn crash(&mut self) {
        self.machine.crash().await;
    }
}

/// As `providerConnection { accessToken account { id } }` does.
async fn read(connections: &Connections, subject: &Subject, slot: Slot) -> Result<Told, Error> {
    let provider = provider(slot);
    let users = vec![subject.user_id()];
    let listed = connections.list(users, Some(vec![provider]), Columns::ALL).await?;
    let Some(record) = listed.into_iter().next() else {
        return Err(Error::NotConnected(provider));
    };
    let reading = connections.read(subject, record, MinValidFor::seconds(60)?).await;
    let token = reading.access_token?.expose_secret().to_owned();
    let account = connections.account(&reading.record).ok().map(|profile| profile.id);
    let (connection, generation) = (reading.record.id, reading.record.generation);
    Ok(Told::Token { connection, generation, token, account })
}

async fn work(connections: &Connections) {
    // An error is that the database is away.
    while connections.refresh_due().await.is_ok_and(|wait| wait.is_zero()) {
        connections.until_idle().await;
    }
    connections.until_idle().await;
}

fn provider(slot: Slot) -> Provider {
    slot.provider().as_str().parse().unwrap()
}
