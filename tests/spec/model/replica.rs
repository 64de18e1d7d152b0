//! A replica that can be made to crash: it runs on threads of its own.

use std::time::Duration;

use domain::Provider;
use provider_connections::{
    app::{App, Sources, open_store},
    auth::{Authenticator, Caller, JwtVerifier},
    config::Config,
    connections::{Connections, Demand, Error, MinValidFor, Subject},
    store::Columns,
};
use secrecy::ExposeSecret;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};
use uuid::Uuid;

use super::story::{Ask, Slot};
use crate::harness::SERVICE_SECRET;

pub struct Replica {
    runtime: Option<Runtime>,
    connections: Connections,
    service: Caller,
}

/// What was asked came to; the error is its code.
#[derive(Clone, Debug)]
pub enum Told {
    Done,
    Token { connection: Uuid, generation: i64, token: String },
    Failed(String),
}

impl Replica {
    pub async fn start(config: Config, sources: Sources) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let service_secret = Some(SERVICE_SECRET.into());
        let jwt = JwtVerifier::new(&config.jwt_secrets, sources.clock.clone()).unwrap();
        let authenticator = Authenticator::new(jwt, service_secret);
        let headers = [("x-service-secret", SERVICE_SECRET), ("x-hasura-role", "admin")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let service = authenticator.authenticate(&headers.into_iter().collect()).await.unwrap();
        let starts = async move {
            let store = open_store(&config.database, sources.now.clone()).await.unwrap();
            let app = App::new(config, store, sources).unwrap();
            app.connections().replay_spool().await;
            app.connections().clone()
        };
        let connections = runtime.spawn(starts).await.unwrap();
        Self { runtime: Some(runtime), connections, service }
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
                (Ask::Connect(slot), Some(subject)) => {
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
                (_, None) => unreachable!("only the worker is nobody's"),
            };
            told.unwrap_or_else(|error| Told::Failed(error.code().to_owned()))
        };
        self.runtime.as_ref().unwrap().spawn(asked)
    }

    /// All that it does ends where it is.
    pub async fn crash(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            let ends = move || runtime.shutdown_timeout(Duration::from_secs(10));
            tokio::task::spawn_blocking(ends).await.unwrap();
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// As `providerConnection { accessToken }` does.
async fn read(connections: &Connections, subject: &Subject, slot: Slot) -> Result<Told, Error> {
    let provider = provider(slot);
    let users = vec![subject.user_id()];
    let listed = connections.list(users, Some(vec![provider]), Columns::ALL).await?;
    let Some(record) = listed.into_iter().next() else {
        return Err(Error::NotConnected(provider));
    };
    let reading = connections.read(subject, record, MinValidFor::seconds(60)?).await;
    let token = reading.access_token?.expose_secret().to_owned();
    let (connection, generation) = (reading.record.id, reading.record.generation);
    Ok(Told::Token { connection, generation, token })
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
