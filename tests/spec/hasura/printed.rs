use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use super::{Beside, stand_in::ADMIN_SECRET, users, went_well};
use crate::harness::{Binary, SERVICE_SECRET};

async fn send(beside: &Beside, body: &str) -> (u16, Value) {
    let request = reqwest::Client::new()
        .post(format!("{}/v1/metadata", beside.hasura.url))
        .header("x-hasura-admin-secret", ADMIN_SECRET)
        .header("content-type", "application/json")
        .body(body.to_owned());
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_json_is_taken_by_the_metadata_api_as_it_is() {
    let beside = Beside::new().await;
    let ended = beside.command("--role user --role viewer:accessToken").run().await;
    let (status, answer) = send(&beside, went_well(&ended)).await;
    assert_eq!(status, 200, "{answer:#}");
    let metadata = beside.hasura.exported();
    assert_eq!(metadata["remote_schemas"][0]["name"], "provider-connections");
    assert_eq!(metadata["remote_schemas"][0]["permissions"].as_array().unwrap().len(), 2);
    assert_eq!(users(&metadata)["remote_relationships"][0]["name"], "providerConnections");
    // Sent again, it is refused as a whole.
    let (status, answer) = send(&beside, &ended.stdout).await;
    assert_eq!((status, &answer["code"]), (400, &json!("already-exists")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pasting_the_json_and_applying_are_the_same() {
    let beside = Beside::new().await;
    let roles = "--role user --role viewer:accessToken";
    send(&beside, went_well(&beside.command(roles).run().await)).await;
    let pasted = beside.hasura.exported();
    let applied = beside.run(&format!("{roles} --apply")).await;
    assert!(went_well(&applied).ends_with("There is nothing to do.\n"), "{applied:#?}");
    let other = Beside { hasura: super::Hasura::start().await, ..beside };
    went_well(&other.run(&format!("{roles} --apply")).await);
    assert_eq!(other.hasura.exported(), pasted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_yaml_is_what_the_clis_folder_has() {
    let beside = Beside::new().await;
    let arguments = "--role user --role viewer:accessToken,Mutation --namespace connections";
    let yaml = beside.command(&format!("{arguments} --format yaml")).run().await;
    let (schemas, table) = went_well(&yaml).split_once("\n---\n").unwrap();
    assert!(schemas.starts_with("# metadata/remote_schemas.yaml: "), "{schemas}");
    let file = "# metadata/databases/default/tables/auth_users.yaml: ";
    assert!(table.starts_with(file), "{table}");
    let schemas: Value = serde_saphyr::from_str(schemas).unwrap();
    let table: Value = serde_saphyr::from_str(table).unwrap();
    went_well(&beside.run(&format!("{arguments} --apply")).await);
    // As it was sent: the CLI sends its files' contents, too.
    let metadata = beside.hasura.with(|hasura| hasura.metadata.clone());
    assert_eq!(schemas, metadata["remote_schemas"]);
    assert_eq!(table["table"], json!({ "schema": "auth", "name": "users" }));
    for key in ["remote_relationships", "event_triggers"] {
        assert_eq!(table[key], users(&metadata)[key], "{key}");
        assert!(table[key].is_array());
    }
}

#[tokio::test]
async fn secrets_are_named_and_never_printed() {
    for format in ["json", "yaml"] {
        let ended = Binary::new("hasura --role user --format")
            .arg(format)
            .env("SERVICE_SECRET", SERVICE_SECRET)
            .env("PROVIDER_CONNECTIONS_SERVICE_SECRET", SERVICE_SECRET)
            .env("HASURA_GRAPHQL_ADMIN_SECRET", ADMIN_SECRET)
            .run()
            .await;
        let printed = went_well(&ended);
        assert!(!printed.contains(SERVICE_SECRET) && !printed.contains(ADMIN_SECRET), "{printed}");
        assert_eq!(printed.matches("PROVIDER_CONNECTIONS_SERVICE_SECRET").count(), 2, "{printed}");
        assert_eq!(printed.matches("x-service-secret").count(), 2, "{printed}");
    }
}

#[tokio::test]
async fn addresses_can_be_hasuras_own_business() {
    let arguments = "--url-from-env CONNECTIONS_URL --webhook-from-env CONNECTIONS_HOOK";
    let ended = Binary::new(&format!("hasura {arguments}")).run().await;
    let printed: Value = serde_json::from_str(went_well(&ended)).unwrap();
    let definition = &printed["args"][0]["args"]["definition"];
    assert_eq!(definition["url_from_env"], "CONNECTIONS_URL");
    assert_eq!(definition.get("url"), None);
    let trigger = printed["args"].as_array().unwrap().last().unwrap();
    assert_eq!(trigger["args"]["webhook_from_env"], "CONNECTIONS_HOOK");
    assert_eq!(trigger["args"].get("webhook"), None);
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let ended = Binary::new("hasura --apply --table users --role admin --role user:nothing")
        .arg("--url=http://someone:hunter2@example.com/graphql")
        .arg("--relationship=a-b")
        .arg("--event-trigger=1x")
        .arg("--secret-from-env=a b")
        .run()
        .await;
    let said = super::failed(&ended);
    for flag in [
        "--hasura-endpoint",
        "--url has a user name or a password",
        "--relationship",
        "--event-trigger",
        "--secret-from-env",
        "--role admin",
        "--role user:nothing",
        "--table",
    ] {
        assert!(said.contains(&format!("- {flag}")), "{flag}: {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trigger_that_was_applied_makes_this_server_forget_a_deleted_user() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply").await);
    let ada = beside.world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::rotating()).await;
    let metadata = beside.hasura.exported();
    let trigger = &users(&metadata)["event_triggers"][0];
    // Of the row it sends what the payload names.
    assert_eq!(trigger["definition"]["delete"]["payload"], json!(["id"]));
    let delivery =
        json!({ "event": { "op": "DELETE", "data": { "old": { "id": ada.id }, "new": null } } });
    let mut request = reqwest::Client::new().post(trigger["webhook"].as_str().unwrap());
    for header in trigger["headers"].as_array().unwrap() {
        assert_eq!(header["value_from_env"], "PROVIDER_CONNECTIONS_SERVICE_SECRET");
        request = request.header(header["name"].as_str().unwrap(), SERVICE_SECRET);
    }
    let answer = request.json(&delivery).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "disconnected": 1 }));
}
