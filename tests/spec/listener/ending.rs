//! A shutdown ends, whatever clients do.

use super::raw::{Raw, half, request};
use crate::harness::{Binary, Database, Socket, simulator};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_do_nothing_do_not_keep_it() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let binary = Binary::serve(&simulator, &database.url).env("SHUTDOWN_TIMEOUT", "1s");
    let mut process = binary.start();
    let url = process.url().await;
    let ada = simulator.jwt(simulator.add_user("ada@example.com"));
    let mut deaf = Raw::narrow(&url).await;
    let many = request("", "{ __schema { types { description } } }").repeat(100);
    let _ = tokio::time::timeout(super::SOON, deaf.say_while_taken(&many)).await;
    let mut answered = Raw::saying(&url, &request("", "{ __typename }")).await;
    assert_eq!(answered.answer().await.0, 200);
    let _all = (
        Raw::connect(&url).await,
        Raw::saying(&url, "POST /gra").await,
        Raw::saying(&url, &half("{ __typename }")).await,
        Raw::saying(&url, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await,
        Socket::connect(&url, &[]).await.unwrap(),
        Socket::subscribed(&url, &ada).await,
        deaf,
        answered,
    );
    process.terminate();
    let ended = process.end().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("stopped"), "{ended:?}");
}
