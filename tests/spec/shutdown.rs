//! A shutdown loses nothing: what is under way at Nhost Auth ends, and is committed, first.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider, Running};
use serde_json::{Value, json};

use crate::harness::{
    Binary, Cluster, Database, Process, Replica, on_both_empty_databases, simulator,
};

/// A server over a database, and a user who has connected Google.
struct Connected {
    simulator: Running,
    process: Process,
    url: String,
    jwt: String,
    http: reqwest::Client,
}

impl Connected {
    async fn over(database: &Database) -> Self {
        let simulator = simulator().await;
        let mut process = Binary::serve(&simulator, &database.url).start();
        let url = process.url().await;
        let ada = simulator.add_user("ada@example.com");
        simulator.sign_in(ada, Provider::Google, GrantScript::rotating_single_use());
        let jwt = simulator.jwt(ada);
        let connected = Self { simulator, process, url, jwt, http: reqwest::Client::new() };
        let query = "mutation { connectProvider(provider: google) { status } }";
        let answer: Value = connected.ask(query).await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["connectProvider"]["status"], "ACTIVE", "{answer}");
        connected
    }

    fn ask(
        &self,
        query: &str,
    ) -> impl Future<Output = reqwest::Result<reqwest::Response>> + 'static {
        let request = self.http.post(format!("{}/graphql", self.url)).bearer_auth(&self.jwt);
        request.json(&json!({ "query": query })).send()
    }

    fn refresh(&self) -> tokio::task::JoinHandle<reqwest::Result<reqwest::Response>> {
        tokio::spawn(
            self.ask("mutation { refreshProviderToken(provider: google) { accessToken } }"),
        )
    }

    /// The access token that the provider handed out last.
    fn token(&self) -> String {
        let ada = self.simulator.add_user("ada@example.com");
        let grant = self.simulator.grant_of(ada, Provider::Google).unwrap();
        self.simulator.grant(grant).current_access_token
    }

    /// Asks it to stop, and waits until it has heard.
    async fn terminate(&mut self) {
        self.process.terminate();
        self.process.logged("shutting down").await;
    }
}

async fn refreshes_committed(database: &Database) -> i64 {
    let sql =
        "SELECT COUNT(*) FROM provider_connection WHERE generation = 2 AND lease_owner IS NULL";
    database.number(sql).await
}

on_both_empty_databases! {
    async fn a_provider_that_does_not_say_whose_a_token_is_holds_up_no_shutdown(database: Database) {
        let cluster = Cluster::over(database).await;
        let binary = cluster.binary("server").env("SHUTDOWN_TIMEOUT", "5s");
        let server = Replica::start(binary).await;
        let ada = cluster.connected(&server, GrantScript::stable()).await;
        // This sign-in leaves the older refresh token: whose it is is asked beside all else.
        let gate = cluster.simulator.gate(Endpoint::Userinfo);
        cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::no_refresh_token());
        ada.connect(&server).await.data("/connectProvider/id");
        gate.arrived(1).await;
        let ended = server.stop().await;
        assert_eq!(ended.code, Some(0));
        let log = ended.stdout + &ended.stderr;
        assert!(!log.contains("upstream calls or commits did not finish in time"), "{log}");
    }

    async fn a_refresh_under_way_ends_first_and_its_client_gets_the_answer(database: Database) {
        let mut world = Connected::over(&database).await;
        let gate = world.simulator.gate_answers(Endpoint::RefreshProviderToken);
        let refresh = world.refresh();
        gate.arrived(1).await;
        world.terminate().await;
        // Nobody new is let in, and who is in is not thrown out.
        let new = reqwest::Client::new().get(format!("{}/healthz", world.url)).send().await;
        assert!(new.is_err_and(|error| error.is_connect()));
        assert!(!world.process.has_ended());
        assert_eq!(refreshes_committed(&database).await, 0);
        gate.release();
        let answer: Value = refresh.await.unwrap().unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["refreshProviderToken"]["accessToken"], world.token());
        let ended = world.process.end().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains("stopped"), "{ended:?}");
        assert!(!ended.stderr.contains("did not finish in time"), "{ended:?}");
        assert_eq!(refreshes_committed(&database).await, 1);
    }

    async fn a_refresh_whose_client_is_gone_is_committed_all_the_same(database: Database) {
        let mut world = Connected::over(&database).await;
        let gate = world.simulator.gate_answers(Endpoint::RefreshProviderToken);
        let refresh = world.refresh();
        gate.arrived(1).await;
        refresh.abort();
        assert!(refresh.await.is_err_and(|error| error.is_cancelled()));
        world.terminate().await;
        gate.release();
        let ended = world.process.end().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(refreshes_committed(&database).await, 1);
    }
}

#[tokio::test]
async fn connections_that_are_idle_do_not_hold_it_up() {
    let database = Database::sqlite();
    let world = Connected::over(&database).await;
    // The client keeps its connection open.
    world.process.terminate();
    let ended = world.process.end().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stderr.contains("did not finish in time"), "{ended:?}");
}

#[tokio::test]
async fn ctrl_c_ends_it_as_well() {
    let database = Database::sqlite();
    let mut world = Connected::over(&database).await;
    world.process.interrupt();
    world.process.logged("shutting down").await;
    assert_eq!(world.process.end().await.code, Some(0));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let simulator = simulator().await;
    let database = Database::sqlite();
    for setting in ["LISTEN", "METRICS_LISTEN"] {
        let ended = Binary::serve(&simulator, &database.url).env(setting, &address).run().await;
        assert_eq!(ended.code, Some(1));
        let expected = format!("provider-connections: can't listen on {address}: ");
        assert!(ended.stderr.contains(&expected), "{ended:?}");
        assert!(ended.stderr.contains(&format!("set {setting} to another port.")), "{ended:?}");
    }
}
