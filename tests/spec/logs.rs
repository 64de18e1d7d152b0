//! Logs: for programs unless somebody watches, and each line of a request tells which.

use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider, SignalSecrets};
use serde_json::{Value, json};

use crate::harness::{Binary, Cluster, Database, Ended, Replica, simulator};

const MY_ID: &str = "an-id-that-the-client-chose";

/// A server whose database has lost its table, which is asked with an id and without; its log, and
/// the answer to the second with the id that it was given.
async fn story(configure: impl FnOnce(Binary) -> Binary) -> (Ended, Value, String) {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let mut process = configure(Binary::serve(&simulator, &database.url)).start();
    // The log may be too quiet to tell; a taken port would end the process, and the test.
    let url = process.url().await;
    let ada = simulator.add_user("ada@example.com");
    simulator.sign_in(ada, Provider::Google, GrantScript::rotating());
    let ask = |query: &str| {
        reqwest::Client::new()
            .post(format!("{url}/graphql"))
            .bearer_auth(simulator.jwt(ada))
            .json(&json!({ "query": query }))
    };
    ask("mutation { connectProvider(provider: google) { id } }").send().await.unwrap();
    simulator.fail_next(Endpoint::RefreshProviderToken, Fault::RefuseProvider);
    let refresh = "mutation { refreshProviderToken(provider: google) { id } }";
    let answer = ask(refresh).header("x-request-id", MY_ID).send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], MY_ID);
    database.execute("ALTER TABLE provider_connection RENAME TO gone").await;
    let answer = ask("{ providerConnections { id } }").send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let answer = answer.json().await.unwrap();
    (process.stop().await, answer, id)
}

