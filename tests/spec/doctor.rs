//! `doctor` looks at everything, says of each thing how it is and what to do, and changes nothing.

mod configuration;
mod deleted_users;
mod hasura;
mod jwts;
mod keys_and_spool;
mod limits_and_issuer;
mod nhost_auth;
mod stored;

use entity::{event, provider_connection, revocation};
use nhost_auth_simulator::{GrantScript, Running};
use sea_orm::EntityTrait;
use serde_json::Value;

use crate::{
    harness::{
        Binary, Cluster, Database, Ended, SERVICE_SECRET, on_both_empty_databases, simulator,
    },
    secrets::{Needles, secrets_of_the_settings},
};

/// `doctor` with settings in which there is nothing to mend.
fn doctor(simulator: &Running, database_url: &str) -> Binary {
    Binary::serve(simulator, database_url)
        .arg("doctor")
        .arg("--json")
        .env("LISTEN", "0.0.0.0:4000")
        .env("RUST_LOG", "trace")
}

/// What it found.
struct Report {
    code: Option<i32>,
    findings: Vec<Value>,
}

impl Report {
    async fn of(binary: Binary) -> Self {
        Self::read(&binary.run().await)
    }

    #[track_caller]
    fn read(ended: &Ended) -> Self {
        let report: Value =
            serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
        let findings = report["findings"].as_array().unwrap().clone();
        let number = |state: &str| findings.iter().filter(|of| of["state"] == state).count();
        assert_eq!(report["errors"], number("error"), "{report}");
        assert_eq!(report["warnings"], number("warning"), "{report}");
        assert_eq!(report["ok"], number("error") == 0, "{report}");
        assert_eq!(ended.code, Some(i32::from(number("error") > 0)), "{ended:?}");
        for finding in &findings {
            let keys: Vec<_> = finding.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["advice", "check", "message", "state"], "{finding}");
            // Whatever is not well has something to do about it.
            assert!(finding["state"] == "ok" || finding["advice"].is_string(), "{finding}");
        }
        Self { code: ended.code, findings }
    }

    /// There is a finding of this kind, with these words in it and in its advice.
    #[track_caller]
    fn says(&self, check: &str, state: &str, message: &str, advice: &str) {
        let has = |of: &Value, key: &str, words: &str| {
            words.is_empty() || of[key].as_str().is_some_and(|text| text.contains(words))
        };
        let found = self.findings.iter().any(|of| {
            of["check"] == check
                && of["state"] == state
                && has(of, "message", message)
                && has(of, "advice", advice)
        });
        assert!(found, "no {state} of {check} with {message:?} and {advice:?} in {self}");
    }

    /// Nothing is wrong but this.
    #[track_caller]
    fn says_only(&self, check: &str, state: &str, message: &str, advice: &str) {
        self.says(check, state, message, advice);
        let others: Vec<_> = self.not_ok().collect();
        assert_eq!(others.len(), 1, "{self}");
    }

    fn not_ok(&self) -> impl Iterator<Item = &Value> {
        self.findings.iter().filter(|of| of["state"] != "ok")
    }

    #[track_caller]
    fn is_all_ok(&self) {
        assert_eq!((self.code, self.not_ok().count()), (Some(0), 0), "{self}");
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.findings.iter().try_for_each(|finding| write!(f, "\n{finding}"))
    }
}

/// All rows and the schema, as text.
async fn snapshot(database: &Database) -> String {
    let db = database.connect().await;
    let schema = if database.is_sqlite() {
        "SELECT count(*) FROM sqlite_master"
    } else {
        "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema()"
    };
    let text = format!(
        "{:?} {:?} {:?}",
        provider_connection::Entity::find().all(&db).await.unwrap(),
        event::Entity::find().all(&db).await.unwrap(),
        revocation::Entity::find().all(&db).await.unwrap(),
    );
    db.close().await.unwrap();
    format!("{} {text}", database.number(schema).await)
}

/// What is in a folder and below it.
fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

/// A database with a user's connection, and no server.
async fn connected(database: Database) -> Cluster {
    let cluster = Cluster::over(database).await;
    let server = cluster.start("server").await;
    cluster.connected(&server, GrantScript::rotating()).await;
    assert_eq!(server.stop().await.code, Some(0));
    cluster
}

