//! Who grants what to whom, and how much of it.

use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::config::Config;
use serde_json::{Value, json};

use super::{CLIENT, Client, OTHER, ada_who_granted, grant, revoke};
use crate::harness::{Answer, User, World, on_both_databases, on_both_empty_databases};

const GRANTS: &str = "{ providerAccessGrants { clientId provider userId } }";

#[track_caller]
fn pairs(answer: &Answer, of: &str) -> Vec<(String, String)> {
    let text = |grant: &Value, name: &str| grant[name].as_str().unwrap().to_owned();
    let grants = answer.data(&format!("/{of}")).as_array().unwrap();
    grants.iter().map(|grant| (text(grant, "clientId"), text(grant, "provider"))).collect()
}

fn pair(client: &str, provider: &str) -> (String, String) {
    (client.to_owned(), provider.to_owned())
}

async fn events(user: &User<'_>) -> usize {
    let query = "{ providerConnection(provider: google) \
                 { events(kinds: [ACCESS_GRANTED, ACCESS_REVOKED]) { id } } }";
    user.ask(query).await.data("/providerConnection/events").as_array().unwrap().len()
}

on_both_databases! {
    async fn granting_is_safe_to_repeat(world: World) {
        let ada = ada_who_granted(&world).await;
        let granted_at = |answer: &Answer| answer.text("/grantProviderAccess/grantedAt").to_owned();
        let first = grant(&ada, CLIENT, Provider::Google).await;
        assert_eq!(first.data("/grantProviderAccess"), &json!({
            "clientId": CLIENT, "provider": "google", "userId": ada.id,
            "grantedAt": "2026-01-01T12:00:00Z", "lastUsedAt": null,
        }));
        world.advance(chrono::TimeDelta::minutes(1));
        let second = grant(&ada, CLIENT, Provider::Google).await;
        assert_eq!(granted_at(&first), granted_at(&second));
        assert_eq!(events(&ada).await, 1);
    }

    async fn revoking_is_safe_to_repeat_and_takes_one_or_all(world: World) {
        let ada = ada_who_granted(&world).await;
        grant(&ada, CLIENT, Provider::Github).await.data("/grantProviderAccess");
        grant(&ada, OTHER, Provider::Google).await.data("/grantProviderAccess");
        let all = ada.ask(GRANTS).await;
        assert_eq!(
            pairs(&all, "providerAccessGrants"),
            [pair(CLIENT, "github"), pair(OTHER, "google"), pair(CLIENT, "google")]
        );
        let of_other = format!("{{ providerAccessGrants(clientId: \"{OTHER}\") {{ clientId provider }} }}");
        assert_eq!(pairs(&ada.ask(&of_other).await, "providerAccessGrants"), [pair(OTHER, "google")]);
        let one = format!(
            "mutation {{ revokeProviderAccess(clientId: \"{CLIENT}\", provider: github) \
               {{ clientId provider }} }}"
        );
        assert_eq!(pairs(&ada.ask(&one).await, "revokeProviderAccess"), [pair(CLIENT, "github")]);
        assert_eq!(pairs(&ada.ask(&one).await, "revokeProviderAccess"), []);
        assert_eq!(pairs(&revoke(&ada, CLIENT).await, "revokeProviderAccess"), [pair(CLIENT, "google")]);
        assert_eq!(pairs(&revoke(&ada, CLIENT).await, "revokeProviderAccess"), []);
        assert_eq!(pairs(&ada.ask(GRANTS).await, "providerAccessGrants"), [pair(OTHER, "google")]);
        assert_eq!(events(&ada).await, 3, "two grants and a revocation of Google");
    }

    async fn a_grant_takes_a_connection(world: World) {
        let ada = world.user("ada@example.com");
        let answer = grant(&ada, CLIENT, Provider::Google).await;
        assert_eq!(answer.code(), "NOT_CONNECTED");
        assert!(answer.extension("reauthenticationUrl").is_string());
        assert_eq!(pairs(&ada.ask(GRANTS).await, "providerAccessGrants"), []);
    }

    async fn the_service_grants_for_a_user_and_a_user_for_themselves_alone(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
        }
        let query = |id| format!(
            "mutation {{ grantProviderAccess(clientId: \"{CLIENT}\", provider: google, userId: \"{id}\") \
               {{ userId }} }}"
        );
        assert_eq!(ada.ask(&query(bob.id)).await.code(), "FORBIDDEN");
        let answer = world.ask_as_service(&[], &query(bob.id)).await;
        assert_eq!(answer.text("/grantProviderAccess/userId"), bob.id.to_string());
        assert_eq!(Client::of(&bob, CLIENT).providers().await, ["google"]);
        // As Hasura calls for a user.
        let id = ada.id.to_string();
        let as_ada = [("x-hasura-role", "user"), ("x-hasura-user-id", id.as_str())];
        assert_eq!(world.ask_as_service(&as_ada, &query(bob.id)).await.code(), "FORBIDDEN");
        world.ask_as_service(&as_ada, &query(ada.id)).await.data("/grantProviderAccess");
        let seen = format!("{{ providerAccessGrants(userId: \"{}\") {{ clientId provider }} }}", bob.id);
        assert_eq!(ada.ask(&seen).await.code(), "FORBIDDEN");
        let seen = world.ask_as_service(&[], &seen).await;
        assert_eq!(pairs(&seen, "providerAccessGrants"), [pair(CLIENT, "google")]);
    }

    async fn an_anonymous_user_grants_nothing(world: World) {
        let id = world.simulator.add_anonymous_user();
        let anonymous = User { world: &world, id, jwt: world.simulator.jwt(id) };
        assert_eq!(grant(&anonymous, CLIENT, Provider::Google).await.code(), "FORBIDDEN");
    }

    async fn a_client_id_is_printable_and_of_a_bounded_length(world: World) {
        let ada = ada_who_granted(&world).await;
        let grant = async |id: &str| {
            let query = "mutation($id: String!) { grantProviderAccess(clientId: $id, provider: google) { clientId } }";
            ada.ask_with(query, json!({ "id": id })).await
        };
        grant(&"x".repeat(1_024)).await.data("/grantProviderAccess");
        for id in ["", " ", "a b", "a\nb", "\u{0}", "аgent", &"x".repeat(1_025)] {
            assert_eq!(grant(id).await.code(), "BAD_USER_INPUT", "{id:?}");
        }
        let revoke = "mutation { revokeProviderAccess(clientId: \"\") { clientId } }";
        assert_eq!(ada.ask(revoke).await.code(), "BAD_USER_INPUT");
        let list = "{ providerAccessGrants(clientId: \"\") { clientId } }";
        assert_eq!(ada.ask(list).await.code(), "BAD_USER_INPUT");
    }

    async fn a_user_has_two_hundred_grants_at_most_however_many_come_at_once(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let wanted: Vec<_> = (0..210).map(|number| format!("client-{number}")).collect();
        let mut granted = 0;
        for few in wanted.chunks(10) {
            let grants = few.iter().map(|id| grant(&ada, id, Provider::Google));
            for answer in futures_util::future::join_all(grants).await {
                if answer.0.get("errors").is_none() {
                    granted += 1;
                } else {
                    assert_eq!(answer.code(), "BAD_USER_INPUT", "{:#}", answer.0);
                }
            }
        }
        assert_eq!(granted, 200);
        let kept = pairs(&ada.ask(GRANTS).await, "providerAccessGrants");
        assert_eq!(kept.len(), 200);
        // One that is there already stays, and one that goes makes room.
        grant(&ada, &kept[0].0, Provider::Google).await.data("/grantProviderAccess");
        revoke(&ada, &kept[0].0).await.data("/revokeProviderAccess");
        grant(&ada, "one-more", Provider::Google).await.data("/grantProviderAccess");
    }
}

