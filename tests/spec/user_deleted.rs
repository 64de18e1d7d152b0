//! `POST /hooks/user-deleted`, which Hasura calls when a user is deleted: nothing of them is kept.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{
    Cluster, LIMIT, Outage, SERVICE_SECRET, World, on_both_databases, on_both_empty_databases,
};

const TABLES: [&str; 6] = [
    "provider_connection",
    "provider_connection_access_grant",
    "provider_connection_event",
    "provider_connection_import",
    "provider_connection_revocation",
    "provider_connection_webhook",
];

/// What an event trigger on `auth.users` sends (Hasura, "Event trigger payload").
fn delivery(op: &str, old: &Value, new: &Value) -> Value {
    json!({
        "id": "2a5c2c2e-2f0c-4a47-9a3e-1d4d3c7f8a01",
        "created_at": "2026-01-01T12:00:00.123456",
        "delivery_info": { "current_retry": 0, "max_retries": 10 },
        "trigger": { "name": "forget_deleted_users" },
        "table": { "schema": "auth", "name": "users" },
        "event": {
            "op": op,
            "session_variables": { "x-hasura-role": "admin" },
            "trace_context": { "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b71" },
            "data": { "old": old, "new": new },
        },
    })
}

fn deletion(user_id: Uuid) -> Value {
    let row = json!({
        "id": user_id,
        "email": "ada@example.com",
        "disabled": false,
        "metadata": { "nested": [1, 2, 3] },
    });
    delivery("DELETE", &row, &Value::Null)
}

impl World {
    fn hook(&self, body: &Value) -> RequestBuilder {
        let url = format!("{}/hooks/user-deleted", self.server.url);
        reqwest::Client::new().post(url).json(body)
    }

    async fn deleted(&self, user_id: Uuid) -> Value {
        let hook = self.hook(&deletion(user_id)).header("x-service-secret", SERVICE_SECRET);
        let answer = hook.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    /// How much there is of a user.
    pub async fn rows_of(&self, user_id: Uuid) -> i64 {
        let id = if self.database.is_sqlite() {
            format!("x'{}'", user_id.simple())
        } else {
            format!("'{user_id}'")
        };
        let mut rows = 0;
        for table in TABLES {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE user_id = {id}");
            rows += self.database.number(&sql).await;
        }
        rows
    }
}

async fn status(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    (status, body["errors"][0]["extensions"]["code"].clone())
}

on_both_databases! {
    async fn nothing_is_left_of_the_user_and_everything_of_others(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for provider in [Provider::Google, Provider::Github, Provider::Spotify] {
            ada.connected(provider, GrantScript::stable()).await;
            bob.connected(provider, GrantScript::stable()).await;
        }
        ada.disconnect(Provider::Spotify).await.data("/disconnectProvider/id");
        let bobs = world.rows_of(bob.id).await;
        assert_eq!(world.deleted(ada.id).await, json!({ "disconnected": 2 }));
        assert_eq!(world.rows_of(ada.id).await, 0);
        assert_eq!(world.rows_of(bob.id).await, bobs);
        // But that there is nothing, for whoever still has tokens of them.
        let tombstones = "SELECT COUNT(*) FROM provider_connection_tombstone";
        assert_eq!(world.database.number(tombstones).await, 1);
        bob.access_token(Provider::Google).await;
        let listed = ada.ask("{ providerConnections { id } }").await;
        assert_eq!(listed.data("/providerConnections"), &json!([]));
    }

    async fn access_that_the_user_granted_goes_with_them(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
            let grant = "mutation { grantProviderAccess(clientId: \"agent\", provider: google) { clientId } }";
            user.ask(grant).await.data("/grantProviderAccess");
        }
        let bobs = world.rows_of(bob.id).await;
        world.deleted(ada.id).await;
        assert_eq!(world.rows_of(ada.id).await, 0);
        assert_eq!(world.rows_of(bob.id).await, bobs);
    }

