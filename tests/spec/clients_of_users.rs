//! An app that acts for a user (an OAuth app, an MCP client) is not the user: it reads fresh access
//! tokens of the connections that the user has granted to it, and does nothing else.

mod granted;
mod granting;
mod known_by_jwt;
mod refused;
mod through_hasura;

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::json;

use crate::harness::{Answer, User, World};

/// A client as Nhost Auth names one that has published its metadata.
const CLIENT: &str = "https://agent.example/oauth/client.json";
const OTHER: &str = "another-client";

const LIST: &str = "{ providerConnections { provider status accessToken expiresAt } }";

/// An app that a user has signed in to, with a JWT that Nhost Auth gave it.
struct Client<'a> {
    world: &'a World,
    jwt: String,
}

impl<'a> Client<'a> {
    fn of(user: &User<'a>, id: &str) -> Self {
        let world = user.world;
        Self { world, jwt: world.simulator.third_party_jwt(user.id, id, "graphql") }
    }

    async fn ask(&self, query: &str) -> Answer {
        let authorization = format!("Bearer {}", self.jwt);
        self.world.server.ask(&[("authorization", &authorization)], query, json!({})).await
    }

    async fn providers(&self) -> Vec<String> {
        let answer = self.ask("{ providerConnections { provider } }").await;
        let list = answer.data("/providerConnections").as_array().unwrap();
        list.iter().map(|of| of["provider"].as_str().unwrap().to_owned()).collect()
    }
}

/// Expects that a client is refused for want of a grant.
#[track_caller]
fn not_granted(answer: &Answer, client: Option<&str>) {
    assert_eq!(answer.code(), "FORBIDDEN", "{:#}", answer.0);
    assert_eq!(answer.extension("reason"), "client-not-granted", "{:#}", answer.0);
    let named = answer.at("/errors/0/extensions").get("clientId").and_then(|id| id.as_str());
    assert_eq!(named, client, "{:#}", answer.0);
}

async fn grant(user: &User<'_>, client: &str, provider: Provider) -> Answer {
    user.ask(&format!(
        "mutation {{ grantProviderAccess(clientId: \"{client}\", provider: {provider}) \
           {{ clientId provider userId grantedAt lastUsedAt }} }}"
    ))
    .await
}

async fn revoke(user: &User<'_>, client: &str) -> Answer {
    user.ask(&format!(
        "mutation {{ revokeProviderAccess(clientId: \"{client}\") {{ clientId provider }} }}"
    ))
    .await
}

/// A user who is connected to Google and GitHub, and has granted the client Google.
async fn ada_who_granted(world: &World) -> User<'_> {
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::rotating()).await;
    ada.connected(Provider::Github, GrantScript::stable()).await;
    grant(&ada, CLIENT, Provider::Google).await.data("/grantProviderAccess");
    ada
}
