//! What a granted client gets, and what is told of it.

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use super::{CLIENT, Client, LIST, OTHER, ada_who_granted, grant, not_granted, revoke};
use crate::harness::{User, on_both_databases};

/// `kind actor clientId` of the events of the connection to Google, oldest first.
async fn story(user: &User<'_>) -> Vec<String> {
    user.world.server.connections.flush_reads().await.unwrap();
    let query = "{ providerConnection(provider: google) { events { kind actor clientId } } }";
    let answer = user.ask(query).await;
    let events = answer.data("/providerConnection/events").as_array().unwrap();
    let word = |event: &Value, name: &str| event[name].as_str().unwrap_or("-").to_owned();
    let line =
        |event: &Value| ["kind", "actor", "clientId"].map(|name| word(event, name)).join(" ");
    events.iter().rev().map(line).collect()
}

on_both_databases! {
    async fn a_granted_client_reads_fresh_access_tokens(world: World) {
        let mut ada = ada_who_granted(&world).await;
        let client = Client::of(&ada, CLIENT);
        let answer = client.ask(LIST).await;
        assert_eq!(answer.data("/providerConnections").as_array().unwrap().len(), 1);
        let first = answer.text("/providerConnections/0/accessToken").to_owned();
        assert!(ada.can_use(Provider::Google, &first).await);
        // It has expired: the client gets a new one.
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        let client = Client::of(&ada, CLIENT);
        let one = "{ providerConnection(provider: google) { status accessToken } }";
        let answer = client.ask(one).await;
        let second = answer.text("/providerConnection/accessToken");
        assert_ne!(first, second);
        assert!(ada.can_use(Provider::Google, second).await);
        assert_eq!(answer.text("/providerConnection/status"), "ACTIVE");
    }

    async fn events_name_the_client_and_who_granted(world: World) {
        let mut ada = ada_who_granted(&world).await;
        Client::of(&ada, CLIENT).ask(LIST).await.data("/providerConnections");
        world.server.connections.flush_reads().await.unwrap();
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        Client::of(&ada, CLIENT).ask(LIST).await.data("/providerConnections");
        world.server.connections.flush_reads().await.unwrap();
        revoke(&ada, CLIENT).await.data("/revokeProviderAccess");
        let by_client = |kind: &str| format!("{kind} CLIENT {CLIENT}");
        let mut story = story(&ada).await;
        story.retain(|line| line != "TOKEN_READ USER -");
        assert_eq!(story, [
            "CONNECTED USER -".to_owned(),
            format!("ACCESS_GRANTED USER {CLIENT}"),
            by_client("TOKEN_READ"),
            by_client("ROTATED"),
            by_client("TOKEN_READ"),
            format!("ACCESS_REVOKED USER {CLIENT}"),
        ]);
    }

    async fn reads_of_two_clients_are_told_apart(world: World) {
        let ada = ada_who_granted(&world).await;
        grant(&ada, OTHER, Provider::Google).await.data("/grantProviderAccess");
        for id in [CLIENT, OTHER, CLIENT] {
            Client::of(&ada, id).ask(LIST).await.data("/providerConnections");
        }
        world.server.connections.flush_reads().await.unwrap();
        let query = "{ providerConnection(provider: google) { events(kinds: [TOKEN_READ]) \
                     { actor clientId times } } }";
        let answer = ada.ask(query).await;
        let mut reads = answer.data("/providerConnection/events").as_array().unwrap().clone();
        reads.retain(|read| read["actor"] == "CLIENT");
        reads.sort_by_key(|read| read["times"].as_i64());
        assert_eq!(reads, [
            json!({ "actor": "CLIENT", "clientId": OTHER, "times": 1 }),
            json!({ "actor": "CLIENT", "clientId": CLIENT, "times": 2 }),
        ]);
    }

    async fn a_user_sees_when_a_client_last_read(world: World) {
        let mut ada = ada_who_granted(&world).await;
        let last = async |ada: &User<'_>| {
            world.server.connections.flush_reads().await.unwrap();
            let answer = ada.ask("{ providerAccessGrants { grantedAt lastUsedAt } }").await;
            answer.data("/providerAccessGrants/0/lastUsedAt").clone()
        };
        assert_eq!(last(&ada).await, Value::Null);
        Client::of(&ada, CLIENT).ask("{ providerConnections { status } }").await.data("");
        assert_eq!(last(&ada).await, Value::Null, "it asked for no token");
        world.advance(TimeDelta::minutes(20));
        ada.renew_jwt();
        Client::of(&ada, CLIENT).ask(LIST).await.data("/providerConnections");
        assert_eq!(last(&ada).await, "2026-01-01T12:20:00Z");
    }

    async fn a_revoked_client_is_refused_from_its_next_request_on(world: World) {
        let ada = ada_who_granted(&world).await;
        let client = Client::of(&ada, CLIENT);
        client.ask(LIST).await.data("/providerConnections");
        revoke(&ada, CLIENT).await.data("/revokeProviderAccess");
        not_granted(&client.ask(LIST).await, Some(CLIENT));
        // On every replica.
        let replica = world.replica().await;
        let bearer = format!("Bearer {}", client.jwt);
        let answer = replica.ask(&[("authorization", &bearer)], LIST, json!({})).await;
        not_granted(&answer, Some(CLIENT));
    }

    async fn access_ends_with_the_connection_and_does_not_come_back_with_it(world: World) {
        let ada = ada_who_granted(&world).await;
        grant(&ada, CLIENT, Provider::Github).await.data("/grantProviderAccess");
        let client = Client::of(&ada, CLIENT);
        ada.disconnect(Provider::Google).await.data("/disconnectProvider/id");
        assert_eq!(client.providers().await, ["github"]);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        assert_eq!(client.providers().await, ["github"]);
        let one = "{ providerConnection(provider: google) { accessToken } }";
        not_granted(&client.ask(one).await, Some(CLIENT));
    }

    async fn access_outlives_a_new_sign_in(world: World) {
        let ada = ada_who_granted(&world).await;
        world.advance(TimeDelta::minutes(2));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        assert_eq!(Client::of(&ada, CLIENT).providers().await, ["google"]);
    }

    async fn a_connection_that_cannot_be_read_says_so_to_a_client_too(world: World) {
        let mut ada = ada_who_granted(&world).await;
        let sign_in = ada.sign_in(Provider::Google, GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        world.simulator.revoke(sign_in);
        world.advance(TimeDelta::hours(2));
        ada.renew_jwt();
        let one = "{ providerConnection(provider: google) { status accessToken reauthenticationUrl } }";
        let answer = Client::of(&ada, CLIENT).ask(one).await;
        assert_eq!(answer.at("/errors/0/path"), &json!(["providerConnection", "accessToken"]));
        assert!(answer.at("/data/providerConnection/reauthenticationUrl").is_string());
    }
}
