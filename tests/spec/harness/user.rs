use nhost_auth_simulator::{GrantId, GrantScript, Provider};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Server, World};

/// A user of the app, with a JWT.
pub struct User<'a> {
    pub world: &'a World,
    pub id: Uuid,
    pub jwt: String,
}

impl User<'_> {
    /// Signs in with the provider: Nhost Auth has a session to hand out.
    pub fn sign_in(&self, provider: Provider, script: GrantScript) -> GrantId {
        self.world.simulator.sign_in(self.id, provider, script)
    }

    /// Signs in with one of several accounts at the provider.
    pub fn sign_in_as(&self, provider: Provider, account: &str, script: GrantScript) -> GrantId {
        self.world.simulator.sign_in_as(self.id, provider, account, script)
    }

    /// Whose the access token is at the provider.
    pub async fn account(&self, provider: Provider, access_token: &str) -> String {
        let path = format!("providers/{provider}/userinfo");
        let url = self.world.simulator.origin().join(&path).unwrap();
        let request = self.world.server.http.get(url).bearer_auth(access_token);
        let answer = request.send().await.unwrap();
        let account = answer.headers().get("simulator-account");
        account.map(|account| account.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// Waits until it is known whose the access token of a sign-in is, which nobody waits for.
    pub async fn account_is_known(&self, provider: Provider) {
        let known = async || {
            let row = self.world.row(self.id, provider).await.unwrap();
            row.account.is_some()
        };
        super::until(known).await;
    }

    /// Signs in and connects.
    pub async fn connected(&self, provider: Provider, script: GrantScript) -> GrantId {
        let grant = self.sign_in(provider, script);
        self.connect(provider).await.data("/connectProvider/id");
        grant
    }

    /// Another JWT, after the clock has moved.
    pub fn renew_jwt(&mut self) {
        self.jwt = self.world.simulator.jwt(self.id);
    }

    pub async fn connect(&self, provider: Provider) -> Answer {
        self.ask(&format!(
            "mutation {{ connectProvider(provider: {provider}) {{ id userId provider status accessToken \
             expiresAt refreshable connectedAt refreshedAt }} }}"
        ))
        .await
    }

    /// `providerConnection` with its access token.
    pub async fn read(&self, provider: Provider) -> Answer {
        self.ask(&format!(
            "{{ providerConnection(provider: {provider}) {{ status accessToken expiresAt refreshable \
             refreshedAt lastFailure {{ code message at retryAt }} }} }}"
        ))
        .await
    }

    /// The access token that `providerConnection` answers.
    pub async fn access_token(&self, provider: Provider) -> String {
        self.read(provider).await.text("/providerConnection/accessToken").to_owned()
    }

    pub async fn refresh(&self, provider: Provider) -> Answer {
        self.ask(&format!(
            "mutation {{ refreshProviderToken(provider: {provider}) {{ status accessToken expiresAt \
             refreshedAt }} }}"
        ))
        .await
    }

    pub async fn disconnect(&self, provider: Provider) -> Answer {
        self.ask(&format!(
            "mutation {{ disconnectProvider(provider: {provider}) {{ id userId provider \
             disconnectedAt }} }}"
        ))
        .await
    }

    /// Whether the provider's API takes the access token.
    pub async fn can_use(&self, provider: Provider, access_token: &str) -> bool {
        let path = format!("providers/{provider}/userinfo");
        let url = self.world.simulator.origin().join(&path).unwrap();
        let request = self.world.server.http.get(url).bearer_auth(access_token);
        request.send().await.unwrap().status() == 200
    }

    pub async fn ask(&self, query: &str) -> Answer {
        self.ask_at(&self.world.server, query, json!({})).await
    }

    pub async fn ask_with(&self, query: &str, variables: Value) -> Answer {
        self.ask_at(&self.world.server, query, variables).await
    }

    /// Asks a certain replica.
    pub async fn ask_at(&self, server: &Server, query: &str, variables: Value) -> Answer {
        let authorization = format!("Bearer {}", self.jwt);
        server.ask(&[("authorization", &authorization)], query, variables).await
    }
}