    async fn a_read_that_is_written_later_brings_no_event_of_the_user_back(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        let replica = world.replica().await;
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
            user.access_token(Provider::Google).await;
            let read = "{ providerConnections { accessToken } }";
            user.ask_at(&replica, read, json!({})).await.data("/providerConnections");
        }
        let bobs = world.rows_of(bob.id).await;
        world.deleted(ada.id).await;
        for server in [&world.server, &replica] {
            server.connections.flush_reads().await.unwrap();
        }
        assert_eq!(world.rows_of(ada.id).await, 0);
        assert_eq!(world.rows_of(bob.id).await, bobs + 2);
    }

    async fn what_was_written_at_the_very_moment_is_removed_later(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
        }
        let columns = "connection_id, user_id, provider, kind, actor, at, times";
        let keep = format!(
            "CREATE TABLE kept AS SELECT {columns} FROM provider_connection_event; \
             CREATE TABLE granted AS SELECT user_id, 'agent' AS client_id, provider, \
               'user' AS granted_by, at AS granted_at FROM kept"
        );
        world.database.execute(&keep).await;
        world.deleted(ada.id).await;
        let bobs = world.rows_of(bob.id).await;
        let back = format!(
            "INSERT INTO provider_connection_event ({columns}) SELECT {columns} FROM kept; \
             INSERT INTO provider_connection_access_grant \
               (user_id, client_id, provider, granted_by, granted_at) SELECT * FROM granted"
        );
        world.database.execute(&back).await;
        assert_eq!(world.rows_of(ada.id).await, 2);
        world.server.connections.prune_events().await.unwrap();
        assert_eq!(world.rows_of(ada.id).await, 0);
        assert_eq!(world.rows_of(bob.id).await, bobs + 2);
    }

    async fn a_first_connect_under_way_brings_nothing_back(world: World) {
        let ada = world.user("ada@example.com");
        ada.sign_in(Provider::Google, GrantScript::stable());
        let gate = world.simulator.gate_answers(Endpoint::ProviderTokens);
        let meanwhile = async {
            gate.arrived(1).await;
            world.deleted(ada.id).await;
            gate.release();
        };
        let (connected, ()) = tokio::join!(ada.connect(Provider::Google), meanwhile);
        assert_eq!(connected.code(), "NOT_CONNECTED");
        assert_eq!(world.rows_of(ada.id).await, 0);
    }

    async fn it_is_safe_to_repeat(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        assert_eq!(world.deleted(ada.id).await["disconnected"], 1);
        assert_eq!(world.deleted(ada.id).await["disconnected"], 0);
        // Somebody who never was here.
        assert_eq!(world.deleted(Uuid::from_u128(7)).await["disconnected"], 0);
    }

    async fn only_the_service_may_call_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let bearer = format!("Bearer {}", ada.jwt);
        let id = ada.id.to_string();
        let secret = ("x-service-secret", SERVICE_SECRET);
        let wrong = ("x-service-secret", "another-secret-of-over-32-characters");
        let user = ("authorization", bearer.as_str());
        let acts_as = ("x-hasura-user-id", id.as_str());
        let admin = ("x-hasura-role", "admin");
        let role = ("x-hasura-role", "user");
        for (headers, expected) in [
            (&[][..], 401),
            (&[wrong], 401),
            (&[wrong, user], 401),
            (&[admin], 401),
            (&[user], 403),
            (&[user, role], 403),
            (&[secret, role, acts_as], 403),
            (&[secret, role, acts_as, user], 403),
            (&[secret, role], 401),
        ] {
            let mut request = world.hook(&deletion(ada.id));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (status, code) = status(request).await;
            let expected_code = if expected == 401 { "UNAUTHENTICATED" } else { "FORBIDDEN" };
            assert_eq!((status, code), (expected, json!(expected_code)), "{headers:?}");
        }
        assert!(world.row(ada.id, Provider::Google).await.is_some());
        let request = world.hook(&deletion(ada.id)).header(secret.0, secret.1);
        assert_eq!(request.header(admin.0, admin.1).send().await.unwrap().status(), 200);
    }

    async fn what_is_not_the_deletion_of_a_user_is_refused(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let row = json!({ "id": ada.id });
        let null = Value::Null;
        for body in [
            delivery("UPDATE", &row, &row),
            delivery("INSERT", &null, &row),
            delivery("MANUAL", &null, &row),
            delivery("MANUAL", &row, &null),
            delivery("DELETE", &null, &null),
            delivery("DELETE", &json!({}), &null),
            delivery("DELETE", &json!({ "id": "ada" }), &null),
            delivery("DELETE", &json!({ "id": null }), &null),
            json!({ "event": {} }),
            json!([deletion(ada.id)]),
            null.clone(),
        ] {
            let request = world.hook(&body).header("x-service-secret", SERVICE_SECRET);
            assert_eq!(status(request).await, (400, json!("BAD_USER_INPUT")), "{body}");
        }
        for text in ["", "id", "{\"event\":", "\u{0}"] {
            let request = world.hook(&null).header("x-service-secret", SERVICE_SECRET).body(text);
            assert_eq!(status(request).await, (400, json!("BAD_USER_INPUT")), "{text:?}");
        }
        let mut large = deletion(ada.id);
        large["event"]["data"]["old"]["metadata"] = "x".repeat(64 * 1024).into();
        let request = world.hook(&large).header("x-service-secret", SERVICE_SECRET);
        assert_eq!(status(request).await.0, 413);
        assert_eq!(world.hook(&null).build().unwrap().method(), "POST");
        assert_eq!(world.server.get("/hooks/user-deleted").send().await.unwrap().status(), 405);
        assert!(world.row(ada.id, Provider::Google).await.is_some());
    }
}

on_both_empty_databases! {
    async fn while_the_database_is_away_hasura_is_asked_to_try_again(database: Database) {
        let mut outage = Outage::over(database).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::stable()).await;
        let hook = |url: &str| {
            let hook = reqwest::Client::new().post(format!("{url}/hooks/user-deleted"));
            hook.header("x-service-secret", SERVICE_SECRET).json(&deletion(ada.id))
        };
        outage.begin().await;
        assert_eq!(hook(&server.url).send().await.unwrap().status(), 503);
        outage.end().await;
        assert_eq!(rows(&outage.cluster).await, 1);
        // As Hasura does: the server has to find out about each connection that was cut.
        let tries = async { while hook(&server.url).send().await.unwrap().status() != 200 {} };
        tokio::time::timeout(LIMIT, tries).await.expect("it never works again");
        assert_eq!(rows(&outage.cluster).await, 0);
    }

    async fn grants_are_revoked_and_what_comes_of_it_is_not_noted(database: Database) {
        let world = crate::revocation::world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
        world.deleted(ada.id).await;
        assert!(!world.simulator.grant(grant).alive);
        assert_eq!(world.rows_of(ada.id).await, 0);
        // Somebody whose provider is down, and who is forgotten before it is back.
        let bob = world.user("bob@example.com");
        let grant = bob.connected(Provider::Google, GrantScript::stable()).await;
        world.simulator.provider_outage(Provider::Google, true);
        world.deleted(bob.id).await;
        world.simulator.provider_outage(Provider::Google, false);
        world.advance(chrono::TimeDelta::minutes(1));
        world.server.connections.revoke_due().await.unwrap();
        assert!(!world.simulator.grant(grant).alive);
        assert_eq!(world.rows_of(bob.id).await, 0);
    }
}

async fn rows(cluster: &Cluster) -> i64 {
    cluster.database.number("SELECT COUNT(*) FROM provider_connection").await
}
