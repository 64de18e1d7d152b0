//! The network swallows at each named point of each operation, and at each of its round trips.

use futures_util::{StreamExt, stream};
use tokio::net::TcpListener;

use super::*;
use crate::harness::DISCONNECT;

/// Stops a process at a point, until it is let go.
struct Stop(TcpListener);

impl Stop {
    async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// Waits until the process is there; it goes on when the answer is dropped.
    async fn reached(&self, point: &str) -> tokio::net::TcpStream {
        let reached = tokio::time::timeout(LIMIT, self.0.accept()).await;
        reached.unwrap_or_else(|_| panic!("{point} is not reached")).unwrap().0
    }
}

/// The operation that a point is named after, at a user who has connected before, unless it is
/// that which is swallowed.
async fn swallowed_at(point: &'static str) {
    let stop = Stop::new().await;
    let mut it = Swallowed::with(&[]).await;
    let what = point.split_once('.').unwrap().0;
    let ada = it.cluster.member("ada@example.com");
    let script = GrantScript::rotating_with_grace(TimeDelta::hours(1));
    it.cluster.simulator.sign_in(ada.id, Provider::Google, script);
    if what != "connect" {
        ada.connect(&it.server).await.data("/connectProvider/id");
        it.cluster.expire_tokens().await;
    }
    if what == "worker" {
        let due = "UPDATE provider_connection SET refresh_due_at = now()";
        it.cluster.database.execute(due).await;
    }
    if what == "replay" {
        // One that was killed has left its tokens in the spool.
        let call = it.call_into(&ada, REFRESH, Endpoint::RefreshProviderToken).await;
        call.await.unwrap().unwrap().text("/refreshProviderToken/accessToken");
        it.proxy.restore();
        it.proxy.cut();
    }
    let worker = if what == "worker" || what == "revoke" { "1" } else { "0" };
    let binary = it.cluster.binary_at_google("server").env("REFRESH_CONCURRENCY", worker);
    let at = if what == "worker" { "refresh.answered" } else { point };
    let binary = binary
        .env("DATABASE_MAX_CONNECTIONS", "3")
        .env("STOP_AT", at)
        .env("STOP_ADDRESS", &stop.address());
    if what == "replay" {
        std::mem::replace(&mut it.server.process, binary.start()).kill().await;
        drop(arrives(&it, &stop, point).await);
        it.server.url = it.server.process.url().await;
    } else {
        let first = std::mem::replace(&mut it.server, Replica::start(binary).await);
        first.stop().await;
        let query = match what {
            "connect" => Some(CONNECT),
            "refresh" => Some(READ),
            "disconnect" | "revoke" => Some(DISCONNECT),
            _ => None,
        };
        let call = query.map(|query| tokio::spawn(ada.ask(&it.server, query)));
        drop(arrives(&it, &stop, point).await);
        if let Some(call) = call {
            // An answer or an error, but soon.
            let answered = tokio::time::timeout(Duration::from_secs(15), call).await;
            answered.unwrap_or_else(|_| panic!("{point}: no answer")).unwrap().unwrap();
        }
    }
    is_survived(&it, &ada, point).await;
}

async fn arrives(it: &Swallowed, stop: &Stop, point: &str) -> tokio::net::TcpStream {
    let reached = stop.reached(point).await;
    it.proxy.swallow();
    reached
}

/// What the user finds when the network is back, and with them whoever got an error and tries again.
async fn is_survived(it: &Swallowed, ada: &Member, point: &str) {
    let what = point.split_once('.').unwrap().0;
    let restored = Instant::now();
    it.proxy.restore();
    // A lease that could not be given back ends by itself.
    it.cluster.end_leases().await;
    until(async || it.cluster.spooled("server").is_empty()).await;
    let retried = match what {
        "connect" => CONNECT,
        "disconnect" | "revoke" => DISCONNECT,
        _ => READ,
    };
    until(async || {
        let answer = ada.ask(&it.server, retried).await.unwrap();
        answer.0["errors"].is_null() || answer.code() == "NOT_CONNECTED"
    })
    .await;
    took(restored);
    if retried == DISCONNECT {
        assert!(ada.read(&it.server).await.data("/providerConnection").is_null(), "{point}");
        it.cluster.make_revocations_due().await;
        // A start tells the provider at once, and not in a minute.
        let other = it.cluster.binary_at_google("other").env("REFRESH_CONCURRENCY", "1");
        let _other = Replica::start(other).await;
        it.cluster.until_all_is_revoked().await;
        let grant = it.cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
        assert!(!it.cluster.simulator.grant(grant).alive, "{point}");
        return;
    }
    ada.working_token(&it.server).await;
    it.cluster.end_leases().await;
    it.cluster.expire_tokens().await;
    ada.working_token(&it.server).await;
}

