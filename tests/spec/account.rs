//! Which account at the provider a connection is to: asked after each sign-in, shown to its user alone,
//! kept sealed, and gone with the connection.

mod asking;
mod expected;
mod kept;
mod logged;
mod switched;

use nhost_auth_simulator::Provider;
use serde_json::{Value, json};

use crate::harness::{Answer, Server, User};

const FIELDS: &str =
    "account { id email login name avatarUrl profileUrl } accountUnavailableBecause";

impl Server {
    /// Asks providers about all sign-ins that are due, as far as the pace allows, to the end.
    pub async fn look_up(&self) {
        while self.connections.look_up_due().await.unwrap().is_zero() {}
    }
}

impl User<'_> {
    /// `account` and `accountUnavailableBecause`.
    async fn shown(&self, provider: Provider) -> Answer {
        self.shown_at(&self.world.server, provider).await
    }

    async fn shown_at(&self, server: &Server, provider: Provider) -> Answer {
        let query = format!("{{ providerConnection(provider: {provider}) {{ {FIELDS} }} }}");
        self.ask_at(server, &query, json!({})).await
    }

    async fn account_id(&self, provider: Provider) -> String {
        self.shown(provider).await.text("/providerConnection/account/id").to_owned()
    }

    /// Why there is no account.
    async fn why_none(&self, provider: Provider) -> String {
        let shown = self.shown(provider).await;
        assert_eq!(shown.data("/providerConnection/account"), &Value::Null);
        shown.text("/providerConnection/accountUnavailableBecause").to_owned()
    }

    /// What happened, newest first.
    async fn kinds(&self, provider: Provider) -> Vec<String> {
        let query =
            format!("{{ providerConnection(provider: {provider}) {{ events {{ kind actor }} }} }}");
        let answer = self.ask(&query).await;
        let events = answer.data("/providerConnection/events").as_array().unwrap().clone();
        events
            .iter()
            .map(|event| {
                let text = |field: &str| event[field].as_str().unwrap().to_owned();
                format!("{} {}", text("kind"), text("actor"))
            })
            .collect()
    }
}
