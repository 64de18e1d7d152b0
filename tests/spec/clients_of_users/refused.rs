//! Without a grant there is nothing, and with one there is nothing but reading.

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use super::{CLIENT, Client, LIST, OTHER, ada_who_granted, grant, not_granted};
use crate::harness::{Answer, CHANGED, Database, SERVICE_SECRET, Socket, World, on_both_databases};

/// What needs no caller at all.
const PUBLIC: [&str; 1] = ["providerSignInUrl"];
/// What a grant opens.
const READERS: [&str; 2] = ["providerConnections", "providerConnection"];
/// What of a connection it opens.
const FIELDS: [&str; 7] =
    ["id", "provider", "status", "accessToken", "expiresAt", "refreshable", "reauthenticationUrl"];

/// The fields of a type, as the client itself may introspect them.
async fn fields(client: &Client<'_>, of: &str) -> Vec<Value> {
    let ty = "name kind ofType { name kind ofType { name kind ofType { name kind } } }";
    let answer = client
        .ask(&format!(
            "{{ __type(name: \"{of}\") {{ fields {{ name type {{ {ty} }} \
               args {{ name defaultValue type {{ {ty} }} }} }} }} }}"
        ))
        .await;
    answer.data("/__type/fields").as_array().unwrap().clone()
}

/// The name and kind of a type without its lists and exclamation marks.
fn named(ty: &Value) -> (&str, &str) {
    match ty.get("ofType") {
        Some(inner) if inner.is_object() => named(inner),
        _ => (ty["name"].as_str().unwrap(), ty["kind"].as_str().unwrap()),
    }
}

/// The field with all that it demands, and as little selected as can be.
fn call(field: &Value) -> String {
    let argument = |argument: &Value| {
        if argument["type"]["kind"] != "NON_NULL" || !argument["defaultValue"].is_null() {
            return None;
        }
        let value = match named(&argument["type"]).0 {
            "OAuthProvider" => "google".to_owned(),
            "uuid" => "\"00000000-0000-0000-0000-000000000001\"".to_owned(),
            "String" | "ID" => format!("\"{CLIENT}\""),
            "Int" | "Float" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            other => panic!("say what an argument of the type {other} looks like"),
        };
        Some(format!("{}: {value}", argument["name"].as_str().unwrap()))
    };
    let arguments: Vec<_> = field["args"].as_array().unwrap().iter().filter_map(argument).collect();
    let arguments =
        if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let selection =
        if matches!(named(&field["type"]).1, "SCALAR" | "ENUM") { "" } else { "{ __typename }" };
    format!("{}{arguments} {selection}", field["name"].as_str().unwrap())
}

async fn ask_for_events(client: &Client<'_>, query: &str) -> Answer {
    let request = client.world.server.post().bearer_auth(&client.jwt);
    let request = request.header("accept", "text/event-stream").json(&json!({ "query": query }));
    let text = request.send().await.unwrap().text().await.unwrap();
    let data = text.lines().find_map(|line| line.strip_prefix("data:")).unwrap();
    Answer(serde_json::from_str(data).unwrap())
}

/// Asks for every field of the schema's roots. Answers how many were refused for want of a grant.
async fn refused_everywhere_but(client: &Client<'_>, open: &[&str]) -> usize {
    let mut refused = 0;
    for (root, operation) in
        [("Query", "query"), ("Mutation", "mutation"), ("Subscription", "subscription")]
    {
        for field in fields(client, root).await {
            let name = field["name"].as_str().unwrap();
            if open.contains(&name) {
                continue;
            }
            let query = format!("{operation} {{ {} }}", call(&field));
            let answer = match operation {
                "subscription" => ask_for_events(client, &query).await,
                _ => client.ask(&query).await,
            };
            assert_eq!(answer.code(), "FORBIDDEN", "{query}: {:#}", answer.0);
            not_granted(&answer, Some(CLIENT));
            refused += 1;
        }
    }
    refused
}

