//! The database: what it is, whether it is up to date, and whether it can be written.

use sea_orm::ConnectionTrait;
use url::Url;

use super::{Report, doctor, files, migrated};
use crate::harness::{Database, on_both_empty_databases, simulator};

on_both_empty_databases! {
    async fn migrations_of_a_newer_version_are_an_error(database: Database) {
        database.open(provider_connections::store::Now::Database).await.close().await;
        let newer = "INSERT INTO provider_connection_migration (version, applied_at) VALUES ('m99990101_000001_later', 0)";
        database.execute(newer).await;
        let simulator = simulator().await;
        let report = Report::of(doctor(&simulator, &database.url)).await;
        report.says("migrations", "error", "m99990101_000001_later", "or a newer one");
        report.says("stored tokens", "warning", "not checked, because the database has no readable tables", "");
        assert_eq!(report.not_ok().count(), 2, "{report}");
    }

    async fn migrations_that_were_taken_back_are_to_be_applied_and_are_not(database: Database) {
        let store = database.open(provider_connections::store::Now::Database).await;
        store.migrate_down(1).await.unwrap();
        store.close().await;
        let applied = "SELECT count(*) FROM provider_connection_migration";
        let before = database.number(applied).await;
        let simulator = simulator().await;
        let report = Report::of(doctor(&simulator, &database.url)).await;
        report.says("migrations", "warning", "1 migrations are not applied yet: m", "provider-connections migrate");
        assert_eq!((report.code, database.number(applied).await), (Some(0), before));
    }
}

#[tokio::test]
async fn sqlites_file_is_not_made_where_there_is_none() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says("database", "warning", "spec.db doesn't exist yet", "the first start creates it");
    assert_eq!(report.code, Some(0));
    assert!(files(database.folder.path()).is_empty());
    let nowhere = Report::of(doctor(&simulator, "sqlite://no/such/folder/file.db")).await;
    nowhere.says("database", "error", "and its folder don't exist", "create the folder");
}

#[tokio::test]
async fn sqlite_in_another_mode_stays_in_it() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let path = database.folder.path().join("other.db");
    let url = format!("sqlite://{}", path.display());
    let db = sea_orm::DatabaseConnection::from(
        sqlx::SqlitePool::connect(&format!("{url}?mode=rwc")).await.unwrap(),
    );
    db.execute_unprepared("CREATE TABLE something (id integer)").await.unwrap();
    db.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let report = Report::of(doctor(&simulator, &url)).await;
    report.says("database", "ok", "journal mode delete", "the next start switches it to WAL mode");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn sqlite_that_can_only_be_read_is_an_error() {
    let (simulator, database) = migrated().await;
    let report = Report::of(doctor(&simulator, &format!("{}?mode=ro", database.url))).await;
    let message = "attempt to write a readonly database";
    report.says_only("database", "error", message, "Check that it is not a read-only replica");
}

#[tokio::test]
async fn sqlite_in_memory_forgets_everything() {
    let simulator = simulator().await;
    let report = Report::of(doctor(&simulator, "sqlite::memory:")).await;
    report.says("database", "error", "SQLite is in memory", "set DATABASE_URL to a file");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    std::fs::write(
        database.folder.path().join("spec.db"),
        "no database, but long enough".repeat(99),
    )
    .unwrap();
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.says("database", "error", "file is not a database", "Check");
}

#[tokio::test]
async fn postgres_that_does_not_answer_is_an_error_and_the_rest_is_looked_at() {
    let simulator = simulator().await;
    let report = Report::of(doctor(&simulator, "postgres://app@127.0.0.1:9/app")).await;
    report.says("database", "error", "PostgreSQL can't be opened: ", "Check DATABASE_URL");
    report.says("stored tokens", "warning", "not checked, because the database", "");
    report.says("service JWT", "ok", "", "");
    assert_eq!(report.findings.iter().filter(|of| of["state"] == "error").count(), 1, "{report}");
}

#[tokio::test]
async fn a_role_that_may_only_read_postgres_is_an_error() {
    let (simulator, database) = (simulator().await, Database::postgres().await);
    database.open(provider_connections::store::Now::Database).await.close().await;
    let role = database.role("").await;
    // It has the schema, and of the tables what it needs to read.
    database.execute(&format!(
        "DO $$ BEGIN EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO {}', current_schema()); END $$",
        role.name
    ))
    .await;
    let report = Report::of(doctor(&simulator, &role.url)).await;
    let message = "permission denied for table provider_connection";
    report.says_only("database", "error", message, "the role can write to the tables");
}

#[tokio::test]
async fn a_role_that_may_make_no_tables_in_postgres_can_not_migrate() {
    let (simulator, database) = (simulator().await, Database::postgres().await);
    let role = database.role("").await;
    database.execute(&format!(
        "DO $$ BEGIN EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM {}', current_schema()); END $$",
        role.name
    ))
    .await;
    let report = Report::of(doctor(&simulator, &role.url)).await;
    report.says("migrations", "error", "may not create tables here", "DATABASE_DIRECT_URL");
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_an_error_postgres() {
    let (simulator, database) = (simulator().await, Database::postgres().await);
    let url = database.url.split_once("spec_").unwrap().0.to_owned() + "no_such_schema";
    let report = Report::of(doctor(&simulator, &url)).await;
    report.says(
        "database",
        "error",
        "search_path of this role has no existing schema",
        "CREATE SCHEMA",
    );
}

#[tokio::test]
async fn a_direct_url_has_to_lead_to_the_same_postgres_database() {
    let (simulator, database) = (simulator().await, Database::postgres().await);
    database.open(provider_connections::store::Now::Database).await.close().await;
    let with = |url: &str| doctor(&simulator, &database.url).env("DATABASE_DIRECT_URL", url);
    let same = Report::of(with(&database.url)).await;
    same.says("database", "ok", "DATABASE_DIRECT_URL is the same database", "");
    same.is_all_ok();
    let other = Database::postgres().await;
    let report = Report::of(with(&other.url)).await;
    report.says_only("database", "error", "uses a different database, schema or search_path", "");
    let mut closed = Url::parse(&database.url).unwrap();
    closed.set_port(Some(9)).unwrap();
    let report = Report::of(with(closed.as_str())).await;
    report.says_only("database", "error", "DATABASE_DIRECT_URL can't be opened", "check its host");
    let report = Report::of(with(&Database::sqlite().url)).await;
    report.says_only("database", "error", "is a URL of SQLite, but DATABASE_URL of PostgreSQL", "");
}
