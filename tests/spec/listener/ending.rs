//! A shutdown ends, whatever clients do.

use std::time::Duration;

use axum::{Router, routing::get};
use provider_connections::{
    client_address::TrustedProxies,
    http::listener::{Ended, Limits, Listener},
};
use tokio::{net::TcpListener, sync::oneshot};

use super::{
    patient,
    raw::{Raw, half, request},
};
use crate::harness::{Binary, Database, LIMIT, Socket, simulator};

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

#[tokio::test]
async fn it_waits_for_what_it_does_and_not_long_for_clients() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (began, reached) = oneshot::channel();
    let began = std::sync::Arc::new(std::sync::Mutex::new(Some(began)));
    let slow = async move || {
        began.lock().unwrap().take().unwrap().send(()).unwrap();
        // Longer than clients are waited for.
        tokio::time::sleep(Duration::from_secs(4)).await;
        "done"
    };
    let server = Listener {
        router: Router::new().route("/", get(slow)),
        limits: Limits::of(100),
        timeouts: patient(),
        trusted: TrustedProxies::default(),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    let hour = Duration::from_hours(1);
    let serving = tokio::spawn(server.serve(listener, shutdown, hour));
    let mut silent = Raw::saying(&url, "GET / HT").await;
    let mut asked = Raw::saying(&url, "GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
    reached.await.unwrap();
    stop.send(()).unwrap();
    assert_eq!(asked.answer().await, (200, "done".to_owned()));
    let ended = tokio::time::timeout(LIMIT, serving).await.expect("it does not end");
    assert_eq!(ended.unwrap(), Ended::InTime);
    silent.closed().await;
}
