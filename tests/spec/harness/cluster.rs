use std::{fs, path::PathBuf};

use nhost_auth_simulator::{Endpoint, Gate, GrantScript, Provider, Running};
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{Answer, Binary, Database, Ended, Process, simulator, until};

/// Processes of the binary that share a database and a simulated Nhost Auth, on the machine's own
/// clock.
pub struct Cluster {
    pub simulator: Running,
    pub database: Database,
    /// How the processes reach the database.
    pub database_url: String,
}

impl Cluster {
    pub async fn over(database: Database) -> Self {
        let database_url = database.url.clone();
        Self { simulator: simulator().await, database, database_url }
    }

    /// The process of this name: what it keeps in its own folder, the next one of its name finds.
    pub fn binary(&self, name: &str) -> Binary {
        let userinfo = self.simulator.origin().join("providers/google/userinfo").unwrap();
        Binary::serve(&self.simulator, &self.database_url)
            .env("PROVIDER_GOOGLE_USERINFO_URL", userinfo.as_str())
            .env("SPOOL_DIR", self.spool(name).to_str().unwrap())
            // What is to be seen here are calls that somebody has made.
            .env("REFRESH_CONCURRENCY", "0")
            // And nobody waits for a turn at Nhost Auth.
            .env("NHOST_AUTH_RATE", "0")
    }

    /// The same with credentials for Google, where it refreshes and revokes directly.
    pub fn binary_at_google(&self, name: &str) -> Binary {
        let at = |what| self.simulator.origin().join(&format!("providers/google/{what}")).unwrap();
        self.binary(name)
            .env("PROVIDER_GOOGLE_CLIENT_ID", "simulator-client")
            .env("PROVIDER_GOOGLE_CLIENT_SECRET", "simulator-secret")
            .env("PROVIDER_GOOGLE_TOKEN_URL", at("token").as_str())
            .env("PROVIDER_GOOGLE_REVOCATION_URL", at("revoke").as_str())
    }

    /// Where the process of this name keeps what its database does not take.
    pub fn spool(&self, name: &str) -> PathBuf {
        self.database.folder.path().join(name)
    }

    /// What is in there.
    pub fn spooled(&self, name: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.spool(name)).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }

    pub async fn start(&self, name: &str) -> Replica {
        Replica::start(self.binary(name)).await
    }

    /// A user who is signed in to the app.
    pub fn member(&self, email: &str) -> Member {
        let id = self.simulator.add_user(email);
        let userinfo = self.simulator.origin().join("providers/").unwrap();
        Member { id, jwt: self.simulator.jwt(id), userinfo, http: reqwest::Client::new() }
    }

    /// A user who has connected Google.
    pub async fn connected(&self, replica: &Replica, script: GrantScript) -> Member {
        let ada = self.member("ada@example.com");
        self.simulator.sign_in(ada.id, Provider::Google, script);
        ada.connect(replica).await.data("/connectProvider/id");
        ada
    }

    /// A call whose answer Nhost Auth holds back, after its work.
    pub async fn held(
        &self,
        member: &Member,
        replica: &Replica,
        query: &str,
        endpoint: Endpoint,
    ) -> (Call, Gate) {
        let gate = self.simulator.gate_answers(endpoint);
        let mut call = tokio::spawn(member.ask(replica, query));
        tokio::select! {
            () = gate.arrived(1) => {}
            answer = &mut call => panic!("Nhost Auth was not asked: {answer:?}"),
        }
        (call, gate)
    }

    /// Ends every lease, as time would.
    pub async fn end_leases(&self) {
        let past = self.past();
        let set = format!("UPDATE provider_connection SET lease_until = {past}");
        self.database.execute(&format!("{set} WHERE lease_owner IS NOT NULL")).await;
    }

    /// Makes every access token old enough to be refreshed when it is read.
    pub async fn expire_tokens(&self) {
        let past = self.past();
        let set = format!("UPDATE provider_connection SET access_token_expires_at = {past}");
        self.database.execute(&set).await;
    }

    /// Makes every refresh old enough for the next call not to be joined to it.
    pub async fn age_refreshes(&self) {
        let past = self.past();
        let set = format!("UPDATE provider_connection SET refreshed_at = {past}");
        self.database.execute(&set).await;
    }

    /// Lets every revocation be tried again, as time would.
    pub async fn make_revocations_due(&self) {
        let due = "UPDATE provider_connection_revocation SET due_at = created_at";
        self.database.execute(due).await;
    }

    /// Makes every connection older than what a repeated `connectProvider` is answered with.
    pub async fn age_connections(&self) {
        let past = self.past();
        let set = format!("UPDATE provider_connection SET connected_at = {past}");
        self.database.execute(&set).await;
    }

    /// Over a minute ago by the database's clock.
    fn past(&self) -> &'static str {
        if self.database.is_sqlite() {
            "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-61 seconds')"
        } else {
            "statement_timestamp() - interval '61 seconds'"
        }
    }

    /// The generation of the only connection.
    pub async fn generation(&self) -> i64 {
        self.database.number("SELECT generation FROM provider_connection").await
    }

    /// Waits until the only connection has come that far.
    pub async fn until_generation(&self, wanted: i64) {
        until(async || self.generation().await >= wanted).await;
    }

    /// Waits until no provider is to be told anything any more.
    pub async fn until_all_is_revoked(&self) {
        let waiting = "SELECT COUNT(*) FROM provider_connection_revocation";
        until(async || self.database.number(waiting).await == 0).await;
    }

    /// How many events of this kind were written.
    pub async fn events(&self, kind: &str) -> i64 {
        let count = "SELECT COUNT(*) FROM provider_connection_event WHERE kind";
        self.database.number(&format!("{count} = '{kind}'")).await
    }
}

