//! The commands of `docs/backup.md`, run while a server works; and what a restore brings back.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Command};

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::Value;
use tokio::task::JoinHandle;
use url::Url;

use crate::harness::{
    Binary, Cluster, Database, Member, READ, Replica, on_both_empty_databases, until,
};

const OTHER_KEYS: &str = "other:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The line of the documentation that begins like this, without its prompt.
fn documented(beginning: &str) -> &'static str {
    let lines = include_str!("../../docs/backup.md").lines();
    let mut lines = lines.filter_map(|line| line.strip_prefix("$ "));
    lines.find(|line| line.starts_with(beginning)).unwrap()
}

/// Runs a line of the documentation with these names for what it names.
fn run(line: &str, names: &[(&str, &str)], environment: &[(&str, &str)]) {
    let line = names.iter().fold(line.to_owned(), |line, (name, here)| line.replace(name, here));
    let ran = Command::new("bash").args(["-c", &line]).envs(environment.iter().copied()).output();
    let ran = ran.unwrap();
    assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
}

struct Copied {
    cluster: Cluster,
    members: Vec<Member>,
}

impl Copied {
    /// Users who are connected.
    async fn from(database: Database, script: GrantScript) -> (Self, Replica) {
        let cluster = Cluster::over(database).await;
        let server = Replica::start(cluster.binary_at_google("server")).await;
        let mut members = Vec::new();
        for name in ["ada", "bob", "eve"] {
            let member = cluster.member(&format!("{name}@example.com"));
            cluster.simulator.sign_in(member.id, Provider::Google, script);
            member.connect(&server).await.data("/connectProvider/id");
            members.push(member);
        }
        (Self { cluster, members }, server)
    }

    /// Makes a backup by the commands of the documentation, and restores it to another database,
    /// which is the cluster's from then on.
    async fn restore(&mut self) {
        let database = &self.cluster.database;
        let folder = database.folder.path();
        if database.is_sqlite() {
            let file = folder.join("backup.db");
            let backup = Binary::new("backup").arg(file.to_str().unwrap());
            let ended = backup.env("DATABASE_URL", &database.url).run().await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(partial_files(folder), 0);
            self.cluster.database_url = format!("sqlite://{}", file.display());
        } else {
            let schema = database.url.split_once("search_path%3D").unwrap().1;
            let mut restored = Url::parse(&database.url).unwrap();
            database.execute(&format!("CREATE DATABASE {schema}")).await;
            restored.set_path(schema);
            let dump = folder.join("backup.dump");
            let names = [
                ("provider_connections", schema),
                ("provider-connections.dump", dump.to_str().unwrap()),
            ];
            let urls =
                [("DATABASE_URL", database.url.as_str()), ("RESTORED_URL", restored.as_str())];
            run(documented("pg_dump"), &names, &urls);
            run(documented("pg_restore"), &names, &urls);
            self.cluster.database_url = restored.into();
        }
    }

    /// The restored database.
    fn restored(&self) -> Database {
        let folder = tempfile::tempdir().unwrap();
        Database::at(self.cluster.database_url.clone(), folder)
    }

    /// Reads and refreshes at a server until the task is aborted.
    fn load(&self, server: &Replica) -> JoinHandle<()> {
        let (members, url) = (self.members.clone(), server.url.clone());
        tokio::spawn(async move {
            loop {
                for member in &members {
                    let _ = member.ask_at(&url, READ).await;
                }
            }
        })
    }
}

fn partial_files(folder: &Path) -> usize {
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().file_name());
    files.filter(|name| name.to_string_lossy().starts_with(".provider")).count()
}

/// All that is sealed, in one text.
async fn sealed(database: &Database) -> String {
    let hex =
        if database.is_sqlite() { "hex(access_token)" } else { "encode(access_token, 'hex')" };
    let refresh = hex.replace("access", "refresh");
    let concat = if database.is_sqlite() { "group_concat(t)" } else { "string_agg(t, ',')" };
    let sql = format!(
        "SELECT {concat} FROM (SELECT {hex} || {refresh} AS t FROM provider_connection ORDER BY 1) AS x"
    );
    let db = database.connect().await;
    let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
    let row = sea_orm::ConnectionTrait::query_one_raw(&db, statement).await.unwrap().unwrap();
    db.close().await.unwrap();
    row.try_get_by_index(0).unwrap()
}

