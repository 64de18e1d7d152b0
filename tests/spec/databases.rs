//! Databases as they are found at a start: each is brought up to date, or refused with a clear word.

use futures_util::future::join_all;
use migration::MigratorTrait;
use provider_connections::{
    app::open_store,
    store::{MigrationState, Now, Store},
};
use url::Url;

use crate::harness::{
    Binary, Database, Ended, KEYS, SERVICE_SECRET, on_both_empty_databases, simulator,
};

const PASSWORD: &str = "plantedPassword0";

/// `serve` over the database at `url`, which is told to go away.
async fn refused(url: &str) -> Ended {
    let simulator = simulator().await;
    Binary::serve(&simulator, url).run().await
}

/// A failed start: code 1, one message, which has all of `words`, and nothing that nobody may see.
#[track_caller]
fn assert_says(ended: &Ended, words: &[&str]) {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    let (log, message) =
        ended.stderr.split_at(ended.stderr.find("provider-connections: ").unwrap());
    assert!(log.lines().all(|line| line.starts_with('{')), "{ended:?}");
    assert_eq!(ended.stderr.matches("provider-connections: ").count(), 1, "{ended:?}");
    for word in words {
        assert!(message.contains(word), "{word}: {message}");
    }
    for never in ["panicked", PASSWORD, KEYS, SERVICE_SECRET, "sqlite://", "postgres://"] {
        assert!(!ended.stderr.contains(never), "{never}: {ended:?}");
    }
}

/// The same database, so that it can be read only.
fn read_only(database: &Database) -> String {
    if database.is_sqlite() {
        format!("{}?mode=ro", database.url)
    } else {
        format!("{}%20-c%20default_transaction_read_only%3Don", with_password(&database.url))
    }
}

fn with_password(url: &str) -> String {
    let mut url = Url::parse(url).unwrap();
    url.set_password(Some(PASSWORD)).unwrap();
    url.into()
}

async fn state(database: &Database) -> MigrationState {
    let store = Store::new(database.connect().await, Now::Database);
    let state = store.migration_state().await.unwrap();
    store.close().await;
    state
}

/// Whether both tables are there.
async fn has_tables(database: &Database) -> bool {
    let names = "('provider_connection', 'provider_connection_event')";
    let sql = if database.is_sqlite() {
        format!("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN {names}")
    } else {
        format!(
            "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename IN {names}"
        )
    };
    database.number(&sql).await == 2
}

/// How many migrations there are.
fn all() -> u32 {
    u32::try_from(migration::Migrator::migrations().len()).unwrap()
}

