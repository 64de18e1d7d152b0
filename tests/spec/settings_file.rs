//! Settings files: what takes precedence, what is told of a file that can't be meant, and never a
//! secret.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::harness::{Binary, Ended, KEYS, SERVICE_SECRET};

const FILE: &str = "settings.env";
const JWT_KEY: &str = "a-key-of-an-app-that-is-long-enough";

/// Settings that lead to a database that can't be opened.
fn good() -> String {
    format!(
        "NHOST_AUTH_URL=http://127.0.0.1:9/v1\nNHOST_JWT_SECRET='{{\"type\":\"HS256\",\"key\":\"{JWT_KEY}\"}}'\n\
         ENCRYPTION_KEYS={KEYS}\nSERVICE_SECRET={SERVICE_SECRET}\n\
         DATABASE_URL=sqlite://no/such/folder/file.db\nLISTEN=127.0.0.1:0\n"
    )
}

/// A command with a file in its folder, of one user alone.
fn with_file(command: &str, name: &str, text: &str) -> Binary {
    let binary = Binary::new(command);
    let path = binary.folder().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    binary
}

fn serve(text: &str) -> Binary {
    with_file("serve --config settings.env", FILE, text)
}

#[track_caller]
fn accepted(ended: &Ended) {
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("SQLite can't be opened"), "{ended:?}");
}

#[track_caller]
fn mistakes(ended: &Ended) -> Vec<&str> {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    let list = ended.stderr.lines().skip_while(|line| !line.contains("the settings have "));
    list.skip(1).filter_map(|line| line.strip_prefix("  - ")).collect()
}

#[tokio::test]
async fn a_file_has_all_that_a_server_needs() {
    accepted(&serve(&good()).run().await);
    accepted(&with_file("--config settings.env", FILE, &good()).run().await);
    accepted(&with_file("--config=settings.env serve", FILE, &good()).run().await);
    accepted(&with_file("", ".env", &good()).run().await);
    let by_variable = with_file("serve", FILE, &good()).env("PROVIDER_CONNECTIONS_CONFIG", FILE);
    accepted(&by_variable.run().await);
    let empty = with_file("", ".env", &good()).env("PROVIDER_CONNECTIONS_CONFIG", "");
    accepted(&empty.run().await);
}

#[tokio::test]
async fn other_commands_read_it_too() {
    let database = "DATABASE_URL=sqlite://no/such/folder/file.db\n";
    for (command, name) in [("migrate", ".env"), ("migrate --config settings.env", FILE)] {
        accepted(&with_file(command, name, database).run().await);
    }
    let doctor = with_file("doctor --config settings.env", FILE, &good()).run().await;
    assert!(doctor.stdout.contains("configuration: all settings are valid"), "{doctor:?}");
    let hasura = "HASURA_REMOTE_SCHEMA_URL=https://connections.example.com/graphql\n";
    let hasura = with_file("hasura --config settings.env", FILE, hasura).run().await;
    assert!(hasura.stdout.contains("https://connections.example.com/graphql"), "{hasura:?}");
}

#[tokio::test]
async fn a_flag_precedes_the_environment_that_the_file_of_config_and_that_dot_env() {
    // Each is told by the text that can't be read.
    let told = async |flag: &str, env: &str, config: &str, dot_env: &str| {
        let command = format!("serve --config settings.env {flag}");
        let binary = with_file(&command, FILE, &format!("{}{config}", good()));
        fs::write(binary.folder().join(".env"), dot_env).unwrap();
        let binary = if env.is_empty() { binary } else { binary.env("INTROSPECTION", env) };
        let ended = binary.run().await;
        mistakes(&ended)[0].split('"').nth(1).unwrap().to_owned()
    };
    let (flag, config, dot_env) =
        ("--introspection flag", "INTROSPECTION=config\n", "INTROSPECTION=dot-env\n");
    assert_eq!(told(flag, "env", config, dot_env).await, "flag");
    assert_eq!(told("", "env", config, dot_env).await, "env");
    assert_eq!(told("", "", config, dot_env).await, "config");
    assert_eq!(told("", "", "", dot_env).await, "dot-env");
}