fn lines(ended: &Ended) -> Vec<Value> {
    ended.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[tokio::test]
async fn a_log_that_nobody_watches_is_json() {
    let (ended, _, _) = story(|serve| serve).await;
    assert_eq!(ended.stdout, "", "the log is standard error's");
    for line in lines(&ended) {
        for field in ["timestamp", "level", "message", "target"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
    }
    assert!(ended.stderr.contains(r#""message":"serving GraphQL at /graphql""#));
}

#[tokio::test]
async fn the_lines_of_a_request_have_its_id() {
    let (ended, _, _) = story(|serve| serve).await;
    let lines = lines(&ended);
    let failed = lines.iter().find(|line| line["code"] == "UPSTREAM_UNAVAILABLE");
    let failed = failed.unwrap_or_else(|| panic!("no line of the refresh that failed: {ended:?}"));
    assert_eq!(failed["level"], "WARN");
    assert_eq!(failed["span"]["id"], MY_ID, "{failed}");
    assert_eq!(failed["span"]["path"], "/graphql");
}

#[tokio::test]
async fn an_internal_error_leads_to_its_line() {
    let (ended, answer, id) = story(|serve| serve).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "INTERNAL");
    assert_eq!(error["extensions"]["requestId"], id);
    assert!(!answer.to_string().contains("provider_connection"), "{answer}");
    let line = lines(&ended).into_iter().find(|line| line["span"]["id"] == id);
    let line = line.unwrap_or_else(|| panic!("no line with {id}: {ended:?}"));
    assert_eq!(line["level"], "ERROR");
    assert!(line.to_string().contains("no such table"), "{line}");
}

#[tokio::test]
async fn it_is_for_people_if_so_set() {
    let (ended, _, _) = story(|serve| serve.env("LOG_FORMAT", "pretty")).await;
    assert!(ended.stderr.lines().all(|line| serde_json::from_str::<Value>(line).is_err()));
    let line = ended.stderr.lines().find(|line| line.contains("UPSTREAM_UNAVAILABLE")).unwrap();
    assert!(line.contains("WARN") && line.contains(MY_ID), "{line}");
    assert!(!ended.stderr.contains('\u{1b}'), "colours are for a terminal");
}

#[tokio::test]
async fn rust_log_says_how_much() {
    let (ended, _, _) = story(|serve| serve.env("RUST_LOG", "provider_connections=debug")).await;
    assert!(ended.stderr.contains(r#""message":"answered""#), "{ended:?}");
    let (ended, _, _) =
        story(|serve| serve.env("RUST_LOG", "off,provider_connections::cli=info")).await;
    assert!(!ended.stderr.contains("UPSTREAM_UNAVAILABLE"), "{ended:?}");
}

#[tokio::test]
async fn a_path_that_ends_with_a_secret_is_logged_without_it() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let serve = Binary::serve(&simulator, &database.url)
        .env("RUST_LOG", "provider_connections=debug")
        .env("PROVIDER_STRAVA_VERIFY_TOKEN", SignalSecrets::STRAVA);
    let mut process = serve.start();
    let url = format!("{}/signals/strava/{}", process.url().await, SignalSecrets::STRAVA);
    let sent = reqwest::Client::new().post(url).body("{").send().await.unwrap();
    assert_eq!(sent.status(), 400);
    let ended = process.stop().await;
    let line = lines(&ended).into_iter().find(|line| line["message"] == "a signal was rejected");
    let line = line.unwrap_or_else(|| panic!("no line of the signal: {ended:?}"));
    assert_eq!(line["span"]["path"], "/signals/strava/{token}", "{line}");
    assert!(!ended.stderr.contains(SignalSecrets::STRAVA), "{ended:?}");
}

/// The lines of the log of a server on which a refusal happens.
async fn refused(
    refuse: impl AsyncFnOnce(&Cluster, &Replica),
    binary: impl FnOnce(&Cluster) -> Binary,
) -> Vec<Value> {
    let cluster = Cluster::over(Database::sqlite()).await;
    let server = Replica::start(binary(&cluster)).await;
    refuse(&cluster, &server).await;
    lines(&server.stop().await)
}

/// The line with this text. It says of which provider and connection it is.
#[track_caller]
fn line_of<'a>(lines: &'a [Value], text: &str) -> &'a Value {
    let says = |line: &&Value| line["message"].as_str().is_some_and(|said| said.contains(text));
    let line = lines.iter().find(says).unwrap_or_else(|| panic!("no line {text:?}: {lines:#?}"));
    assert_eq!(line["provider"], "google", "{line}");
    let connection = line["connection"].as_str().unwrap_or_else(|| panic!("{line}"));
    assert!(connection.parse::<uuid::Uuid>().is_ok(), "{line}");
    line
}

#[tokio::test]
async fn a_refusal_through_nhost_auth_has_its_status_and_class() {
    let refuse = async |cluster: &Cluster, server: &Replica| {
        let ada = cluster.connected(server, GrantScript::rotating()).await;
        cluster.simulator.fail_next(Endpoint::RefreshProviderToken, Fault::RefuseProvider);
        ada.refresh(server).await.code();
    };
    let lines = refused(refuse, |cluster| cluster.binary("server")).await;
    let line = line_of(&lines, "a refresh failed: the server tries again");
    assert_eq!((&line["status"], &line["class"]), (&json!(400), &json!("refused")), "{line}");
    assert_eq!(line["code"], "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn a_grant_that_was_revoked_is_not_said_to_be_kept() {
    let refuse = async |cluster: &Cluster, server: &Replica| {
        let ada = cluster.member("ada@example.com");
        let grant = cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::rotating());
        ada.connect(server).await.data("/connectProvider/id");
        // A grant that was renewed before: a new one's end may be the wrong client's fault.
        ada.refresh(server).await.data("/refreshProviderToken/status");
        cluster.age_refreshes().await;
        cluster.simulator.revoke(grant);
        assert_eq!(ada.refresh(server).await.code(), "REAUTHENTICATION_REQUIRED");
    };
    let lines = refused(refuse, |cluster| cluster.binary_at_google("server")).await;
    let line = line_of(&lines, "a refresh failed: the user must sign in again");
    assert_eq!((&line["status"], &line["class"]), (&json!(400), &json!("grant_ended")), "{line}");
    assert_eq!(line["code"], "REAUTHENTICATION_REQUIRED");
    assert!(!lines.iter().any(|line| line.to_string().contains("is kept")), "{lines:#?}");
}

#[tokio::test]
async fn a_session_that_can_not_be_fetched_has_its_status_and_class() {
    let refuse = async |cluster: &Cluster, server: &Replica| {
        let ada = cluster.member("ada@example.com");
        for fault in [Fault::Html(502), Fault::RateLimited] {
            cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::rotating());
            cluster.simulator.fail_next(Endpoint::ProviderTokens, fault);
            assert_eq!(ada.connect(server).await.code(), "UPSTREAM_UNAVAILABLE");
        }
    };
    let lines = refused(refuse, |cluster| cluster.binary("server")).await;
    let line = line_of(&lines, "a provider session could not be fetched");
    assert_eq!((&line["status"], &line["class"]), (&json!(502), &json!("unavailable")), "{line}");
    let limited = lines.iter().find(|line| line["class"] == "rate_limited").unwrap();
    assert_eq!(limited["status"], 429, "{limited}");
}

#[tokio::test]
async fn a_jwt_that_nhost_auth_refuses_is_seen() {
    let refuse = async |cluster: &Cluster, server: &Replica| {
        let ada = cluster.connected(server, GrantScript::rotating()).await;
        let fault = Fault::nhost(401, "invalid-ticket");
        cluster.simulator.fail_next(Endpoint::RefreshProviderToken, fault);
        assert_eq!(ada.refresh(server).await.code(), "UNAUTHENTICATED");
    };
    let lines = refused(refuse, |cluster| cluster.binary("server")).await;
    let line = line_of(&lines, "Nhost Auth rejects the caller's JWT");
    assert_eq!(line["class"], "jwt_refused", "{line}");
}
