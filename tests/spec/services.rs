//! The service: whoever knows its secret may speak for users, and is believed in `x-hasura-*`.

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, GrantScript, Options, Provider, Signing, Simulator};
use provider_connections::auth::JwtSecret;
use serde_json::{Value, json};

use crate::harness::{Answer, Database, SERVICE_SECRET, World, on_both_databases};

const LIST: &str = "{ providerConnections { userId provider accessToken } }";
const CONNECT: &str = "mutation { connectProvider(provider: google) { userId } }";

fn list_of(id: &str) -> String {
    format!("{{ providerConnections(userId: \"{id}\") {{ userId }} }}")
}

on_both_databases! {
    async fn a_wrong_secret_is_refused_even_with_a_good_jwt(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let (bearer, id) = (format!("Bearer {}", ada.jwt), ada.id.to_string());
        let almost = &SERVICE_SECRET[1..];
        let longer = format!("{SERVICE_SECRET}x");
        for wrong in ["", "x", almost, &longer, &SERVICE_SECRET.to_uppercase()] {
            for more in [
                vec![],
                vec![("authorization", bearer.as_str())],
                vec![("x-hasura-role", "admin")],
                vec![("x-hasura-role", "user"), ("x-hasura-user-id", id.as_str())],
                vec![("x-service-secret", SERVICE_SECRET)],
            ] {
                // Whoever tries so often in a row is slowed: `wrong_secrets.rs`.
                world.advance(TimeDelta::hours(1));
                let headers = [vec![("x-service-secret", wrong)], more].concat();
                let answer = world.server.ask(&headers, LIST, json!({})).await;
                assert_eq!(answer.at("/data"), &Value::Null, "{headers:?}");
                assert_eq!(answer.code(), "UNAUTHENTICATED", "{headers:?}");
                assert_eq!(answer.extension("reason"), "service-secret-invalid");
                assert!(!answer.0.to_string().contains(almost), "the secret is not repeated");
            }
        }
    }

    async fn as_admin_or_with_no_role_it_may_name_any_user(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let (ada, bob) = (ada.id.to_string(), bob.id.to_string());
        for role in [vec![], vec![("x-hasura-role", "admin")]] {
            for me in [vec![], vec![("x-hasura-user-id", ada.as_str())]] {
                let headers = [role.clone(), me].concat();
                for user in [&ada, &bob] {
                    let answer = world.ask_as_service(&headers, &list_of(user)).await;
                    assert_eq!(answer.data("/providerConnections"), &json!([{ "userId": user }]));
                }
            }
            let me = [role, vec![("x-hasura-user-id", bob.as_str())]].concat();
            let answer = world.ask_as_service(&me, LIST).await;
            assert_eq!(answer.text("/providerConnections/0/userId"), bob);
        }
    }

    async fn with_another_role_it_is_one_user(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let (ada, bob) = (ada.id.to_string(), bob.id.to_string());
        for role in ["user", "me", "editor", "Admin", ""] {
            let headers = [("x-hasura-role", role), ("x-hasura-user-id", ada.as_str())];
            for query in [LIST, &list_of(&ada)] {
                let answer = world.ask_as_service(&headers, query).await;
                assert_eq!(answer.text("/providerConnections/0/userId"), ada, "{role:?}");
            }
            let of_bob = world.ask_as_service(&headers, &list_of(&bob)).await;
            assert_eq!(of_bob.code(), "FORBIDDEN", "{role:?}");
            let nobody = world.ask_as_service(&[("x-hasura-role", role)], &list_of(&ada)).await;
            assert_eq!(nobody.code(), "UNAUTHENTICATED");
            assert_eq!(nobody.extension("reason"), "role-not-allowed");
        }
    }

    async fn it_says_whose_connections_it_means(world: World) {
        for headers in [vec![], vec![("x-hasura-role", "admin")]] {
            for query in [
                LIST,
                "{ providerConnection(provider: google) { id } }",
                "mutation { disconnectProvider(provider: google) { id } }",
                CONNECT,
            ] {
                let answer = world.ask_as_service(&headers, query).await;
                assert_eq!(answer.code(), "BAD_USER_INPUT", "{query}");
                assert!(answer.at("/errors/0/message").as_str().unwrap().contains("userId"));
            }
        }
        let broken = [("x-hasura-user-id", "ada")];
        assert_eq!(world.ask_as_service(&broken, LIST).await.code(), "UNAUTHENTICATED");
        let twice = [("x-hasura-user-id", "00000000-0000-0000-0000-000000000001"); 2];
        assert_eq!(world.ask_as_service(&twice, LIST).await.code(), "UNAUTHENTICATED");
    }

    async fn a_jwt_that_comes_along_is_used_only_for_its_own_user(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.sign_in(Provider::Google, GrantScript::stable());
        bob.sign_in(Provider::Google, GrantScript::stable());
        let (bearer, bob_id) = (format!("Bearer {}", ada.jwt), bob.id.to_string());
        // Hasura forwards Ada's JWT, and says that it speaks for Bob.
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-hasura-role", "user"),
            ("x-hasura-user-id", bob_id.as_str()),
        ];
        let answer = world.ask_as_service(&headers, CONNECT).await;
        assert_eq!(answer.text("/connectProvider/userId"), bob_id);
        assert!(world.row(ada.id, Provider::Google).await.is_none(), "Ada's session is untouched");
        ada.connect(Provider::Google).await.data("/connectProvider/id");
    }

    async fn a_jwt_that_does_not_verify_does_not_stop_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let id = ada.id.to_string();
        let headers = [("authorization", "Bearer expired.or.forged"), ("x-hasura-user-id", &id)];
        let answer = world.ask_as_service(&headers, LIST).await;
        assert_eq!(answer.text("/providerConnections/0/userId"), id);
    }
}