on_both_empty_databases! {
    async fn a_user_grants_so_often_and_takes_back_as_often_as_they_like(database: Database) {
        let limited = |config: &mut Config| config.refresh.user_rate = 10;
        let world = World::on_with(database, Signing::hs256(), limited).await;
        let (ada, bob) = (ada_who_granted(&world).await, world.user("bob@example.com"));
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let mut granted = 1;
        let refused = loop {
            assert!(granted <= 32, "nobody is refused");
            let answer = grant(&ada, &format!("client-{granted}"), Provider::Google).await;
            if answer.0.get("errors").is_some() {
                break answer;
            }
            granted += 1;
        };
        assert_eq!((granted, refused.code()), (32, "RATE_LIMITED"));
        // Others grant, the service does, and what was granted is taken back.
        grant(&bob, CLIENT, Provider::Google).await.data("/grantProviderAccess");
        let of_ada = format!(
            "mutation {{ grantProviderAccess(clientId: \"{OTHER}\", provider: google, \
               userId: \"{}\") {{ clientId }} }}",
            ada.id
        );
        world.ask_as_service(&[], &of_ada).await.data("/grantProviderAccess");
        for number in 1..granted {
            let client = format!("client-{number}");
            let revoked = revoke(&ada, &client).await;
            assert_eq!(pairs(&revoked, "revokeProviderAccess"), [pair(&client, "google")]);
        }
        let retry_after = refused.extension("retryAfter").as_i64().unwrap();
        world.advance(chrono::TimeDelta::seconds(retry_after));
        grant(&ada, "one-more", Provider::Google).await.data("/grantProviderAccess");
    }
}