on_both_empty_databases! {
    async fn an_empty_one_gets_its_tables(database: Database) {
        let simulator = simulator().await;
        let mut process = Binary::serve(&simulator, &database.url).start();
        let url = process.url().await;
        assert_eq!(reqwest::get(format!("{url}/readyz")).await.unwrap().status(), 200);
        assert_eq!(process.stop().await.code, Some(0));
        assert_eq!(state(&database).await, MigrationState::Current);
        assert!(has_tables(&database).await);
    }

    async fn a_half_migrated_one_is_completed(database: Database) {
        let store = database.open(Now::Database).await;
        store.migrate_down(all() - 1).await.unwrap();
        store.close().await;
        let MigrationState::Pending(pending) = state(&database).await else { panic!() };
        assert_eq!(pending[0], "m20261123_000002_provider_connection_event");
        assert_eq!(pending.len(), all() as usize - 1);
        assert!(!has_tables(&database).await);

        let simulator = simulator().await;
        let mut process = Binary::serve(&simulator, &database.url).start();
        process.url().await;
        let ended = process.stop().await;
        let applied = ended.stderr.matches(r#""message":"applied""#).count();
        assert_eq!(applied, pending.len(), "{ended:?}");
        assert!(pending.iter().all(|name| ended.stderr.contains(name)));
        assert!(has_tables(&database).await);
    }

    async fn one_that_is_newer_than_the_binary_is_left_alone(database: Database) {
        database.open(Now::Database).await.close().await;
        let future = "m29991231_000001_from_the_future";
        database
            .execute(&format!(
                "INSERT INTO provider_connection_migration (version, applied_at) VALUES ('{future}', 0)"
            ))
            .await;
        let expected = ["newer than this binary", future, "start the version that wrote it"];
        assert_says(&refused(&database.url).await, &expected);
        let migrate = Binary::new("migrate").env("DATABASE_URL", &database.url).run().await;
        assert_says(&migrate, &expected);
    }

    async fn one_that_can_only_be_read_is_refused(database: Database) {
        database.open(Now::Database).await.close().await;
        let ended = refused(&read_only(&database)).await;
        assert_says(&ended, &["can't be written", "Check that it is not a read-only replica"]);
    }

    async fn migrations_of_one_that_can_only_be_read_are_not_taken_back(database: Database) {
        database.open(Now::Database).await.close().await;
        let down = Binary::new("migrate --down 1 --yes").env("DATABASE_URL", &read_only(&database));
        let ended = down.run().await;
        assert!(ended.stderr.contains("can't be written to: "), "{ended:?}");
        assert!(ended.stderr.contains("it is not a read-only replica"), "{ended:?}");
        assert!(has_tables(&database).await);
    }

    async fn one_without_tables_that_can_only_be_read_is_refused(database: Database) {
        database.execute("SELECT 1").await;
        let ended = refused(&read_only(&database)).await;
        assert_says(&ended, &["can't be written", "Check that it is not a read-only replica"]);
    }

    async fn a_half_migrated_one_that_can_only_be_read_is_refused(database: Database) {
        let store = database.open(Now::Database).await;
        store.migrate_down(1).await.unwrap();
        store.close().await;
        let ended = refused(&read_only(&database)).await;
        assert_says(&ended, &["can't be written", "Check that it is not a read-only replica"]);
    }

    async fn one_whose_tables_are_somebody_elses_is_refused(database: Database) {
        database.execute("CREATE TABLE provider_connection_event (something TEXT)").await;
        let ended = refused(&database.url).await;
        assert_says(&ended, &["the migrations failed: m20261123_000002_provider_connection_event", "continues where they failed"]);
        // What was applied before the one that failed is taken back with it.
        assert!(matches!(state(&database).await, MigrationState::Pending(names) if names.len() == all() as usize));
    }

    async fn ten_replicas_may_start_at_once(database: Database) {
        let config = database.config();
        let stores = join_all((0..10).map(|_| open_store(&config, Now::Database))).await;
        for store in stores {
            store.unwrap().close().await;
        }
        let applied = "SELECT COUNT(*) FROM provider_connection_migration";
        assert_eq!(database.number(applied).await, i64::from(all()));
        assert!(has_tables(&database).await);
    }

    async fn three_processes_may_start_at_once(database: Database) {
        let simulator = simulator().await;
        let mut processes: Vec<_> =
            (0..3).map(|_| Binary::serve(&simulator, &database.url).start()).collect();
        for process in &mut processes {
            let url = process.url().await;
            assert_eq!(reqwest::get(format!("{url}/readyz")).await.unwrap().status(), 200);
        }
        let mut applied = 0;
        for process in processes {
            let ended = process.stop().await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            applied += ended.stderr.matches(r#""message":"applied""#).count();
        }
        assert_eq!(applied, all() as usize, "each migration was applied by one of them");
    }

    async fn migrations_go_down_and_up_again(database: Database) {
        let migrate = |arguments: &str| {
            Binary::new(arguments).env("DATABASE_URL", &database.url).run()
        };
        let ended = migrate("migrate").await;
        assert_eq!((ended.code, ended.stdout.trim()), (Some(0), "The database is up to date."));
        assert!(has_tables(&database).await);
        let ended = migrate(&format!("migrate --down {} --yes", all())).await;
        assert!(ended.code == Some(0) && ended.stdout.contains("Reverted "), "{ended:?}");
        assert!(!has_tables(&database).await);
        let ended = migrate("migrate").await;
        assert_eq!((ended.code, ended.stdout.trim()), (Some(0), "The database is up to date."));
        assert!(has_tables(&database).await);
        assert_eq!(state(&database).await, MigrationState::Current);
    }

    async fn migrations_go_past_the_pooler(database: Database) {
        let direct = database.url.clone();
        // The pooler would refuse: it can only be read through it.
        let ended = Binary::new("migrate")
            .env("DATABASE_URL", &read_only(&database))
            .env("DATABASE_DIRECT_URL", &direct)
            .run()
            .await;
        assert_says(&ended, &["can't be written"]);
        assert!(has_tables(&database).await);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_refused() {
    let database = Database::sqlite();
    let folder = database.folder.path().display();
    for url in [format!("sqlite://{folder}"), format!("sqlite://{folder}/no/such/folder/file.db")] {
        let ended = refused(&url).await;
        assert_says(&ended, &["SQLite can't be opened: ", "Check DATABASE_URL"]);
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let database = Database::sqlite();
    std::fs::write(database.folder.path().join("spec.db"), "not a database. ".repeat(100)).unwrap();
    let ended = refused(&database.url).await;
    assert_says(&ended, &["SQLite can't be opened: ", "not a database", "Check DATABASE_URL"]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_refused() {
    // Nobody listens at a port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://app:{PASSWORD}@{free}/app");
    let down = Binary::new("migrate --down 1").env("DATABASE_URL", &url);
    // Neither takes it for one that starts, which would be "no connection was available in time".
    let (serve, down) = tokio::join!(refused(&url), down.run());
    for ended in [serve, down] {
        let expected = ["PostgreSQL can't be opened: ", "Connection refused", "Check DATABASE_URL"];
        assert_says(&ended, &expected);
    }
}

#[tokio::test]
async fn a_database_or_role_that_does_not_exist_is_named_postgres() {
    let url = Url::parse(&Database::postgres().await.url).unwrap();
    let mut other = url.clone();
    other.set_path("/no_such_database");
    let ended = refused(&with_password(other.as_str())).await;
    assert_says(&ended, &["PostgreSQL can't be opened: ", "no_such_database"]);
    let mut other = url;
    other.set_username("no_such_role").unwrap();
    let ended = refused(&with_password(other.as_str())).await;
    assert_says(&ended, &["PostgreSQL can't be opened: ", "no_such_role"]);
}
