//! The outbox as a table that an event trigger of Hasura watches.

use std::collections::BTreeSet;

use nhost_auth_simulator::{GrantScript, Provider, Signing};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use super::told;
use crate::harness::{Database, World, directly};

/// What Hasura makes of an event trigger on INSERT: a row of its own with `row_to_json(NEW)`.
const TRIGGER: &str = "
    CREATE TABLE event_log (payload json NOT NULL);
    CREATE FUNCTION notify_hasura() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO event_log VALUES (json_build_object('old', NULL, 'new', row_to_json(NEW)));
      RETURN NULL;
    END $$;
    CREATE TRIGGER notify_hasura AFTER INSERT ON provider_connection_webhook
    FOR EACH ROW EXECUTE FUNCTION notify_hasura();";

/// What Hasura would be sent, oldest first.
async fn payloads(database: &Database) -> Vec<String> {
    let db = database.connect().await;
    let sql = "SELECT payload::text FROM event_log";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    rows.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_sees_each_webhook_as_a_row_without_a_receiver_and_without_a_secret_postgres() {
    let world = World::on_with(Database::postgres().await, Signing::hs256(), |config| {
        directly(config, Provider::Google);
        config.webhooks.outbox = true;
        config.webhooks.events = domain::WebhookEvent::ALL.iter().copied().collect();
    })
    .await;
    world.database.execute(TRIGGER).await;
    let mut ada = world.user("ada@example.com");
    let grant = ada.connected(Provider::Google, GrantScript::rotating()).await;
    let token = ada.access_token(Provider::Google).await;
    world.simulator.revoke(grant);
    told::refresh_later(&mut ada).await;
    let payloads = payloads(&world.database).await;
    let rows: Vec<Value> = payloads
        .iter()
        .map(|payload| serde_json::from_str::<Value>(payload).unwrap()["new"].take())
        .collect();
    let types: Vec<_> = rows.iter().map(|row| row["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["connection.connected", "connection.reauthentication_required"]);
    assert_eq!(rows[1]["user_id"], ada.id.to_string());
    assert_eq!(rows[1]["provider"], "google");
    assert_eq!(rows[1]["status"], "REAUTHENTICATION_REQUIRED");
    assert!(rows[1]["reauthentication_url"].as_str().unwrap().contains("/signin/provider/google"));
    for (row, text) in rows.iter().zip(&payloads) {
        assert_eq!(row["state"], "recorded");
        assert!(!text.contains(&token) && !text.contains("ada@example.com"), "{text}");
        let columns: BTreeSet<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(columns, COLUMNS.into());
    }
    // There is nobody to send them to.
    world.send_webhooks().await;
    let recorded = "SELECT COUNT(*) FROM provider_connection_webhook WHERE state = 'recorded'";
    assert_eq!(world.database.number(recorded).await, 2);
}

/// All that a row has. Whoever adds one says why there can be no secret in it.
const COLUMNS: [&str; 17] = [
    "attempts",
    "claimed_until",
    "client_id",
    "code",
    "connection_id",
    "due_at",
    "ended_at",
    "id",
    "last_result",
    "message_id",
    "occurred_at",
    "provider",
    "reauthentication_url",
    "state",
    "status",
    "type",
    "user_id",
];
