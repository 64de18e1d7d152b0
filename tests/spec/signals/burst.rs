//! Thousands of messages at once: forged, repeated, for another app, about nobody, and genuine. The
//! right connections change, providers are called no more often for it, and others are served.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::State;
use entity::provider_connection;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider, SignalMessage};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpStream, tcp::OwnedReadHalf},
};
use uuid::Uuid;

use super::world;
use crate::harness::{World, on_both_empty_databases};

/// Connections that the messages come on. Nobody waits for an answer before the next one.
const CONNECTIONS: usize = 8;
/// Users with a connection to each of two providers that genuine messages are about.
const USERS: usize = 20;

/// How many messages are sent, unless `SIGNAL_BURST` says another number. Unoptimised, 10,000 take
/// about 18 seconds of CPU time; what is particular to PostgreSQL shows with fewer.
fn burst(world: &World) -> usize {
    let number = std::env::var("SIGNAL_BURST").ok().and_then(|text| text.parse().ok());
    number.unwrap_or(if world.database.is_sqlite() { 10_000 } else { 2_000 })
}

fn email(number: usize) -> String {
    format!("user-{number}@example.com")
}

/// As it goes over the wire, and the status that it is answered with.
struct Sent {
    request: Vec<u8>,
    status: u16,
}

impl Sent {
    fn new(provider: Provider, message: &SignalMessage, status: u16) -> Self {
        let SignalMessage { headers, body } = message;
        let headers = headers
            .iter()
            .fold(String::new(), |headers, (name, value)| headers + name + ": " + value + "\r\n");
        let length = body.len();
        let request = format!(
            "POST /signals/{provider} HTTP/1.1\r\nhost: here\r\n{headers}content-length: {length}\
             \r\n\r\n{body}"
        );
        Self { request: request.into_bytes(), status }
    }
}

/// Everything that is sent, and which of the users genuine messages are about.
struct Burst {
    sent: Vec<Sent>,
    genuine: usize,
    of_google: BTreeSet<usize>,
    of_github: BTreeSet<usize>,
}

impl Burst {
    /// `repeated` was sent before.
    fn new(world: &World, repeated: &SignalMessage) -> Self {
        let simulator = &world.simulator;
        let ada = world.id_of(Provider::Google, "ada@example.com");
        let forged_google = {
            let mut message = simulator.google_signal("tokens-revoked", &ada);
            message.body.truncate(message.body.len() - 4);
            message
        };
        let ada = world.id_of(Provider::Github, "ada@example.com");
        let mut forged_github = simulator.github_signal(&ada, "1".to_owned());
        forged_github.body.push(' ');
        let ada = world.id_of(Provider::Discord, "ada@example.com");
        let mut forged_discord = simulator.discord_signal(&ada);
        forged_discord.body.push(' ');
        let of_another_app = another_apps(world);
        let mut this = Self {
            sent: Vec::new(),
            genuine: 0,
            of_google: BTreeSet::new(),
            of_github: BTreeSet::new(),
        };
        for number in 0..burst(world) {
            let sent = match number % 10 {
                0 => {
                    let unknown = simulator.google_signal("tokens-revoked", &number.to_string());
                    Sent::new(Provider::Google, &unknown, 202)
                }
                1 => {
                    let unknown = simulator.discord_signal(&number.to_string());
                    Sent::new(Provider::Discord, &unknown, 204)
                }
                2 | 3 => Sent::new(Provider::Google, repeated, 202),
                4 => Sent::new(Provider::Google, &forged_google, 400),
                5 => Sent::new(Provider::Github, &forged_github, 401),
                6 => Sent::new(Provider::Discord, &forged_discord, 401),
                7 | 8 => Sent::new(Provider::Google, &of_another_app, 400),
                _ => this.genuine(world, number / 10),
            };
            this.sent.push(sent);
        }
        this
    }

    fn genuine(&mut self, world: &World, number: usize) -> Sent {
        self.genuine += 1;
        let user = number / 2 % USERS;
        if number.is_multiple_of(2) {
            self.of_google.insert(user);
            let account = world.id_of(Provider::Google, &email(user));
            let message = world.simulator.google_signal("tokens-revoked", &account);
            return Sent::new(Provider::Google, &message, 202);
        }
        self.of_github.insert(user);
        let account = world.id_of(Provider::Github, &email(user));
        let delivery = Uuid::from_u128(number as u128).to_string();
        Sent::new(Provider::Github, &world.simulator.github_signal(&account, delivery), 204)
    }
}

/// What Google says to another app about Ada.
fn another_apps(world: &World) -> SignalMessage {
    let event = "https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked";
    let subject = json!({
        "subject_type": "iss-sub",
        "iss": "https://accounts.google.com/",
        "sub": world.id_of(Provider::Google, "ada@example.com"),
    });
    world.simulator.google_token(&json!({
        "iss": "https://accounts.google.com/",
        "aud": "another-app",
        "iat": world.now().timestamp(),
        "jti": "1",
        "events": { event: { "subject": subject } },
    }))
}

