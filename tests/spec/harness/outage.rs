use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{Answer, CONNECT, Call, Cluster, Database, Member, Proxy, REFRESH, Replica};

/// A cluster whose database can be made to take no commit: PostgreSQL is out of reach, SQLite is
/// locked by somebody else, who lets it be read.
pub struct Outage {
    pub cluster: Cluster,
    proxy: Option<Proxy>,
    lock: Option<DatabaseConnection>,
}

impl Outage {
    pub async fn over(database: Database) -> Self {
        let mut cluster = Cluster::over(database).await;
        let url = cluster.database.url.clone();
        let mut proxy = None;
        if !cluster.database.is_sqlite() {
            let way = Proxy::to(&url).await;
            cluster.database_url = way.url(&url);
            proxy = Some(way);
        }
        Self { cluster, proxy, lock: None }
    }

    pub async fn begin(&mut self) {
        if let Some(proxy) = &self.proxy {
            proxy.down();
            return;
        }
        let lock = self.cluster.database.connect().await;
        lock.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
        self.lock = Some(lock);
    }

    pub async fn end(&mut self) {
        if let Some(proxy) = &self.proxy {
            proxy.up();
        }
        if let Some(lock) = self.lock.take() {
            lock.execute_unprepared("ROLLBACK").await.unwrap();
            lock.close().await.unwrap();
        }
    }

    /// The network to PostgreSQL is dead, and nobody is told.
    pub fn freeze(&self) {
        self.proxy.as_ref().unwrap().freeze();
    }

    /// A process of this name that reaches the database all the time.
    pub async fn other(&self, name: &str) -> Replica {
        let binary = self.cluster.binary(name).env("DATABASE_URL", &self.cluster.database.url);
        Replica::start(binary).await
    }

    /// A user who has signed in with Google, and not connected yet.
    pub fn signed_in(&self, script: GrantScript) -> Member {
        let ada = self.cluster.member("ada@example.com");
        self.cluster.simulator.sign_in(ada.id, Provider::Google, script);
        ada
    }

    /// A refresh whose answer comes when the database does not take it any more.
    pub async fn refresh_into(&mut self, ada: &Member, server: &Replica) -> Call {
        self.call_into(ada, server, REFRESH, Endpoint::RefreshProviderToken).await
    }

    /// A `connectProvider` whose session comes when the database does not take it any more.
    pub async fn connect_into(&mut self, ada: &Member, server: &Replica) -> Call {
        self.call_into(ada, server, CONNECT, Endpoint::ProviderTokens).await
    }

    /// The call is answered, its server is killed, and the outage ends: what the call brought is in
    /// that server's spool alone.
    pub async fn leaves_in_the_spool(&mut self, call: Call, server: Replica) -> Answer {
        let answer = call.await.unwrap().unwrap();
        server.process.kill().await;
        self.end().await;
        answer
    }

    async fn call_into(
        &mut self,
        ada: &Member,
        server: &Replica,
        query: &str,
        endpoint: Endpoint,
    ) -> Call {
        let (call, gate) = self.cluster.held(ada, server, query, endpoint).await;
        self.begin().await;
        gate.release();
        call
    }
}