macro_rules! at_each_point {
    ($($name:ident: $point:literal,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            swallowed_at($point).await;
        }
    )*};
}

at_each_point! {
    connect_leased_postgres: "connect.leased",
    connect_fetched_postgres: "connect.fetched",
    connect_committed_postgres: "connect.committed",
    refresh_leased_postgres: "refresh.leased",
    refresh_answered_postgres: "refresh.answered",
    refresh_committed_postgres: "refresh.committed",
    worker_answered_postgres: "worker.answered",
    replay_read_postgres: "replay.read",
    replay_committed_postgres: "replay.committed",
    disconnect_before_postgres: "disconnect.before",
    disconnect_committed_postgres: "disconnect.committed",
    revoke_claimed_postgres: "revoke.claimed",
    revoke_answered_postgres: "revoke.answered",
}

/// Processes at once.
const AT_ONCE: usize = 6;

/// Swallows at each round trip of an operation in turn, until the operation ends before the next. A
/// read refreshes here.
///
/// How many there are depends on the machine too: the server's jobs ask the database meanwhile.
async fn at_each_trip_of(operation: &'static str, when: AtCommit) {
    let trips = stream::iter(1..)
        .map(|number| swallowed_at_trip(number, operation, when))
        .buffered(AT_ONCE)
        .take_while(|swallowed| std::future::ready(*swallowed))
        .count()
        .await;
    assert!(trips >= 2, "{trips}");
}

/// Answers whether there was such a round trip.
async fn swallowed_at_trip(number: usize, operation: &str, when: AtCommit) -> bool {
    let it = Swallowed::new().await;
    let ada = it.cluster.member("ada@example.com");
    let script = GrantScript::rotating_with_grace(TimeDelta::hours(1));
    it.cluster.simulator.sign_in(ada.id, Provider::Google, script);
    if operation != CONNECT {
        ada.connect(&it.server).await.data("/connectProvider/id");
        it.cluster.expire_tokens().await;
    }
    it.proxy.swallow_at_trip(number, when);
    let answer = ada.ask(&it.server, operation).await.unwrap();
    let swallowed = it.proxy.swallows();
    if !swallowed {
        answer.data("");
    }
    let restored = Instant::now();
    it.proxy.restore();
    it.cluster.end_leases().await;
    until(async || it.cluster.spooled("server").is_empty()).await;
    until(async || {
        let answer = ada.ask(&it.server, operation).await.unwrap();
        answer.0["errors"].is_null() || answer.code() == "NOT_CONNECTED"
    })
    .await;
    took(restored);
    if operation == DISCONNECT {
        assert!(ada.read(&it.server).await.data("/providerConnection").is_null());
    } else {
        ada.working_token(&it.server).await;
        let grant = it.cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
        assert!(it.cluster.simulator.grant(grant).alive);
    }
    swallowed
}

macro_rules! at_each_trip {
    ($($name:ident: $operation:ident $when:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            at_each_trip_of($operation, AtCommit::$when).await;
        }
    )*};
}

at_each_trip! {
    each_trip_of_a_connect_that_is_not_sent_postgres: CONNECT BeforeItIsSent,
    each_trip_of_a_connect_that_is_not_answered_postgres: CONNECT BeforeItIsAnswered,
    each_trip_of_a_refresh_that_is_not_sent_postgres: READ BeforeItIsSent,
    each_trip_of_a_refresh_that_is_not_answered_postgres: READ BeforeItIsAnswered,
    each_trip_of_a_disconnect_that_is_not_sent_postgres: DISCONNECT BeforeItIsSent,
    each_trip_of_a_disconnect_that_is_not_answered_postgres: DISCONNECT BeforeItIsAnswered,
}