/// Sends all of it on one connection, and checks the answers.
async fn send(address: &str, sent: Vec<Sent>) {
    let (read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let requests: Vec<u8> = sent.iter().flat_map(|sent| &sent.request).copied().collect();
    let written = tokio::spawn(async move {
        write.write_all(&requests).await.unwrap();
        write
    });
    let mut answers = BufReader::new(read);
    for (number, sent) in sent.iter().enumerate() {
        let request = || String::from_utf8_lossy(&sent.request);
        assert_eq!(status(&mut answers).await, sent.status, "{number}: {}", request());
    }
    written.await.unwrap();
}

/// The status of the next answer, whose body is read as well.
async fn status(answers: &mut BufReader<OwnedReadHalf>) -> u16 {
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        assert_ne!(answers.read_line(&mut line).await.unwrap(), 0, "the connection was closed");
        let line = line.trim_end().to_lowercase();
        if let Some(rest) = line.strip_prefix("http/1.1 ") {
            status = rest[..3].parse().unwrap();
        } else if let Some(rest) = line.strip_prefix("content-length: ") {
            length = rest.parse().unwrap();
        } else if line.is_empty() {
            break;
        }
    }
    answers.read_exact(&mut vec![0; length]).await.unwrap();
    status
}

impl World {
    /// The rows of a user, but for when their tokens were read.
    async fn rows_but_reads(&self, user_id: Uuid) -> Vec<provider_connection::Model> {
        let mut rows = Vec::new();
        for provider in [Provider::Google, Provider::Github] {
            let row = self.row(user_id, provider).await.unwrap();
            rows.push(provider_connection::Model { used_at: None, ..row });
        }
        rows
    }
}

on_both_empty_databases! {
    async fn of_very_many_messages_the_genuine_ones_count_once_and_nobody_else_is_held_up(
        database: Database
    ) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        let mut users: Vec<_> = (0..USERS).map(|number| world.user(&email(number))).collect();
        for user in users.iter().chain([&ada]) {
            user.connected(Provider::Google, GrantScript::stable()).await;
            user.connected(Provider::Github, GrantScript::stable()).await;
        }
        let grant = bob.connected(Provider::Google, GrantScript::stable()).await;
        let unknown = "SELECT COUNT(*) FROM provider_connection WHERE account_digest IS NULL";
        while world.database.number(unknown).await > 0 {
            world.server.connections.look_up_due().await.unwrap();
        }
        world.advance(TimeDelta::minutes(4));
        let repeated = world.simulator.signal_revoked(grant).unwrap();
        assert_eq!(world.signal(Provider::Google, &repeated).await, 202);
        let before = world.rows_but_reads(ada.id).await;

        let burst = Burst::new(&world, &repeated);
        let mut shares: Vec<_> = (0..CONNECTIONS).map(|_| Vec::new()).collect();
        for (number, sent) in burst.sent.into_iter().enumerate() {
            shares[number % CONNECTIONS].push(sent);
        }
        let address = world.server.url.strip_prefix("http://").unwrap();
        let flood = join_all(shares.into_iter().map(|share| send(address, share)));
        let reads = async {
            for _ in 0..20 {
                ada.access_token(Provider::Google).await;
                worker.work().await;
            }
        };
        tokio::join!(flood, reads);
        worker.work().await;

        assert_eq!(world.rows_but_reads(ada.id).await, before);
        for (number, user) in users.iter_mut().enumerate() {
            let (google, github) = (
                world.row(user.id, Provider::Google).await.unwrap(),
                world.row(user.id, Provider::Github).await.unwrap(),
            );
            let has_ended = google.state == State::ReauthenticationRequired;
            assert_eq!(has_ended, burst.of_google.contains(&number), "{number}");
            let refreshes = i64::from(burst.of_github.contains(&number));
            assert_eq!((github.state, github.generation), (State::Active, 1 + refreshes));
        }
        // Each was asked about once, though many messages were about it.
        let refreshed = world.simulator.calls(Endpoint::RefreshProviderToken);
        assert_eq!(refreshed, burst.of_github.len());
        let ends = i64::try_from(burst.of_google.len()).unwrap();
        assert_eq!(world.ends("Google said: tokens-revoked").await, ends + 1);
        // Nothing is kept of what is about nobody.
        let heard = "SELECT COUNT(*) FROM provider_connection_signal";
        let genuine = i64::try_from(burst.genuine).unwrap();
        assert_eq!(world.database.number(heard).await, genuine + 1);
        let early = "SELECT COUNT(*) FROM provider_connection_early_signal";
        assert_eq!(world.database.number(early).await, 0);
    }
}