on_both_databases! {
    async fn a_third_partys_jwt_neither_reads_nor_disconnects(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let client = Client::of(&ada, CLIENT);
        not_granted(&client.ask(LIST).await, Some(CLIENT));
        let one = "{ providerConnection(provider: google) { accessToken } }";
        let answer = client.ask(one).await;
        not_granted(&answer, Some(CLIENT));
        assert_eq!(answer.extension("provider"), "google");
        let disconnect = "mutation { disconnectProvider(provider: google) { id } }";
        not_granted(&client.ask(disconnect).await, Some(CLIENT));
        assert!(world.row(ada.id, Provider::Google).await.is_some());
        ada.access_token(Provider::Google).await;
    }

    async fn a_granted_client_is_told_of_no_changes_over_a_websocket(world: World) {
        let ada = ada_who_granted(&world).await;
        let jwt = Client::of(&ada, CLIENT).jwt;
        let authorization = format!("Bearer {jwt}");
        let through_hasura = json!({
            "x-service-secret": SERVICE_SECRET, "x-hasura-role": "user",
            "x-hasura-user-id": ada.id, "authorization": authorization,
        });
        for payload in [json!({ "authorization": authorization }), through_hasura] {
            let mut socket = Socket::connect(&world.server.url, &[]).await.unwrap();
            socket.init(payload).await;
            socket.subscribe("1", CHANGED).await;
            let told = socket.next().await;
            assert_eq!(told["type"], "error", "{told}");
            not_granted(&Answer(json!({ "errors": told["payload"] })), Some(CLIENT));
        }
    }

    async fn a_client_learns_nothing_of_what_it_was_not_granted(world: World) {
        let ada = ada_who_granted(&world).await;
        let client = Client::of(&ada, CLIENT);
        let ask = async |provider: &str| {
            client.ask(&format!("{{ providerConnection(provider: {provider}) {{ id }} }}")).await
        };
        // One that there is, and one that there is not.
        let (github, spotify) = (ask("github").await, ask("spotify").await);
        not_granted(&github, Some(CLIENT));
        not_granted(&spotify, Some(CLIENT));
        let words = |answer: &Answer, of: &str| answer.message().replace(of, "X");
        assert_eq!(words(&github, "GitHub"), words(&spotify, "Spotify"));
        let both = "{ providerConnections(providers: [google, github]) { accessToken } }";
        not_granted(&client.ask(both).await, Some(CLIENT));
        assert_eq!(client.providers().await, ["google"], "where none is named, it is left out");
    }

    async fn a_grant_is_for_one_client_of_one_user(world: World) {
        let ada = ada_who_granted(&world).await;
        let bob = world.user("bob@example.com");
        bob.connected(Provider::Google, GrantScript::stable()).await;
        not_granted(&Client::of(&ada, OTHER).ask(LIST).await, Some(OTHER));
        not_granted(&Client::of(&bob, CLIENT).ask(LIST).await, Some(CLIENT));
        let of_bob = format!("{{ providerConnections(userId: \"{}\") {{ id }} }}", bob.id);
        let answer = Client::of(&ada, CLIENT).ask(&of_bob).await;
        assert_eq!(answer.code(), "FORBIDDEN");
    }

    async fn a_client_cannot_grant_itself_or_another(world: World) {
        let ada = ada_who_granted(&world).await;
        let client = Client::of(&ada, CLIENT);
        for (id, provider) in [(CLIENT, "github"), (OTHER, "google")] {
            let query = format!(
                "mutation {{ grantProviderAccess(clientId: \"{id}\", provider: {provider}) {{ clientId }} }}"
            );
            not_granted(&client.ask(&query).await, Some(CLIENT));
        }
        let grants = ada.ask("{ providerAccessGrants { clientId provider } }").await;
        let only = json!([{ "clientId": CLIENT, "provider": "google" }]);
        assert_eq!(grants.data("/providerAccessGrants"), &only);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_a_grant_is_refused_at_every_root_field_of_the_schema() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let client = Client::of(&ada, CLIENT);
    assert!(refused_everywhere_but(&client, &PUBLIC).await >= 9);
    let answer = client.ask("{ __typename providerSignInUrl(provider: google) }").await;
    assert_eq!(answer.text("/__typename"), "Query");
    assert!(answer.text("/providerSignInUrl").ends_with("/signin/provider/google"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_opens_two_root_fields_of_the_schema() {
    let world = World::on(Database::sqlite()).await;
    let ada = ada_who_granted(&world).await;
    let client = Client::of(&ada, CLIENT);
    let open = [PUBLIC.as_slice(), &READERS].concat();
    assert!(refused_everywhere_but(&client, &open).await >= 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_connection_a_client_reads_what_it_takes_to_use_the_token_and_no_other_field() {
    let world = World::on(Database::sqlite()).await;
    let ada = ada_who_granted(&world).await;
    grant(&ada, CLIENT, Provider::Github).await.data("/grantProviderAccess");
    let client = Client::of(&ada, CLIENT);
    let all = format!("{{ providerConnections {{ {} __typename }} }}", FIELDS.join(" "));
    assert_eq!(client.ask(&all).await.data("/providerConnections").as_array().unwrap().len(), 2);
    let mut refused = 0;
    for field in fields(&client, "ProviderConnection").await {
        if FIELDS.contains(&field["name"].as_str().unwrap()) {
            continue;
        }
        for query in [
            format!("{{ providerConnections {{ id {} }} }}", call(&field)),
            format!(
                "{{ providerConnection(provider: google) {{ ... on ProviderConnection {{ x: {} }} }} }}",
                call(&field)
            ),
            format!(
                "{{ providerConnections {{ ...F }} }} fragment F on ProviderConnection {{ {} }}",
                call(&field)
            ),
        ] {
            not_granted(&client.ask(&query).await, Some(CLIENT));
            refused += 1;
        }
    }
    assert!(refused >= 15, "{refused}");
}
