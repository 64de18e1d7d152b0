//! A herd of readers at several processes makes one upstream call.

use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};

use crate::harness::{Cluster, Database, READ};

const ROUNDS: usize = 20;
const READERS_EACH: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_readers_at_three_processes_refresh_a_single_use_token_once_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let replicas = join_all(["a", "b", "c"].map(|name| cluster.start(name))).await;
    let ada = cluster.connected(&replicas[0], GrantScript::rotating_single_use()).await;
    let mut last = ada.working_token(&replicas[0]).await;
    for round in 1..=ROUNDS {
        cluster.expire_tokens().await;
        let readers = (0..READERS_EACH * replicas.len())
            .map(|reader| ada.ask(&replicas[reader % replicas.len()], READ));
        let answers = join_all(readers).await;
        let token = answers[0].as_ref().unwrap().text("/providerConnection/accessToken");
        for answer in &answers {
            assert_eq!(answer.as_ref().unwrap().text("/providerConnection/accessToken"), token);
        }
        assert_ne!(token, last, "round {round}");
        assert_eq!(cluster.simulator.calls(Endpoint::RefreshProviderToken), round);
        token.clone_into(&mut last);
    }
    assert!(ada.can_use(&last).await);
    let grant = cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
    assert!(cluster.simulator.grant(grant).alive);
}