/// The app's JWTs are signed with RS256, and this server has the public key, alone or with its
/// signing key.
async fn with_rs256(signing_key: bool) -> World {
    let pair = Simulator::new(Options { signing: Signing::rs256(), ..Options::default() });
    let mut secret: Value = serde_json::from_str(&pair.jwt_secret_json()).unwrap();
    let pem = secret["signing_key"].as_str().unwrap().to_owned();
    if !signing_key {
        secret.as_object_mut().unwrap().remove("signing_key");
    }
    World::on_with(Database::sqlite(), Signing::rs256_with_pem(pem, "spec"), |config| {
        config.jwt_secrets = JwtSecret::parse(&secret.to_string()).unwrap().into();
    })
    .await
}

async fn connect_by_service(world: &World, bearer: Option<&str>, id: &str) -> Answer {
    let mut headers = vec![("x-hasura-role", "user"), ("x-hasura-user-id", id)];
    headers.extend(bearer.map(|bearer| ("authorization", bearer)));
    world.ask_as_service(&headers, CONNECT).await
}

#[tokio::test]
async fn it_connects_with_a_jwt_of_its_own_making_where_there_is_a_signing_key() {
    let world = with_rs256(true).await;
    let ada = world.user("ada@example.com");
    ada.sign_in(Provider::Google, GrantScript::stable());
    let id = ada.id.to_string();
    let answer = connect_by_service(&world, None, &id).await;
    assert_eq!(answer.text("/connectProvider/userId"), id);
}

#[tokio::test]
async fn without_a_signing_key_it_connects_with_the_users_jwt_or_not_at_all() {
    let world = with_rs256(false).await;
    let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
    ada.sign_in(Provider::Google, GrantScript::stable());
    let id = ada.id.to_string();
    let of_bob = format!("Bearer {}", bob.jwt);
    for bearer in [None, Some(of_bob.as_str()), Some("Bearer forged")] {
        let answer = connect_by_service(&world, bearer, &id).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
        assert!(answer.at("/errors/0/message").as_str().unwrap().contains("signing_key"));
        assert_eq!(world.simulator.calls(Endpoint::ProviderTokens), 0);
    }
    let bearer = format!("Bearer {}", ada.jwt);
    let answer = connect_by_service(&world, Some(&bearer), &id).await;
    assert_eq!(answer.text("/connectProvider/userId"), id);
}

#[tokio::test]
async fn without_a_service_secret_nobody_is_a_service() {
    for none in [None, Some(String::new())] {
        let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
            config.service_secret = none.map(Into::into);
        })
        .await;
        for secret in ["", SERVICE_SECRET, "undefined", "null"] {
            let headers = [("x-service-secret", secret), ("x-hasura-role", "admin")];
            let answer = world.server.ask(&headers, LIST, json!({})).await;
            assert_eq!(answer.code(), "UNAUTHENTICATED", "{secret:?}");
        }
    }
}