on_both_empty_databases! {
    async fn where_all_is_well_it_says_so_and_changes_nothing(database: Database) {
        let cluster = connected(database).await;
        let service = cluster.simulator.add_user("service@example.com");
        let pat = cluster.simulator.personal_access_token(service).to_string();
        let merged = hasura::StandIn::sound().await;
        let (before, there) = (snapshot(&cluster.database).await, files(cluster.database.folder.path()));
        let binary = doctor(&cluster.simulator, &cluster.database.url)
            .env("SPOOL_DIR", cluster.spool("server").to_str().unwrap())
            .env("NHOST_SERVICE_PAT", &pat)
            .env("HASURA_GRAPHQL_ENDPOINT", &merged.url)
            .env("HASURA_GRAPHQL_ADMIN_SECRET", hasura::ADMIN_SECRET);
        let folder = binary.folder().to_owned();
        let process = binary.start();
        let ended = process.end().await;
        let report = Report::read(&ended);
        report.is_all_ok();
        for check in [
            "configuration", "database", "migrations", "connections", "encryption keys",
            "stored tokens", "spool", "files in the spool", "JWT secret", "Nhost Auth", "clock",
            "sign-in address", "JWKS", "service JWT", "direct refresh", "Hasura",
            "Hasura remote schema", "Hasura event trigger", "deleted users",
        ] {
            assert!(report.findings.iter().any(|of| of["check"] == check), "{check}: {report}");
        }
        report.says("connections", "ok", "1 are stored: 1 active", "");
        report.says("stored tokens", "ok", "2 are encrypted with the key spec; 2 were tested and can be decrypted", "");
        report.says("service JWT", "ok", "NHOST_SERVICE_PAT can sign in", "");
        report.says("service JWT", "ok", "Nhost Auth accepts JWTs that this server signs", "");
        assert_eq!(snapshot(&cluster.database).await, before);
        assert_eq!(files(cluster.database.folder.path()), there);
        assert!(!folder.exists() || files(&folder).is_empty());
    }

    async fn its_lines_and_its_json_are_the_same_findings(database: Database) {
        let cluster = connected(database).await;
        let json = doctor(&cluster.simulator, &cluster.database.url).env("GRAPHIQL", "true").run().await;
        let lines = Binary::serve(&cluster.simulator, &cluster.database.url)
            .arg("doctor")
            .env("LISTEN", "0.0.0.0:4000")
            .env("GRAPHIQL", "true")
            .run()
            .await;
        assert_eq!((lines.code, lines.stderr.as_str()), (Some(0), ""), "{lines:?}");
        let findings = Report::read(&json).findings;
        // How long a call took is never the same.
        for finding in findings.iter().filter(|of| !of["message"].to_string().contains(" ms")) {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            let line = format!("{:<8} {}: {}\n", text("state"), text("check"), text("message"));
            let advice = if finding["advice"].is_null() { String::new() } else {
                format!("{:<8} -> {}\n", "", text("advice"))
            };
            assert!(lines.stdout.contains(&(line + &advice)), "{finding}\n{}", lines.stdout);
        }
        assert!(lines.stdout.contains(" ok, 1 warnings, 0 errors\n"), "{}", lines.stdout);
    }
}

#[tokio::test]
async fn wrong_arguments_are_another_exit_code_than_errors() {
    for arguments in ["doctor --jwt", "doctor --jwt a --jwt-file b", "doctor --nonsense"] {
        let ended = Binary::new(arguments).run().await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_what_it_prints() {
    let cluster = connected(Database::sqlite()).await;
    let ada = cluster.simulator.add_user("ada@example.com");
    let jwt = cluster.simulator.jwt(ada);
    let pat = cluster.simulator.personal_access_token(ada).to_string();
    let merged = hasura::StandIn::sound().await;
    let other_secret = "another-service-secret-of-over-32-characters";
    let header = serde_json::json!([{ "name": "x-service-secret", "value": other_secret }]);
    merged.change(&format!("{}/definition/headers", hasura::MINE), header);
    let mut secrets = secrets_of_the_settings(&cluster.simulator.jwt_secret_json());
    secrets.extend([jwt.clone(), pat.clone(), hasura::ADMIN_SECRET.to_owned()]);
    secrets.extend([other_secret.to_owned(), "planted-password-of-an-address".to_owned()]);
    secrets.extend(cluster.simulator.secrets());
    let needles = Needles::new(&secrets);
    let url = "http://user:planted-password-of-an-address@127.0.0.1:9/v1";
    for token in [jwt.clone(), format!("{jwt}a"), jwt.replace('.', "_"), SERVICE_SECRET.to_owned()]
    {
        for (name, value) in [("GRAPHIQL", "true"), ("NHOST_AUTH_URL", url), ("LISTEN", "nonsense")]
        {
            for format in ["--json", "--jwt-file"] {
                let file = tempfile::NamedTempFile::new().unwrap();
                std::fs::write(file.path(), &token).unwrap();
                let mut binary = Binary::serve(&cluster.simulator, &cluster.database.url)
                    .arg("doctor")
                    .env("RUST_LOG", "trace")
                    .env("NHOST_SERVICE_PAT", &pat)
                    .env("HASURA_GRAPHQL_ENDPOINT", &merged.url)
                    .env("HASURA_GRAPHQL_ADMIN_SECRET", hasura::ADMIN_SECRET)
                    .env(name, value);
                binary = match format {
                    "--json" => binary.arg("--json").arg("--jwt").arg(&token),
                    _ => binary.arg("--jwt-file").arg(file.path().to_str().unwrap()),
                };
                let ended = binary.run().await;
                assert!(ended.stdout.contains("JWT"), "{ended:?}");
                let printed = ended.stdout + &ended.stderr;
                assert_eq!(needles.found_in(&printed), None, "{name} {format}");
            }
        }
    }
}

/// A simulator and an empty SQLite database whose tables are there.
async fn migrated() -> (Running, Database) {
    let database = Database::sqlite();
    database.open(provider_connections::store::Now::Database).await.close().await;
    (simulator().await, database)
}
