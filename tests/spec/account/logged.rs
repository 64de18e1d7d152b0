//! An account that can't be opened is the operator's to know of, once.

use nhost_auth_simulator::GrantScript;

use crate::harness::{Cluster, Database, Replica};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_can_not_be_opened_is_logged_once_however_often_it_is_read() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let server = Replica::start(cluster.binary("server").env("ACCOUNT_LOOKUP", "on")).await;
    let ada = cluster.connected(&server, GrantScript::stable()).await;
    // Nobody asks the provider for it any more.
    let unreadable = "UPDATE provider_connection SET profile = access_token, \
                      profile_connected_at = connected_at, look_up_due_at = NULL";
    cluster.database.execute(unreadable).await;
    let fields = "account { id } accountUnavailableBecause";
    let query = format!(
        "{{ page: providerConnection(provider: google) {{ {fields} }} \
           element: providerConnections {{ {fields} }} }}"
    );
    for _ in 0..3 {
        let answer = ada.ask_at(&server.url, &query).await.unwrap();
        assert_eq!(answer.text("/page/accountUnavailableBecause"), "UNREADABLE");
        assert_eq!(answer.text("/element/0/accountUnavailableBecause"), "UNREADABLE");
    }
    let log = server.stop().await.stderr;
    let said = log.matches("a stored account can't be decrypted").count();
    assert_eq!(said, 1, "{log}");
}
