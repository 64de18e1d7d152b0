//! What it takes to authenticate a request by each kind of JWT: the first request with a token
//! (cold), and a later one with the same token (warm).
//!
//! ```text
//! cargo bench --bench jwt
//! ```
//!
//! Prints microseconds on one core, medians of `ROUNDS` (7) interleaved rounds of `TOKENS` (500)
//! requests, and each as a share of HS256's warm figure. Then the memory (resident) that 100,000
//! tokens leave behind, of which the cache keeps as many as its bound allows.

#![expect(clippy::unwrap_used, reason = "a measurement that can't go on ends")]

use std::{
    fs,
    time::{Duration, Instant},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use axum::{Router, routing::get};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use http::{HeaderMap, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use provider_connections::{
    auth::{Authenticator, JwtSecret, JwtVerifier},
    clock::Clock,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

const NOW: i64 = 1_800_000_000;
/// So many tokens of other users come for the measurement of memory.
const CROWD: u128 = 100_000;

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A way to sign, and a server's own to verify.
struct Kind {
    name: &'static str,
    algorithm: Algorithm,
    signing: EncodingKey,
    authenticator: Authenticator,
    cold: Vec<Duration>,
    warm: Vec<Duration>,
}

impl Kind {
    fn new(name: &'static str, algorithm: Algorithm, signing: EncodingKey, secret: &Value) -> Self {
        let secret = JwtSecret::parse(&secret.to_string()).unwrap().into();
        let clock = Clock::from_fn(|| DateTime::<Utc>::from_timestamp(NOW, 0).unwrap());
        let authenticator = Authenticator::new(JwtVerifier::new(&secret, clock).unwrap(), None);
        Self { name, algorithm, signing, authenticator, cold: Vec::new(), warm: Vec::new() }
    }

    /// The headers of a user's request, whose token is like those of Nhost Auth.
    fn request(&self, user: u128) -> HeaderMap {
        let user = Uuid::from_u128(user);
        let payload = json!({
            "sub": user,
            "iss": "hasura-auth",
            "iat": NOW - 100,
            "exp": NOW + 800,
            "https://hasura.io/jwt/claims": {
                "x-hasura-user-id": user,
                "x-hasura-default-role": "user",
                "x-hasura-allowed-roles": ["user", "me"],
                "x-hasura-user-is-anonymous": "false",
            },
        });
        let header = Header { kid: Some("key".to_owned()), ..Header::new(self.algorithm) };
        let token = jsonwebtoken::encode(&header, &payload, &self.signing).unwrap();
        HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())])
    }

    /// How long these requests take, each on average.
    async fn take<'a>(&self, requests: impl Iterator<Item = &'a HeaderMap>) -> Duration {
        let (since, mut number) = (Instant::now(), 0);
        for request in requests {
            std::hint::black_box(self.authenticator.authenticate(request).await.unwrap());
            number += 1;
        }
        since.elapsed() / number
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (rounds, tokens) = (number("ROUNDS", 7), number("TOKENS", 500));
    let mut kinds = kinds().await;
    let mut users = 0..;
    for _ in 0..rounds {
        for kind in &mut kinds {
            let requests: Vec<_> =
                users.by_ref().take(tokens).map(|user| kind.request(user)).collect();
            let cold = kind.take(requests.iter()).await;
            let again = std::iter::repeat_n(&requests[0], tokens);
            let warm = kind.take(again).await;
            kind.cold.push(cold);
            kind.warm.push(warm);
        }
    }
    let base = median(&mut kinds[0].warm);
    for kind in &mut kinds {
        let (cold, warm) = (median(&mut kind.cold), median(&mut kind.warm));
        println!(
            "{:<12} cold {cold:6.1} us   warm {warm:5.2} us, {:.2} of HS256's",
            kind.name,
            warm / base
        );
    }

    let crowd = &kinds[0];
    let before = resident();
    for user in 0..CROWD {
        // Twice: once for the cache to know it, and once to use it.
        let request = crowd.request(user + (1 << 64));
        crowd.take([&request, &request].into_iter()).await;
    }
    println!("{CROWD} tokens left {} KiB behind", resident().saturating_sub(before));
}

async fn kinds() -> Vec<Kind> {
    let shared = "a shared secret of over thirty-two bytes";
    let rsa = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = rsa.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = rsa.public_key().as_der().unwrap();
    let by_rsa =
        || EncodingKey::from_rsa_pem(pem("PRIVATE KEY", private.as_ref()).as_bytes()).unwrap();
    let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let p256_public: PublicKeyX509Der<'_> = p256.public_key().as_der().unwrap();
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let ed25519_public: PublicKeyX509Der<'_> = ed25519.public_key().as_der().unwrap();
    let secret =
        |name: &str, public: &[u8]| json!({ "type": name, "key": pem("PUBLIC KEY", public) });
    let url = publish(&by_rsa()).await;
    vec![
        Kind::new(
            "HS256",
            Algorithm::HS256,
            EncodingKey::from_secret(shared.as_bytes()),
            &json!({ "type": "HS256", "key": shared }),
        ),
        Kind::new("RS256", Algorithm::RS256, by_rsa(), &secret("RS256", public.as_ref())),
        Kind::new("RS256 JWKS", Algorithm::RS256, by_rsa(), &json!({ "jwk_url": url })),
        Kind::new(
            "ES256",
            Algorithm::ES256,
            EncodingKey::from_ec_der(p256.to_pkcs8v1().unwrap().as_ref()),
            &secret("ES256", p256_public.as_ref()),
        ),
        Kind::new(
            "Ed25519",
            Algorithm::EdDSA,
            EncodingKey::from_ed_der(ed25519.to_pkcs8v1().unwrap().as_ref()),
            &secret("Ed25519", ed25519_public.as_ref()),
        ),
    ]
}

/// The URL of a key set with this key.
async fn publish(key: &EncodingKey) -> String {
    let mut jwk =
        serde_json::to_value(Jwk::from_encoding_key(key, Algorithm::RS256).unwrap()).unwrap();
    jwk["kid"] = "key".into();
    let set = json!({ "keys": [jwk] }).to_string();
    let app = Router::new().route("/", get(async move || set));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

/// In microseconds.
fn median(all: &mut [Duration]) -> f64 {
    all.sort_unstable();
    all[all.len() / 2].as_secs_f64() * 1e6
}

/// Resident memory of this process in KiB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}
