//! The command line: what each command prints, and that its help suffices.

use crate::harness::{Binary, Ended};

/// The settings that are secrets.
const SECRETS: [&str; 6] = [
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "NHOST_JWT_SECRET",
    "HASURA_GRAPHQL_JWT_SECRET",
    "ENCRYPTION_KEYS",
    "SERVICE_SECRET",
];

#[track_caller]
fn printed(ended: &Ended) -> &str {
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    &ended.stdout
}

/// Help without its line breaks.
#[track_caller]
fn help(ended: &Ended) -> String {
    printed(ended).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn schema_prints_the_committed_file() {
    let ended = Binary::new("schema").run().await;
    assert!(
        printed(&ended) == include_str!("../../schema.graphql"),
        "schema.graphql is stale: run `cargo run -- schema > schema.graphql`"
    );
}

#[tokio::test]
async fn keys_generate_prints_a_key_that_the_settings_take() {
    let (first, second) =
        tokio::join!(Binary::new("keys generate").run(), Binary::new("keys generate").run());
    let keys = [printed(&first).trim(), printed(&second).trim()];
    assert_ne!(keys[0].split_once(':').unwrap().0, keys[1].split_once(':').unwrap().0);
    let ring = provider_connections::vault::KeyRing::parse(&keys.join(",")).unwrap();
    assert_eq!(ring.key_ids().count(), 2);
    // The other settings are missing; this one is not on the list.
    let serve = Binary::new("").env("ENCRYPTION_KEYS", keys[0]).run().await;
    assert!(!serve.stderr.contains("ENCRYPTION_KEYS"), "{serve:?}");
}

#[tokio::test]
async fn keys_generate_takes_a_name_for_the_key_and_refuses_one_that_can_not_be() {
    let named = Binary::new("keys generate --id 2026-01").run().await;
    assert!(printed(&named).starts_with("2026-01:"));
    for id in ["a:b", "a,b", "", "has space", "ä", "0123456789012345678901234567890123"] {
        let ended = Binary::new("keys generate").arg("--id").arg(id).run().await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{id:?}");
        assert!(ended.stderr.starts_with("provider-connections: --id "), "{ended:?}");
        assert!(ended.stderr.contains("1 to 32 of the characters A-Z a-z 0-9 _ -"), "{ended:?}");
    }
}

#[tokio::test]
async fn version_is_the_crates() {
    let version = format!("provider-connections {}\n", env!("CARGO_PKG_VERSION"));
    for arguments in ["--version", "-V"] {
        assert_eq!(printed(&Binary::new(arguments).run().await), version);
    }
}

#[tokio::test]
async fn help_names_every_command() {
    let ended = Binary::new("--help").run().await;
    for command in
        ["serve", "init", "demo", "migrate", "schema", "settings", "keys", "hasura", "connections"]
    {
        assert!(printed(&ended).contains(&format!("\n  {command} ")), "{command}");
    }
}

#[tokio::test]
async fn help_of_a_command_lists_its_settings_with_variable_and_default() {
    let database =
        ["DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_MAX_CONNECTIONS=", "LOG_FORMAT="];
    let server = [
        "LISTEN=",
        "NHOST_AUTH_URL=",
        "NHOST_SUBDOMAIN=",
        "NHOST_REGION=",
        "NHOST_AUTH_PUBLIC_URL=",
        "NHOST_JWT_SECRET",
        "HASURA_GRAPHQL_JWT_SECRET",
        "ENCRYPTION_KEYS",
        "SERVICE_SECRET",
        "INTROSPECTION=",
        "GRAPHIQL=",
        "CORS_ALLOWED_ORIGINS=",
        "FRAME_ALLOWED_ORIGINS=",
        "REDIRECT_ALLOWED_URLS=",
        "SIGN_IN_PARAMS=",
        "METRICS_LISTEN=",
    ];
    for (command, settings) in
        [("migrate", database.to_vec()), ("serve", [&database[..], &server[..]].concat())]
    {
        let help = help(&Binary::new(command).arg("--help").run().await);
        for setting in settings {
            assert!(help.contains(&format!("[env: {setting}")), "{command}: {setting}");
            let name = setting.trim_end_matches('=').to_lowercase().replace('_', "-");
            assert!(help.contains(&format!("--{name} ")), "{command}: --{name}");
        }
        for secret in SECRETS.iter().filter(|secret| help.contains(&format!("[env: {secret}]"))) {
            assert!(help.contains(&format!("[env: {secret}_FILE=]")), "{command}: {secret}_FILE");
        }
        assert!(help.contains("[default: sqlite://provider-connections.db]"));
        assert!(help.contains("RUST_LOG"), "{command}");
    }
    let demo = help(&Binary::new("demo --help").run().await);
    for flag in ["--check", "--listen", "--simulator-listen"] {
        assert!(demo.contains(flag), "{flag}");
    }
    assert!(help(&Binary::new("keys generate --help").run().await).contains("--id "));
}

#[tokio::test]
async fn help_does_not_show_the_secrets_of_the_environment() {
    for command in ["serve", "migrate", "demo"] {
        let mut arguments = Binary::new(command).arg("--help");
        for secret in SECRETS {
            arguments = arguments.env(secret, "planted-secret");
        }
        // One that is no secret is shown, which proves that the environment is looked at.
        let ended = arguments.env("LOG_FORMAT", "pretty").run().await;
        assert!(!printed(&ended).contains("planted-secret"), "{command}");
        assert!(help(&ended).contains("[env: LOG_FORMAT=pretty]"), "{command}");
    }
}

#[tokio::test]
async fn a_flag_that_does_not_exist_is_refused_with_a_hint() {
    let ended = Binary::new("serve --lissten 127.0.0.1:0").run().await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("a similar argument exists: '--listen'"), "{ended:?}");
}