on_both_empty_databases! {
    async fn every_token_of_a_backup_that_was_made_under_load_opens(database: Database) {
        let script = GrantScript::rotating_with_grace(TimeDelta::hours(1));
        let (mut copied, server) = Copied::from(database, script).await;
        let load = copied.load(&server);
        copied.cluster.expire_tokens().await;
        copied.restore().await;
        load.abort();
        server.stop().await;
        let restored = copied.cluster.start("restored").await;
        for member in &copied.members {
            member.working_token(&restored).await;
            // The refresh token opens, too.
            let refreshed = member.refresh(&restored).await;
            let token = refreshed.text("/refreshProviderToken/accessToken");
            assert!(member.can_use(token).await, "{refreshed:?}");
        }
    }

    async fn who_rotated_since_the_backup_is_led_to_sign_in_again(database: Database) {
        let (mut copied, server) = Copied::from(database, GrantScript::rotating()).await;
        copied.restore().await;
        let ada = copied.members[0].clone();
        ada.refresh(&server).await.text("/refreshProviderToken/accessToken");
        server.stop().await;
        let google = |name| copied.cluster.binary_at_google(name);
        let restored = Replica::start(google("restored")).await;
        let past = if copied.cluster.database.is_sqlite() {
            "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-61 seconds')"
        } else {
            "statement_timestamp() - interval '61 seconds'"
        };
        let expire = format!("UPDATE provider_connection SET access_token_expires_at = {past}");
        copied.restored().execute(&expire).await;
        let answer = ada.read(&restored).await;
        assert_eq!(answer.code(), "REAUTHENTICATION_REQUIRED");
        assert!(answer.extension("reauthenticationUrl").as_str().is_some_and(|url| url.contains("google")));
        // The others have lost nothing.
        copied.members[1].working_token(&restored).await;
        copied.cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
        ada.connect(&restored).await.data("/connectProvider/id");
        ada.working_token(&restored).await;
    }

    async fn a_restore_without_the_keys_overwrites_nothing(database: Database) {
        let (mut copied, server) = Copied::from(database, GrantScript::stable()).await;
        server.stop().await;
        copied.restore().await;
        let restored = copied.restored();
        let before = sealed(&restored).await;
        let other = copied.cluster.binary("restored").env("ENCRYPTION_KEYS", OTHER_KEYS);
        let mut process = other.start();
        until(async || process.has_ended() || process.log().contains("serving GraphQL")).await;
        if !process.has_ended() {
            let url = process.url().await;
            for member in &copied.members {
                let answer = member.ask_at(&url, READ).await.unwrap();
                let token = answer.0.pointer("/data/providerConnection/accessToken");
                assert!(token.is_none_or(Value::is_null), "{answer:?}");
                let _ = member.ask_at(&url, crate::harness::REFRESH).await;
            }
            process.stop().await;
        }
        assert_eq!(sealed(&restored).await, before);
        let server = copied.cluster.start("restored").await;
        for member in &copied.members {
            member.working_token(&server).await;
        }
    }
}

#[tokio::test]
async fn a_backup_overwrites_no_file_and_says_what_is_missing() {
    let database = Database::sqlite();
    let backup = |url: &str, file: &Path| {
        Binary::new("backup").arg(file.to_str().unwrap()).env("DATABASE_URL", url).run()
    };
    let folder = database.folder.path();
    let nothing = backup(&database.url, &folder.join("backup.db")).await;
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.stderr.contains("no database exists at"), "{nothing:?}");
    database.at_state(1).await;
    std::fs::write(folder.join("taken.db"), "somebody's").unwrap();
    let taken = backup(&database.url, &folder.join("taken.db")).await;
    assert!(taken.code == Some(1) && taken.stderr.contains("it exists"), "{taken:?}");
    assert_eq!(std::fs::read(folder.join("taken.db")).unwrap(), b"somebody's");
    let nowhere = backup(&database.url, &folder.join("no/such/folder.db")).await;
    assert!(nowhere.code == Some(1) && nowhere.stderr.contains("was not written"), "{nowhere:?}");
    let postgres = backup("postgres://app@127.0.0.1:9/app", &folder.join("b.db")).await;
    assert!(postgres.code == Some(1) && postgres.stderr.contains("use pg_dump"), "{postgres:?}");
    assert_eq!(partial_files(folder), 0);
}

#[tokio::test]
async fn sqlites_own_shell_makes_a_backup_too() {
    let database = Database::sqlite();
    database.at_state(1).await;
    let backup = database.folder.path().join("backup.db");
    let file = database.folder.path().join("spec.db");
    // The longer name first: the shorter one is a part of it.
    let names = [
        ("/backup/provider-connections.db", backup.to_str().unwrap()),
        ("sqlite3 provider-connections.db", &format!("sqlite3 '{}'", file.display())),
    ];
    run(documented("(umask"), &names, &[]);
    assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
