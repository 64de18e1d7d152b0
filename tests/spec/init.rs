//! `init` makes the settings of a first start: keys that are kept, in a file for one user alone,
//! which is never overwritten.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::harness::{Binary, Ended, KEYS, simulator};

const FILE: &str = "provider-connections.env";

#[track_caller]
fn went_well(ended: &Ended) -> &str {
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    &ended.stdout
}

/// What a line of the file sets a name to.
fn value(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
}

/// Runs `init` in a folder that outlives it, and answers the file.
async fn init(folder: &Path, arguments: &str) -> (Ended, String) {
    let file = folder.join(FILE);
    let ended = Binary::new("init").arg("--config").arg(file.to_str().unwrap());
    let ended = arguments.split_whitespace().fold(ended, Binary::arg).run().await;
    (ended, fs::read_to_string(file).unwrap())
}

#[tokio::test]
async fn it_writes_keys_into_a_file_for_one_user_and_prints_none() {
    let folder = tempfile::tempdir().unwrap();
    for (umask, name) in [("000", "a"), ("777", "b")] {
        let file = folder.path().join(name);
        let binary = Binary::new("init").arg("--config").arg(file.to_str().unwrap());
        let ended = binary.under_umask(umask).run().await;
        let printed = went_well(&ended);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
        let text = fs::read_to_string(&file).unwrap();
        let (keys, secret) = (value(&text, "ENCRYPTION_KEYS"), value(&text, "SERVICE_SECRET"));
        provider_connections::vault::KeyRing::parse(&keys).unwrap();
        assert_eq!(secret.len(), 64);
        let (id, key) = keys.split_once(':').unwrap();
        assert!(printed.contains(id), "{printed}");
        assert!(!printed.contains(key) && !printed.contains(&secret), "{printed}");
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 2, "something is left beside them: {names:?}");
}

#[tokio::test]
async fn it_says_what_is_left_to_fill_in_and_serve_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (ended, _) = init(folder.path(), "").await;
    let printed = went_well(&ended);
    for said in ["NHOST_SUBDOMAIN ", "NHOST_REGION ", "NHOST_JWT_SECRET ", "Keep a copy of"] {
        assert!(printed.contains(said), "{said}: {printed}");
    }
    let file = folder.path().join(FILE);
    let next = format!("provider-connections serve --config {}", file.display());
    assert!(printed.ends_with(&format!("{next}\n")), "{printed}");
    let serve = Binary::new("serve").arg("--config").arg(file.to_str().unwrap()).run().await;
    let mistakes: Vec<_> = serve.stderr.lines().filter(|line| line.starts_with("  - ")).collect();
    assert_eq!(mistakes.len(), 2, "{serve:?}");
    assert!(mistakes[0].starts_with("  - NHOST_AUTH_URL is missing"), "{serve:?}");
    assert!(mistakes[1].starts_with("  - NHOST_JWT_SECRET is missing"), "{serve:?}");
}

#[tokio::test]
async fn filled_in_it_serves_and_a_second_start_opens_what_the_first_sealed() {
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("spec.db").display());
    let url = simulator.base_url();
    let arguments = format!("--nhost-auth-url {url} --database-url {database}");
    let (ended, text) = init(folder.path(), &arguments).await;
    assert!(!went_well(&ended).contains("NHOST_SUBDOMAIN"), "{ended:?}");
    let jwt_secret = format!("NHOST_JWT_SECRET='{}'", simulator.jwt_secret_json());
    let file = folder.path().join(FILE);
    fs::write(&file, text.replace("NHOST_JWT_SECRET=", &jwt_secret)).unwrap();
    let ada = simulator.add_user("ada@example.com");
    let provider = nhost_auth_simulator::Provider::Google;
    simulator.sign_in(ada, provider, nhost_auth_simulator::GrantScript::stable());
    let ask = async |query: &str| {
        let serve = Binary::new("serve").env("LISTEN", "127.0.0.1:0");
        let mut server = serve.arg("--config").arg(file.to_str().unwrap()).start();
        let url = format!("{}/graphql", server.url().await);
        let request = reqwest::Client::new().post(url).bearer_auth(simulator.jwt(ada));
        let request = request.json(&serde_json::json!({ "query": query }));
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        server.stop().await;
        answer
    };
    let connected = ask("mutation { connectProvider(provider: google) { accessToken } }").await;
    let token = &connected["data"]["connectProvider"]["accessToken"];
    assert!(token.is_string(), "{connected}");
    let read = ask("{ providerConnection(provider: google) { accessToken } }").await;
    assert_eq!(&read["data"]["providerConnection"]["accessToken"], token, "{read}");
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (_, first) = init(folder.path(), "").await;
    let (ended, second) = init(folder.path(), "").await;
    let printed = went_well(&ended);
    assert_eq!(first, second);
    assert!(printed.contains("already exists, with ENCRYPTION_KEYS, SERVICE_SECRET"), "{ended:?}");
    assert!(printed.contains("Nothing was changed.") && printed.contains("NHOST_JWT_SECRET "));
    assert!(!printed.contains(&value(&first, "SERVICE_SECRET")), "{printed}");
    let (ended, third) = init(folder.path(), "--nhost-region eu-central-1").await;
    assert_eq!((ended.code, first), (Some(1), third));
    assert!(ended.stderr.contains("the flags were not written to it: edit the file"), "{ended:?}");
}

#[tokio::test]
async fn of_several_at_once_one_writes_and_all_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let runs = futures_util::future::join_all((0..6).map(|_| init(path, ""))).await;
    let wrote = runs.iter().filter(|(ended, _)| ended.stdout.starts_with("Wrote ")).count();
    assert_eq!(wrote, 1, "{runs:?}");
    assert!(runs.iter().all(|(ended, text)| ended.code == Some(0) && *text == runs[0].1));
}

#[tokio::test]
async fn a_link_to_nowhere_is_not_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &file).unwrap();
    let ended = Binary::new("init").arg("--config").arg(file.to_str().unwrap()).run().await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(!folder.path().join("elsewhere").exists());
}

#[tokio::test]
async fn keys_that_would_take_precedence_and_a_database_of_other_keys_are_noted() {
    let init = Binary::new("init").env("ENCRYPTION_KEYS", KEYS);
    fs::write(init.folder().join("provider-connections.db"), "").unwrap();
    let ended = init.run().await;
    let printed = went_well(&ended);
    assert!(printed.contains("Note: ENCRYPTION_KEYS is set in the environment"), "{printed}");
    assert!(printed.contains("Note: provider-connections.db already exists."), "{printed}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let ended = Binary::new("init --config no/such/folder/file").run().await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("no/such/folder/file can't be written"), "{ended:?}");
}
