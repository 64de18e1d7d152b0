mod answers;
mod apple;
mod cases;
mod damaged;
mod errors;
mod nothing_leaks;
pub(in crate::upstream) mod recorder;
mod requests;
mod revocation;
mod rollover;
mod simulated;

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use recorder::{Canned, Recorder};
use secrecy::SecretString;

use super::*;
use crate::upstream::{Evidence, ProviderSession};

const NOW: &str = "2026-01-01T12:00:00Z";

fn clock() -> Clock {
    Clock::from_fn(|| NOW.parse().unwrap())
}

/// What a client of `provider` is set to; its endpoints are below `origin`.
fn client(provider: Provider, secret: ClientSecret, origin: &str) -> ProviderClient {
    let revocation = facts(provider).revocation;
    ProviderClient {
        client_id: "app one".to_owned(),
        secret,
        token_url: format!("{origin}/token").parse().unwrap(),
        revocation_url: revocation.map(|_| format!("{origin}/revoke").parse().unwrap()),
    }
}

/// A client whose secrets are these.
fn shared(secrets: &[&str]) -> ClientSecret {
    ClientSecret::Shared(secrets.iter().map(|secret| (*secret).into()).collect())
}

/// With one secret, `s:e%c+ret`, at the recorder.
fn direct(provider: Provider, recorder: &Recorder) -> Direct {
    direct_with(provider, shared(&["s:e%c+ret"]), recorder)
}

fn direct_with(provider: Provider, secret: ClientSecret, recorder: &Recorder) -> Direct {
    let clients = [(provider, client(provider, secret, &recorder.origin))];
    Direct::new(clients.into_iter().collect(), clock()).unwrap()
}

/// Refreshes once, at a provider that answers so.
async fn refreshed(provider: Provider, answer: Canned) -> Result<ProviderSession, UpstreamError> {
    let recorder = Recorder::start([answer]).await;
    direct(provider, &recorder).refresh(provider, &"the-refresh-token".into(), clock().now()).await
}

fn tokens<'a>(access: &'a SecretString, refresh: Option<&'a SecretString>) -> Tokens<'a> {
    Tokens { access, refresh }
}

/// A new key, and its public half in PEM.
fn apple_key() -> (AppleKey, String) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let private = pem("PRIVATE KEY", pair.to_pkcs8v1().unwrap().as_ref());
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let key = AppleKey::new("TEAM123456".to_owned(), "KEY1234567".to_owned(), &private).unwrap();
    (key, pem("PUBLIC KEY", public.as_ref()))
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}
