use provider_connections::{
    app::open_store,
    config::DatabaseConfig,
    store::{Now, Store},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

/// A database that no other test sees.
pub struct Database {
    pub url: String,
    /// SQLite's file is in it.
    pub folder: TempDir,
    /// PostgreSQL starts a process for each new connection, so one looks at all that is stored.
    looking: OnceCell<DatabaseConnection>,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::at(format!("sqlite://{}/spec.db", folder.path().display()), folder)
    }

    /// A schema of its own in the PostgreSQL of `TEST_POSTGRES_URL`.
    pub async fn postgres() -> Self {
        let (server, schema) = made("SCHEMA").await;
        let url = format!("{server}?options=-c%20search_path%3D{schema}");
        Self::at(url, tempfile::tempdir().unwrap())
    }

    /// A whole database, for tests that would hold up those in other schemas: the building of an index
    /// waits for every old snapshot of its database, and one process at a time migrates it.
    pub async fn postgres_apart() -> Self {
        let (server, name) = made("DATABASE").await;
        let mut url = Url::parse(&server).unwrap();
        url.set_path(&name);
        Self::at(url.into(), tempfile::tempdir().unwrap())
    }

    pub fn at(url: String, folder: TempDir) -> Self {
        Self { url, folder, looking: OnceCell::new() }
    }

    pub fn config(&self) -> DatabaseConfig {
        DatabaseConfig { url: self.url.parse().unwrap(), direct_url: None, max_connections: 5 }
    }

    pub async fn open(&self, now: Now) -> Store {
        open_store(&self.config(), now).await.unwrap()
    }

    /// A connection past the server, for looking at what is stored.
    pub async fn connect(&self) -> DatabaseConnection {
        connect(&self.url).await
    }

    /// Does something on a connection past the server.
    pub async fn with<T>(&self, look: impl AsyncFnOnce(&DatabaseConnection) -> T) -> T {
        if self.is_sqlite() {
            // An open connection keeps SQLite's files as they are.
            let db = self.connect().await;
            let seen = look(&db).await;
            db.close().await.unwrap();
            return seen;
        }
        look(self.looking.get_or_init(|| self.connect()).await).await
    }

    /// Runs SQL past the server.
    pub async fn execute(&self, sql: &str) {
        self.with(async |db| db.execute_unprepared(sql).await.unwrap()).await;
    }

    /// A number that SQL answers.
    pub async fn number(&self, sql: &str) -> i64 {
        self.with(async |db| {
            let row =
                db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
            row.unwrap().unwrap().try_get_by_index(0).unwrap()
        })
        .await
    }

    /// Adds so many revocations like one that waits for this provider, due no later.
    pub async fn multiply_revocations(&self, provider: &str, by: usize) {
        let id = if self.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
        let columns =
            "connection_id, user_id, provider, access_token, refresh_token, attempts, due_at";
        self.execute(&format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {by})
             INSERT INTO provider_connection_revocation (id, {columns}, created_at)
             SELECT {id}, {columns}, created_at FROM provider_connection_revocation, n
             WHERE provider = '{provider}'"
        ))
        .await;
    }

    /// A role that may do in this database all that a server does, made with `options`.
    pub async fn role(&self, options: &str) -> Role {
        let name = format!("spec_{}", Uuid::from_u128(rand()).simple());
        self.execute(&format!(
            "CREATE ROLE {name} LOGIN {options};
             DO $$ BEGIN EXECUTE format('GRANT ALL ON SCHEMA %I TO {name}', current_schema()); END $$"
        ))
        .await;
        let mut url = Url::parse(&self.url).unwrap();
        url.set_username(&name).unwrap();
        Role { name, url: url.into() }
    }

    /// Connections of somebody else's; there is one for each as long as they are held.
    pub async fn hold_connections(&self, url: &str, number: usize) -> Vec<DatabaseConnection> {
        let mut held = Vec::new();
        for _ in 0..number {
            held.push(connect(url).await);
        }
        held
    }

    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }
}

/// The URL of the PostgreSQL for tests, and the name of a schema or a database that was made there.
async fn made(what: &str) -> (String, String) {
    let server = std::env::var("TEST_POSTGRES_URL").expect(
        "TEST_POSTGRES_URL is not set: run `scripts/test`, which starts a private PostgreSQL, or \
         leave these tests out with `cargo nextest run -E 'not test(postgres)'`",
    );
    let name = format!("spec_{}", Uuid::from_u128(rand()).simple());
    let admin = connect(&server).await;
    admin.execute_unprepared(&format!("CREATE {what} {name}")).await.unwrap();
    admin.close().await.unwrap();
    (server, name)
}

/// A role of PostgreSQL, and the URL of the database for it.
pub struct Role {
    pub name: String,
    pub url: String,
}

async fn connect(url: &str) -> DatabaseConnection {
    let url: provider_connections::store::DatabaseUrl = url.parse().unwrap();
    let db = url.connect_without_limits().await.unwrap();
    assert!(matches!(db.get_database_backend(), DbBackend::Sqlite | DbBackend::Postgres));
    db
}

fn rand() -> u128 {
    u128::from_be_bytes(provider_connections::random::Random::system().bytes())
}