#[tokio::test]
async fn a_secret_and_its_file_are_one_name_to_what_takes_precedence() {
    let without = good().replace(&format!("ENCRYPTION_KEYS={KEYS}\n"), "");
    let (right, wrong) = ("ENCRYPTION_KEYS_FILE=keys\n", "ENCRYPTION_KEYS_FILE=no/such/keys\n");
    let run = async |env: &[(&str, &str)], config: &str, dot_env: &str| {
        let mut binary = serve(&format!("{without}{config}"));
        fs::write(binary.folder().join(".env"), dot_env).unwrap();
        fs::write(binary.folder().join("keys"), KEYS).unwrap();
        for (name, value) in env {
            binary = binary.env(name, value);
        }
        binary.run().await
    };
    // What is wrong is not looked at.
    let file = [("ENCRYPTION_KEYS_FILE", "keys")];
    accepted(&run(&file, "", "ENCRYPTION_KEYS=planted\n").await);
    accepted(&run(&file, "ENCRYPTION_KEYS=planted\n", "").await);
    accepted(&run(&[("ENCRYPTION_KEYS", KEYS)], wrong, "").await);
    accepted(&run(&[], right, "ENCRYPTION_KEYS=planted\n").await);
    accepted(&run(&[], &format!("ENCRYPTION_KEYS={KEYS}\n"), wrong).await);
    let secret = "PROVIDER_GOOGLE_CLIENT_ID=app\nPROVIDER_GOOGLE_CLIENT_SECRET=from-the-file\n";
    let provider = [file[0], ("PROVIDER_GOOGLE_CLIENT_SECRET_FILE", "keys")];
    accepted(&run(&provider, secret, "").await);
    // In one place it is not known which is meant.
    let both = run(&[], &format!("ENCRYPTION_KEYS={KEYS}\n{right}"), "").await;
    let expected = "ENCRYPTION_KEYS and ENCRYPTION_KEYS_FILE are both set: unset one of them";
    assert!(mistakes(&both).contains(&expected), "{both:?}");
}

#[tokio::test]
async fn what_libraries_read_from_the_environment_is_told_to_be_set_there() {
    let names = [
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BLRP_SCHEDULE_DELAY",
        "OTEL_METRIC_EXPORT_INTERVAL",
        "OTEL_SPAN_LINK_COUNT_LIMIT",
        "VAULT_CACERT",
        "AWS_REGION",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ];
    let lines = names.map(|name| format!("{name}=1")).join("\n");
    let ended = serve(&format!("{}AWS_KMS_KEY_ID=\n{lines}", good())).run().await;
    let list = mistakes(&ended);
    assert_eq!(list.len(), names.len(), "{list:#?}");
    for (line, (mistake, name)) in (8..).zip(list.iter().zip(names)) {
        let expected = format!(
            "settings.env, line {line}: {name} is read only from the environment of the process: \
             set it there, and remove this line"
        );
        assert_eq!(*mistake, expected);
    }
    // Compose hands its own to the process.
    accepted(&with_file("", ".env", &format!("{}{lines}", good())).run().await);
}

#[tokio::test]
async fn an_empty_variable_or_line_counts_as_not_set() {
    accepted(&serve(&good()).env("SERVICE_SECRET", "").env("ENCRYPTION_KEYS", "").run().await);
    let binary = serve(&format!("ENCRYPTION_KEYS=\n{}", good().replace("ENCRYPTION_KEYS", "#")));
    fs::write(binary.folder().join(".env"), format!("ENCRYPTION_KEYS={KEYS}")).unwrap();
    accepted(&binary.run().await);
}

