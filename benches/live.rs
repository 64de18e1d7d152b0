//! What subscribers cost, and how soon they hear of a change on another replica: run it by
//! `scripts/bench-live`, which says what it prints. The servers are processes of their own.

#![expect(clippy::unwrap_used, reason = "a measurement that can't go on ends")]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt, stream};
use nhost_auth_simulator::{GrantScript, Options, Provider, Running, Simulator};
use provider_connections::{random::Random, vault::KeyRing};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use uuid::Uuid;

/// Connecting at once, so that a listener's queue is not what is measured.
const AT_ONCE: usize = 16;

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::main]
async fn main() {
    let (subscribers, changes) = (number("SUBSCRIBERS", 1_000), number("CHANGES", 200));
    let database = std::env::var("TEST_POSTGRES_URL").expect("run it under scripts/postgres");
    let simulator = Simulator::start(Options::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let keys = KeyRing::generate("bench", &Random::system());
    let writer = Server::start(&simulator, &database, &keys);
    let reader = Server::start(&simulator, &database, &keys);

    let ada = simulator.add_user("ada@example.com");
    let mut socket = subscribe(&reader.address, &simulator, ada).await;
    let before = reader.resident();
    let simulated = &simulator;
    let address = &reader.address;
    let crowd: Vec<_> = stream::iter(0..subscribers)
        .map(|number| async move {
            let user = simulated.add_user(&format!("{number}@example.com"));
            subscribe(address, simulated, user).await
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let grown = reader.resident().saturating_sub(before);
    let each =
        f64::from(u32::try_from(grown).unwrap()) / f64::from(u32::try_from(subscribers).unwrap());
    println!("{subscribers} subscribers: {grown} KiB more, {each:.1} KiB each");

    let http = reqwest::Client::new();
    let jwt = simulator.jwt(ada);
    let mut latencies = Vec::new();
    for number in 0..changes {
        // A disconnection calls no upstream: the answer comes as soon as it is committed.
        simulator.sign_in(ada, Provider::Google, GrantScript::stable());
        for mutation in ["connectProvider", "disconnectProvider"] {
            let query = format!("mutation {{ {mutation}(provider: google) {{ id }} }}");
            let request = http.post(format!("http://{}/graphql", writer.address)).bearer_auth(&jwt);
            let since = Instant::now();
            let answer = tokio::spawn(request.json(&json!({ "query": query })).send());
            let message = next(&mut socket).await;
            let latency = since.elapsed();
            let answer: Value = answer.await.unwrap().unwrap().json().await.unwrap();
            assert!(answer["errors"].is_null(), "{number}: {answer} {message}");
            if mutation == "disconnectProvider" {
                latencies.push(latency);
            }
        }
    }
    latencies.sort_unstable();
    let milliseconds =
        |share: usize| latencies[(latencies.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "from the request on one replica to the message of another, {changes} changes: median {:.1} ms, 95 % {:.1} ms",
        milliseconds(50),
        milliseconds(95)
    );
    drop(crowd);
}

type Socket = WebSocketStream<TcpStream>;

async fn subscribe(address: &str, simulator: &Running, user: Uuid) -> Socket {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = client_async(request, stream).await.unwrap();
    let authorization = format!("Bearer {}", simulator.jwt(user));
    let query = "subscription { providerConnectionChanged { userId provider event { id kind } } }";
    for message in [
        json!({ "type": "connection_init", "payload": { "authorization": authorization } }),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": query } }),
    ] {
        socket.send(Message::text(message.to_string())).await.unwrap();
        next(&mut socket).await;
    }
    socket
}

/// The next message but the reads of tokens.
async fn next(socket: &mut Socket) -> String {
    loop {
        let message = tokio::time::timeout(Duration::from_mins(1), socket.next()).await;
        if let Message::Text(text) = message.unwrap().unwrap().unwrap() {
            return text.to_string();
        }
    }
}

/// A server that is killed in the end.
struct Server {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(simulator: &Running, database: &str, keys: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_provider-connections"))
            .env_clear()
            .current_dir(folder.path())
            .env("LISTEN", "127.0.0.1:0")
            .env("LOG_FORMAT", "json")
            .env("DATABASE_URL", database)
            .env("NHOST_AUTH_URL", simulator.base_url().as_str())
            .env("NHOST_JWT_SECRET", simulator.jwt_secret_json())
            .env("ENCRYPTION_KEYS", keys)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let line = lines.find(|line| line.contains("serving GraphQL at /graphql")).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        let address = line["address"].as_str().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, _folder: folder }
    }

    /// Memory that it has, in KiB.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
