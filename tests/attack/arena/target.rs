use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::harness::{Cluster, Member, Replica};

/// Where attackers come from, unless from many places; the normal client is at 127.0.0.1.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 6, 66);

/// An attacker gives up after this; a server that accepts nothing is seen by the normal client.
const CONNECT: Duration = Duration::from_secs(1);

/// What an attack knows of the server, and how it says what came of it.
#[derive(Clone)]
pub struct Target(Arc<Shared>);

struct Shared {
    url: String,
    address: SocketAddr,
    /// Of a user, whose account anybody can have.
    jwt: String,
    /// Of an OAuth app that the victim, the normal client's user, has once consented to.
    app_jwt: String,
    in_place: watch::Sender<bool>,
    over: CancellationToken,
    requests: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

impl Target {
    pub fn new(cluster: &Cluster, server: &Replica, victim: &Member) -> Self {
        let address = server.url.trim_start_matches("http://").parse().unwrap();
        Self(Arc::new(Shared {
            url: server.url.clone(),
            address,
            jwt: cluster.member("mallory@example.com").jwt().to_owned(),
            app_jwt: app_jwt(cluster, victim),
            in_place: watch::Sender::new(false),
            over: CancellationToken::new(),
            requests: AtomicU64::new(0),
            wrong: Mutex::default(),
        }))
    }

    /// `http://127.0.0.1:4000`
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The JWT of the attacker, who is a user as well.
    pub fn jwt(&self) -> &str {
        &self.0.jwt
    }

    /// The JWT of a third party's app for the victim.
    pub fn app_jwt(&self) -> &str {
        &self.0.app_jwt
    }

    /// A client of HTTP at the attacker's address.
    pub fn http() -> reqwest::ClientBuilder {
        reqwest::Client::builder().local_address(std::net::IpAddr::from(ATTACKER))
    }

    /// A connection from the attacker's address.
    pub async fn connect(&self) -> io::Result<TcpStream> {
        self.connect_from(ATTACKER).await
    }

    pub async fn connect_from(&self, from: Ipv4Addr) -> io::Result<TcpStream> {
        self.connect_by(TcpSocket::new_v4()?, from).await
    }

    /// The same with a socket that can hold next to nothing of what comes.
    pub async fn connect_narrowly(&self, from: Ipv4Addr) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(2048)?;
        self.connect_by(socket, from).await
    }

    async fn connect_by(&self, socket: TcpSocket, from: Ipv4Addr) -> io::Result<TcpStream> {
        socket.bind((from, 0).into())?;
        let connected = timeout(CONNECT, socket.connect(self.0.address)).await;
        connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// All is prepared: what counts is from here on.
    pub fn in_place(&self) {
        self.0.in_place.send_replace(true);
    }

    pub fn is_in_place(&self) -> bool {
        *self.0.in_place.borrow()
    }

    /// Whether the attack is to go on.
    pub fn goes_on(&self) -> bool {
        !self.0.over.is_cancelled()
    }

    /// Waits until the attack is to end.
    pub async fn over(&self) {
        self.0.over.cancelled().await;
    }

    pub fn end(&self) {
        self.0.over.cancel();
    }

    /// One more request, connection or frame was sent.
    pub fn sent(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// The server did what it must not do.
    pub fn is_wrong(&self, what: impl Into<String>) {
        let mut wrong = self.0.wrong.lock().unwrap();
        // The first few say enough.
        if wrong.len() < 5 {
            wrong.push(what.into());
        }
    }

    pub fn wrong(&self) -> Vec<String> {
        self.0.wrong.lock().unwrap().clone()
    }
}

/// As Nhost Auth issues it to OAuth apps: the user's Hasura claims, with `aud` and `scope`.
fn app_jwt(cluster: &Cluster, victim: &Member) -> String {
    let secret: Value = serde_json::from_str(&cluster.simulator.jwt_secret_json()).unwrap();
    let payload = victim.jwt().split('.').nth(1).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
    let mut claims: Value = serde_json::from_slice(&payload).unwrap();
    claims["aud"] = json!("https://app.example.com/client.json");
    claims["scope"] = json!("openid graphql");
    let key = EncodingKey::from_secret(secret["key"].as_str().unwrap().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}
