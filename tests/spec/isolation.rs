//! What is one user's stays theirs: a table of attempts to see, read, refresh or disconnect what
//! is another's.

mod attempts;

use attempts::{Gets, attempts};
use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::{Value, json};

use crate::harness::{Answer, SERVICE_SECRET, User, World, on_both_databases};

struct Bob<'a> {
    user: User<'a>,
    secrets: Vec<String>,
    row: entity::provider_connection::Model,
}

impl<'a> Bob<'a> {
    async fn connected(world: &'a World) -> Self {
        let user = world.user("bob@example.com");
        let grant = user.connected(Provider::Google, GrantScript::rotating()).await;
        let grant = world.simulator.grant(grant);
        let row = world.row(user.id, Provider::Google).await.unwrap();
        let secrets = vec![
            grant.current_access_token,
            grant.current_refresh_token.unwrap(),
            row.id.to_string(),
        ];
        Self { user, secrets, row }
    }

    /// Bob's id in place of `BOB`, and Ada's in place of `ADA`.
    fn written_out(&self, text: &str, ada: &User<'_>) -> String {
        let id = self.user.id;
        // Ada first: an id in upper case can hold her name.
        text.replace("ADA", &ada.id.to_string())
            .replace("BOB", &id.to_string())
            .replace("UPPER", &id.to_string().to_uppercase())
            .replace("SIMPLE", &id.simple().to_string())
    }

    async fn is_unharmed(&self, answer: &str, attempt: &str) {
        for secret in &self.secrets {
            assert!(!answer.contains(secret), "{attempt} got {answer}");
        }
        let row = self.user.world.row(self.user.id, Provider::Google).await;
        assert_eq!(row.as_ref(), Some(&self.row), "{attempt}");
    }
}

fn check(gets: &Gets, answer: &Answer, ada: &User<'_>, attempt: &str) {
    let others = |value: &Value| value.get("userId").is_some_and(|id| id != &ada.id.to_string());
    let top =
        answer.0.get("data").and_then(Value::as_object).into_iter().flat_map(|data| data.values());
    for value in top {
        let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        assert!(!list.iter().any(others), "{attempt}: {:#}", answer.0);
    }
    match gets {
        Gets::Own => assert!(answer.0.get("errors").is_none(), "{attempt}: {:#}", answer.0),
        Gets::Only(code) => {
            assert_eq!(answer.code(), *code, "{attempt}");
            let data = answer.0.get("data").and_then(Value::as_object);
            let nothing = data.is_none_or(|data| data.values().all(Value::is_null));
            assert!(nothing, "{attempt}: {:#}", answer.0);
        }
        Gets::Beside(code) => {
            assert_eq!(answer.code(), *code, "{attempt}");
            assert_eq!(answer.at("/errors").as_array().unwrap().len(), 1, "{attempt}");
        }
    }
}

