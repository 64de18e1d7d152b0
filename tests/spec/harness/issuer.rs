use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair,
    },
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use uuid::Uuid;

/// A key of an issuer's.
#[derive(Clone)]
pub struct IssuerKey {
    pub kid: String,
    pub algorithm: Algorithm,
    private: EncodingKey,
}

impl IssuerKey {
    pub fn new(kid: &str, algorithm: Algorithm) -> Self {
        let private = match algorithm {
            Algorithm::ES256 => ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)),
            Algorithm::ES384 => ec(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)),
            Algorithm::EdDSA => {
                let pair = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
                EncodingKey::from_ed_der(pair.as_ref())
            }
            _ => {
                let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
                let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
                let pem = jsonwebtoken_pem(der.as_ref());
                EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
            }
        };
        Self { kid: kid.to_owned(), algorithm, private }
    }

    /// The public half, as it is published.
    pub fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = self.kid.clone().into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// A user's JWT by this key that ends at `exp`, in seconds since 1970.
    pub fn jwt(&self, user_id: Uuid, exp: i64) -> String {
        self.sign(Some(self.kid.clone()), user_id, exp)
    }

    /// The same without a word on the key.
    pub fn jwt_without_kid(&self, user_id: Uuid, exp: i64) -> String {
        self.sign(None, user_id, exp)
    }

    fn sign(&self, kid: Option<String>, user_id: Uuid, exp: i64) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = kid;
        let payload = json!({
            "sub": user_id,
            "exp": exp,
            "https://hasura.io/jwt/claims": {
                "x-hasura-user-id": user_id,
                "x-hasura-default-role": "user",
                "x-hasura-allowed-roles": ["user"],
            },
        });
        jsonwebtoken::encode(&header, &payload, &self.private).unwrap()
    }
}

fn ec(pair: Result<EcdsaKeyPair, aws_lc_rs::error::Unspecified>) -> EncodingKey {
    EncodingKey::from_ec_der(pair.unwrap().to_pkcs8v1().unwrap().as_ref())
}

fn jsonwebtoken_pem(der: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

/// What an issuer answers at its `jwk_url`.
#[derive(Clone)]
pub struct Published {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Published {
    pub fn keys(keys: &[&IssuerKey]) -> Self {
        Self::set(&json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }))
    }

    pub fn set(set: &Value) -> Self {
        let (status, headers) = (StatusCode::OK, HeaderMap::new());
        Self { status, headers, body: set.to_string().into_bytes() }
    }

    pub fn down() -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, ..Self::set(&Value::Null) }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }
}

/// An issuer of JWTs that publishes its keys over HTTP.
pub struct Issuer {
    pub jwk_url: String,
    published: Arc<Mutex<Published>>,
    fetches: Arc<AtomicUsize>,
    held: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Issuer {
    pub async fn start(published: Published) -> Self {
        let published = Arc::new(Mutex::new(published));
        let fetches = Arc::<AtomicUsize>::default();
        let held = watch::Sender::new(false);
        let app = Router::new().route("/jwks.json", get(answer)).with_state(Answering {
            published: published.clone(),
            fetches: fetches.clone(),
            held: held.subscribe(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let jwk_url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { jwk_url, published, fetches, held, task }
    }

    pub fn publish(&self, published: Published) {
        *self.published.lock().unwrap() = published;
    }

    /// Answers nobody until it is released, as on a slow network.
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    pub fn release(&self) {
        self.held.send_replace(false);
    }

    /// How often the keys were asked for.
    pub fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Answering {
    published: Arc<Mutex<Published>>,
    fetches: Arc<AtomicUsize>,
    held: watch::Receiver<bool>,
}

async fn answer(State(Answering { published, fetches, mut held }): State<Answering>) -> Response {
    fetches.fetch_add(1, Ordering::SeqCst);
    held.wait_for(|held| !held).await.unwrap();
    let Published { status, headers, body } = published.lock().unwrap().clone();
    (status, headers, body).into_response()
}
