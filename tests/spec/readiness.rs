//! `/healthz` says that the process answers, `/readyz` that it can do its work, or why not.

use std::time::Instant;

use futures_util::future::join_all;
use provider_connections::store::DatabaseUrl;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use url::Url;

use crate::harness::{Binary, Process, on_both_empty_databases, simulator, until};

struct Probed {
    process: Process,
    url: String,
    /// Stays as long as the server does.
    _simulator: nhost_auth_simulator::Running,
}

impl Probed {
    async fn over(database_url: &str) -> Self {
        let simulator = simulator().await;
        let mut process = Binary::serve(&simulator, database_url).start();
        let url = process.url().await;
        Self { process, url, _simulator: simulator }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Is not ready, and says why; the process is healthy nevertheless. A look at the database is
    /// good for a second.
    async fn why_not(&self) -> Value {
        until(async || self.get("/readyz").await.0 == 503).await;
        assert_eq!(self.get("/healthz").await, (200, json!({ "status": "ok" })));
        let (status, body) = self.get("/readyz").await;
        assert_eq!((status, &body["ready"]), (503, &json!(false)), "{body}");
        body
    }

    async fn until_migrations_are(&self, state: &str) {
        until(async || self.why_not().await["migrations"].as_str().unwrap().starts_with(state))
            .await;
    }

    async fn assert_ready(&self) {
        until(async || self.get("/readyz").await.0 == 200).await;
        let ready = json!({
            "ready": true,
            "database": "ok",
            "migrations": "done",
            "encryptionKeys": "ok",
            "refreshAhead": { "nhostAuth": "minted JWT", "direct": [] },
            "unwrittenCommits": 0,
        });
        let (status, mut body) = self.get("/readyz").await;
        // See `jobs.rs`.
        assert!(body.as_object_mut().unwrap().remove("jobs").is_some_and(|jobs| jobs.is_object()));
        assert_eq!((status, body), (200, ready));
    }
}

const UNREACHABLE: &str = "can't be reached or written to: the log has the cause";

on_both_empty_databases! {
    async fn a_server_that_has_started_is_ready(database: Database) {
        let server = Probed::over(&database.url).await;
        assert_eq!(server.get("/healthz").await, (200, json!({ "status": "ok" })));
        server.assert_ready().await;
    }

    async fn a_table_that_is_gone_makes_it_unready_until_it_is_back(database: Database) {
        let mut server = Probed::over(&database.url).await;
        database.execute("ALTER TABLE provider_connection RENAME TO somewhere_else").await;
        assert_eq!(server.why_not().await["database"], UNREACHABLE);
        // The database's own words are for the operator alone.
        let log = server.process.logged("not ready").await;
        assert!(log.contains("provider_connection"), "{log}");
        database.execute("ALTER TABLE somewhere_else RENAME TO provider_connection").await;
        server.assert_ready().await;
    }

    async fn however_many_ask_the_database_is_looked_at_once_a_second(database: Database) {
        let since = Instant::now();
        let server = Probed::over(&database.url).await;
        database.execute("ALTER TABLE provider_connection RENAME TO somewhere_else").await;
        server.why_not().await;
        for _ in 0..4 {
            join_all((0..20).map(|_| server.get("/readyz"))).await;
        }
        // Each look leaves a line.
        let looks = server.process.log().matches("not ready").count();
        assert!(looks as u64 <= since.elapsed().as_secs() + 1, "{looks}");
    }

    async fn another_key_under_the_id_of_its_own_makes_it_unready(database: Database) {
        let mut server = Probed::over(&database.url).await;
        let other = if database.is_sqlite() { "x'00'" } else { "'\\x00'::bytea" };
        let sql = format!("UPDATE provider_connection_key SET check_value = {other}");
        database.execute(&sql).await;
        let why = server.why_not().await;
        assert_eq!(why["encryptionKeys"], "the key spec is not the one that was used before");
        server.process.logged("not ready: the key spec").await;
    }

    async fn migrations_that_are_missing_make_it_unready(database: Database) {
        let mut server = Probed::over(&database.url).await;
        let newest = "m20261125_000008_health";
        let sql = format!("DELETE FROM provider_connection_migration WHERE version = '{newest}'");
        database.execute(&sql).await;
        let why = server.why_not().await;
        assert_eq!(why["database"], "ok");
        // Strangers can ask: what is missing is the operator's to know.
        assert_eq!(why["migrations"], "pending: the log has their names");
        server.process.logged_line(&["migrations are pending", newest]).await;
        database.execute("DROP TABLE provider_connection_migration").await;
        let oldest = "m20261123_000001_provider_connection";
        until(async || {
            server.why_not().await;
            server.process.log().contains(oldest)
        })
        .await;
    }

    async fn a_database_that_became_newer_makes_it_unready(database: Database) {
        let mut server = Probed::over(&database.url).await;
        let future = "m29991231_000001_from_the_future";
        let sql = format!(
            "INSERT INTO provider_connection_migration (version, applied_at) VALUES ('{future}', 0)"
        );
        database.execute(&sql).await;
        let why = server.why_not().await;
        assert_eq!(why["migrations"], "newer than this server: the log has the name");
        server.process.logged_line(&["a newer version of this server", future]).await;
    }
}

#[tokio::test]
async fn a_database_that_goes_away_makes_it_unready_until_it_is_back_postgres() {
    let admin = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL is not set");
    let name = format!("spec_{}", provider_connections::random::Random::system().uuid().simple());
    let mut url = Url::parse(&admin).unwrap();
    url.set_path(&name);
    let admin = admin.parse::<DatabaseUrl>().unwrap().connect(1).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();

    let server = Probed::over(url.as_str()).await;
    server.assert_ready().await;
    admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    let why = server.why_not().await;
    assert_eq!((&why["database"], &why["migrations"]), (&json!(UNREACHABLE), &json!("unknown")));
    // It comes back empty: what is missing is named.
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    // A connection of the pool may yet have to find out that it has ended.
    server.until_migrations_are("pending").await;
    let migrate = Binary::new("migrate").env("DATABASE_URL", url.as_str()).run().await;
    assert_eq!(migrate.code, Some(0), "{migrate:?}");
    server.assert_ready().await;
    assert_eq!(server.process.stop().await.code, Some(0));
    admin.execute_unprepared(&format!("DROP DATABASE {name}")).await.unwrap();
}