#[tokio::test]
async fn what_is_no_flag_is_read_from_the_file_as_well() {
    let providers = "PROVIDER_GOGLE_CLIENT_ID=app\nPROVIDER_SPOTIFY_CLIENT_SECRET=planted\n";
    let ended = serve(&format!("{}{providers}", good())).run().await;
    let list = mistakes(&ended);
    assert_eq!(list.len(), 2, "{list:#?}");
    assert!(list[0].contains("did you mean PROVIDER_GOOGLE_CLIENT_ID?"), "{list:#?}");
    assert!(list[1].starts_with("PROVIDER_SPOTIFY_CLIENT_ID is missing"), "{list:#?}");
    let quiet = serve(&format!("{}RUST_LOG=off\nLOG_FORMAT=json\n", good())).run().await;
    assert!(!quiet.stderr.contains("read settings"), "{quiet:?}");
    let loud = serve(&format!("{}LOG_FORMAT=json\n", good())).run().await;
    assert!(loud.stderr.contains(r#""message":"read settings","file":"settings.env""#), "{loud:?}");
}

#[tokio::test]
async fn every_unknown_name_in_the_file_is_a_mistake_beside_all_others() {
    let text = good()
        .replace("LISTEN=", "INTROSPECTION=everyone\nFOO=1\nSERVICE_SECRETT=planted\nLISTEN=");
    let ended = serve(&text).env("GRAPHIQL", "perhaps").run().await;
    let list = mistakes(&ended);
    for expected in [
        "settings.env, line 7: FOO is not a setting of this server: remove it",
        "settings.env, line 8: SERVICE_SECRETT is not a setting of this server: rename it to \
         SERVICE_SECRET",
        "INTROSPECTION is \"everyone\"",
        "GRAPHIQL is \"perhaps\"",
    ] {
        assert!(list.iter().any(|mistake| mistake.starts_with(expected)), "{expected}: {list:#?}");
    }
    assert_eq!(list.len(), 4, "{list:#?}");
    assert!(!ended.stderr.contains("planted"), "{ended:?}");
    let migrate = with_file("migrate --config settings.env", FILE, &text).run().await;
    assert_eq!(mistakes(&migrate).len(), 2, "those of other commands are known: {migrate:?}");
}

#[tokio::test]
async fn a_line_that_can_not_be_read_is_told_by_its_number_alone() {
    let text = format!(
        "{}SIGN_IN_PARAMS=planted words\nSHUTDOWN_TIMEOUT='planted\n",
        good().replace("ENCRYPTION_KEYS=", "ENCRYPTION_KEYS=planted $")
    );
    let ended = serve(&text).run().await;
    let list = mistakes(&ended);
    assert_eq!(list.len(), 3, "a key that is there is not called missing: {list:#?}");
    for (mistake, line) in list.iter().zip([3, 7, 8]) {
        assert!(mistake.starts_with(&format!("settings.env, line {line} ")), "{list:#?}");
    }
    assert!(!ended.stderr.contains("planted"), "{ended:?}");
    let dollar = serve(&good().replace(SERVICE_SECRET, &format!("pa$planted{SERVICE_SECRET}")));
    let ended = dollar.run().await;
    assert!(mistakes(&ended)[0].starts_with("settings.env, line 4 has a $ outside single quotes"));
    assert!(!ended.stderr.contains("planted"), "{ended:?}");
}

#[tokio::test]
async fn a_name_that_is_set_twice_is_a_mistake_and_a_line_that_is_pasted_twice_is_none() {
    let other = "ENCRYPTION_KEYS=other:IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=\n";
    let ended = serve(&format!("{}{other}", good())).run().await;
    let expected = "settings.env sets ENCRYPTION_KEYS twice, in lines 3 and 7: remove one of them";
    assert_eq!(mistakes(&ended), [expected]);
    accepted(&serve(&format!("{}ENCRYPTION_KEYS={KEYS}\n", good())).run().await);
}

#[tokio::test]
async fn a_dot_env_of_other_programs_is_nobodys_mistake() {
    let others = "POSTGRES_PASSWORD=x\nFOO=1\nBAR=two words\nURL=http://${HOST}/$PATH\nFOO=2\n";
    let ended = with_file("", ".env", &format!("{others}{}", good())).run().await;
    accepted(&ended);
    assert!(ended.stderr.contains(".env: line 3 is ignored"), "{ended:?}");
    let ours = with_file("", ".env", &format!("{}SERVICE_SECRET=two words\n", good()));
    let ended = ours.run().await;
    assert!(mistakes(&ended)[0].starts_with(".env, line 7 is not NAME=value"), "{ended:?}");
    // Near one of ours, which is set further down: so it is another program's.
    let uri = with_file("", ".env", &format!("DATABASE_URI=x\n{}", good()));
    accepted(&uri.run().await);
    let misspelt = good().replace("SERVICE_SECRET", "SERVICE_SECRETT");
    let ended = with_file("", ".env", &misspelt).run().await;
    assert!(mistakes(&ended)[0].contains("rename it to SERVICE_SECRET"), "{ended:?}");
    // It is not looked at by what takes no settings.
    let schema = with_file("schema", ".env", "SERVICE_SECRET=two words\n").run().await;
    assert_eq!(schema.code, Some(0), "{schema:?}");
}

#[tokio::test]
async fn a_file_that_is_not_there_or_no_text_is_told() {
    let missing = Binary::new("serve --config no/such/file").run().await;
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.stderr.contains("the settings file no/such/file does not exist"),
        "{missing:?}"
    );
    assert!(missing.stderr.contains("provider-connections init --config no/such/file"));
    let binary = serve("");
    fs::write(binary.folder().join(FILE), b"SERVICE_SECRET=\xff\xfe").unwrap();
    let ended = binary.run().await;
    assert!(ended.stderr.contains("settings.env is not UTF-8 text: save it as UTF-8"), "{ended:?}");
}

#[tokio::test]
async fn a_file_that_others_can_read_is_warned_of() {
    for (rights, name) in [(0o640, FILE), (0o604, FILE)] {
        let binary = serve(&good());
        let path = binary.folder().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(rights)).unwrap();
        let ended = binary.run().await;
        accepted(&ended);
        let warned = format!(
            "other users of this machine can read the secrets in settings.env (its mode is {rights:04o})"
        );
        assert!(ended.stderr.contains(&warned), "{ended:?}");
    }
    assert!(!serve(&good()).run().await.stderr.contains("other users of this machine"));
    let binary = serve("LISTEN=127.0.0.1:0\n");
    let path = binary.folder().join(FILE);
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = binary.run().await;
    assert!(!ended.stderr.contains("other users of this machine"), "it has no secret: {ended:?}");
}

#[tokio::test]
async fn help_shows_no_secret_of_a_file() {
    let help = with_file("serve --help --config settings.env", FILE, &good()).run().await;
    assert_eq!(help.code, Some(0), "{help:?}");
    assert!(help.stdout.contains("PROVIDER_CONNECTIONS_CONFIG"), "{help:?}");
    assert!(!help.stdout.contains(SERVICE_SECRET) && !help.stdout.contains(JWT_KEY), "{help:?}");
}