/// A call that is under way.
pub type Call = JoinHandle<reqwest::Result<Answer>>;

/// A process that serves.
pub struct Replica {
    pub process: Process,
    pub url: String,
}

impl Replica {
    pub async fn start(binary: Binary) -> Self {
        let mut process = binary.start();
        let url = process.url().await;
        Self { process, url }
    }

    /// Waits until the log has a line with all of these words.
    pub async fn logged(&mut self, words: &[&str]) {
        self.process.logged_line(words).await;
    }

    pub async fn stop(self) -> Ended {
        self.process.stop().await
    }
}

/// A user of the app, who asks any of the processes.
#[derive(Clone)]
pub struct Member {
    pub id: Uuid,
    jwt: String,
    userinfo: url::Url,
    http: reqwest::Client,
}

impl Member {
    pub fn jwt(&self) -> &str {
        &self.jwt
    }

    pub async fn connect(&self, replica: &Replica) -> Answer {
        self.ask(replica, CONNECT).await.unwrap()
    }

    pub async fn refresh(&self, replica: &Replica) -> Answer {
        self.ask(replica, REFRESH).await.unwrap()
    }

    pub async fn read(&self, replica: &Replica) -> Answer {
        self.ask(replica, READ).await.unwrap()
    }

    /// The access token that is read, after the provider has taken it.
    pub async fn working_token(&self, replica: &Replica) -> String {
        let answer = self.read(replica).await;
        let token = answer.text("/providerConnection/accessToken");
        assert!(self.can_use(token).await, "the provider does not take {answer:?}");
        token.to_owned()
    }

    /// Asks in a future that lives by itself; an error says that there was no answer.
    pub fn ask(
        &self,
        replica: &Replica,
        query: &str,
    ) -> impl Future<Output = reqwest::Result<Answer>> + Send + use<> {
        self.ask_at(&replica.url, query)
    }

    pub fn ask_at(
        &self,
        url: &str,
        query: &str,
    ) -> impl Future<Output = reqwest::Result<Answer>> + Send + use<> {
        let request = self.http.post(format!("{url}/graphql")).bearer_auth(&self.jwt);
        let request = request.json(&json!({ "query": query })).send();
        async move { Ok(Answer(request.await?.json().await?)) }
    }

    /// Whether Google's API takes the access token.
    pub async fn can_use(&self, access_token: &str) -> bool {
        let url = self.userinfo.join("google/userinfo").unwrap();
        self.http.get(url).bearer_auth(access_token).send().await.unwrap().status() == 200
    }
}

pub const CONNECT: &str =
    "mutation { connectProvider(provider: google) { id status accessToken } }";
pub const REFRESH: &str =
    "mutation { refreshProviderToken(provider: google) { status accessToken } }";
pub const READ: &str = "{ providerConnection(provider: google) { status accessToken } }";
pub const DISCONNECT: &str = "mutation { disconnectProvider(provider: google) { id } }";