on_both_databases! {
    async fn nothing_that_is_bobs_can_be_had_by_ada(world: World) {
        let bob = Bob::connected(&world).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Github, GrantScript::stable()).await;
        let (bearer, bob_id) = (format!("Bearer {}", ada.jwt), bob.user.id.to_string());
        let own = ("authorization", bearer.as_str());
        let forged = [own, ("x-hasura-user-id", &bob_id), ("x-hasura-role", "user"), ("x-user-id", &bob_id)];
        for headers in [&[own][..], &forged] {
            for (gets, query, variables) in attempts() {
                let query = bob.written_out(query, &ada);
                let variables = bob.written_out(&variables.to_string(), &ada);
                let variables = serde_json::from_str(&variables).unwrap();
                let attempt = format!("{query} with {variables}");
                let answer = world.server.ask(headers, &query, variables).await;
                check(&gets, &answer, &ada, &attempt);
                bob.is_unharmed(&answer.0.to_string(), &attempt).await;
            }
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1, "Ada's own");
        bob.user.access_token(Provider::Google).await;
    }

    async fn a_service_that_speaks_for_ada_gets_nothing_of_bobs(world: World) {
        let bob = Bob::connected(&world).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Github, GrantScript::stable()).await;
        let (bearer, ada_id) = (format!("Bearer {}", bob.user.jwt), ada.id.to_string());
        // Not even with Bob's own JWT beside it.
        let headers = [
            ("x-service-secret", SERVICE_SECRET),
            ("x-hasura-role", "user"),
            ("x-hasura-user-id", ada_id.as_str()),
            ("authorization", bearer.as_str()),
        ];
        for headers in [&headers[..3], &headers] {
            for (gets, query, variables) in attempts() {
                let query = bob.written_out(query, &ada);
                let variables = bob.written_out(&variables.to_string(), &ada);
                let answer = world.server.ask(headers, &query, serde_json::from_str(&variables).unwrap()).await;
                check(&gets, &answer, &ada, &query);
                bob.is_unharmed(&answer.0.to_string(), &query).await;
            }
        }
    }

    async fn a_batch_and_what_comes_beside_the_query_get_nothing(world: World) {
        let bob = Bob::connected(&world).await;
        let ada = world.user("ada@example.com");
        let of_bob = bob.written_out(r#"{ providerConnections(userId: "BOB") { id accessToken } }"#, &ada);
        let id = bob.user.id;
        let own = "{ providerConnections { id userId accessToken } }";
        for body in [
            json!([{ "query": own }, { "query": of_bob }]),
            json!([{ "query": of_bob }]),
            json!({ "query": own, "userId": id, "extensions": { "userId": id } }),
            json!({ "query": own, "variables": { "userId": id }, "headers": { "x-hasura-user-id": id } }),
        ] {
            let url = format!("{}/graphql?userId={id}&x-hasura-user-id={id}", world.server.url);
            let request = reqwest::Client::new().post(url).bearer_auth(&ada.jwt).json(&body);
            let answer = request.send().await.unwrap().text().await.unwrap();
            assert!(!answer.contains(&id.to_string()), "{body} got {answer}");
            bob.is_unharmed(&answer, &body.to_string()).await;
        }
    }

    async fn concurrent_requests_are_not_mixed_up(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
            user.connected(Provider::Github, GrantScript::stable()).await;
        }
        let query = "{ providerConnections { userId provider accessToken } \
                       a: providerConnection(provider: google) { userId accessToken } \
                       b: providerConnections(providers: [github]) { userId expiresAt } }";
        let expected = [ada.ask(query).await, bob.ask(query).await];
        for (user, answer) in [&ada, &bob].into_iter().zip(&expected) {
            for pointer in ["/providerConnections/0", "/providerConnections/1", "/a", "/b/0"] {
                assert_eq!(answer.text(&format!("{pointer}/userId")), user.id.to_string());
            }
        }
        assert_ne!(expected[0].text("/a/accessToken"), expected[1].text("/a/accessToken"));
        let answers = join_all((0..100).map(|index| [&ada, &bob][index % 2].ask(query))).await;
        for (index, answer) in answers.iter().enumerate() {
            assert_eq!(answer, &expected[index % 2]);
        }
    }

    async fn concurrent_refreshes_are_not_mixed_up(world: World) {
        let mut users = [world.user("ada@example.com"), world.user("bob@example.com")];
        for user in &users {
            user.connected(Provider::Google, GrantScript::rotating_single_use()).await;
        }
        world.advance(TimeDelta::hours(1));
        users.iter_mut().for_each(User::renew_jwt);
        let answers = join_all((0..50).map(|index| users[index % 2].read(Provider::Google))).await;
        for (index, answer) in answers.iter().enumerate() {
            let grant = world.simulator.grant_of(users[index % 2].id, Provider::Google).unwrap();
            let token = world.simulator.grant(grant).current_access_token;
            assert_eq!(answer.text("/providerConnection/accessToken"), token);
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 2);
    }
}
