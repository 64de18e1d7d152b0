//! The handle that tests and the binary hold.

mod calls;
mod faults;
mod grants;
mod users;

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use url::Url;

use crate::{
    Clock, LinkEndpoint, Options, RateLimits, Running, SignUp, SigningError, clock::Offset,
    jwt::Keys, signals::SignalKeys, state::State,
};

/// Nhost Auth and the OAuth providers behind it. Clones are the same simulator.
#[derive(Clone)]
pub struct Simulator(Arc<Inner>);

struct Inner {
    clock: Clock,
    offset: Offset,
    keys: Keys,
    signal_keys: SignalKeys,
    /// `None`: its own address.
    issuer: Option<String>,
    is_openid_provider: bool,
    rate_limits: RateLimits,
    access_token_lifetime: Duration,
    version: String,
    redirect_urls: Vec<String>,
    sign_in_lifetime: Duration,
    sign_up: SignUp,
    link_endpoint: LinkEndpoint,
    state: Mutex<State>,
}

impl Simulator {
    /// A simulator that is not served yet.
    ///
    /// # Panics
    /// When the options hold a key that can't be used; [`Simulator::try_new`] says why.
    pub fn new(options: Options) -> Self {
        Self::try_new(options).expect("the signing key of the options is usable")
    }

    /// A simulator that is not served yet.
    pub fn try_new(options: Options) -> Result<Self, SigningError> {
        let offset = Offset::default();
        let mut state = State::new(options.public_url);
        state.client_url = options.client_url;
        state.reads_many_rows = !options.fails_with_two_accounts;
        Ok(Self(Arc::new(Inner {
            clock: offset.on(&options.clock),
            offset,
            keys: Keys::new(&options.signing)?,
            signal_keys: SignalKeys::new()?,
            issuer: (!options.issues_by_address).then_some(options.issuer),
            is_openid_provider: options.is_openid_provider,
            rate_limits: options.rate_limits,
            access_token_lifetime: options.access_token_lifetime,
            version: options.version,
            redirect_urls: options.redirect_urls,
            sign_in_lifetime: options.sign_in_lifetime,
            sign_up: options.sign_up,
            link_endpoint: options.link_endpoint,
            state: Mutex::new(state),
        })))
    }

    /// A simulator, served on `address` (port 0: any free one) until the answer is dropped.
    pub async fn start(options: Options, address: SocketAddr) -> std::io::Result<Running> {
        let simulator = Self::try_new(options).map_err(std::io::Error::other)?;
        simulator.serve(address).await
    }

    /// Serves this simulator on `address` until the answer is dropped.
    pub async fn serve(&self, address: SocketAddr) -> std::io::Result<Running> {
        Running::start(self.clone(), address).await
    }

    /// Everything it answers: `/v1` (Nhost Auth), `/providers`, `/graphql/v1`, `/control`.
    ///
    /// Faults that drop the connection unwind the handler's task: a layer that catches panics,
    /// put around this router, turns them into an answer.
    pub fn router(&self) -> axum::Router {
        crate::http::router(self)
    }

    /// The secret in Nhost's format, for `NHOST_JWT_SECRET`.
    pub fn jwt_secret_json(&self) -> String {
        self.0.keys.secret(self.0.issuer.as_deref()).to_string()
    }

    /// The time that this simulator goes by.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// The clock of this simulator, for a server that should share it.
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// Puts the clock forward, on top of the one that was handed in.
    pub fn advance(&self, by: Duration) {
        self.0.offset.advance(by);
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked with the lock in hand must not hide behind other tests' panics.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The claim `iss`.
    pub(crate) fn issuer(&self) -> String {
        self.0.issuer.clone().unwrap_or_else(|| self.absolute("/v1"))
    }

    /// What `/.well-known/openid-configuration` answers, where there is one.
    pub(crate) fn openid_configuration(&self) -> Option<serde_json::Value> {
        let issuer = self.issuer();
        self.0.is_openid_provider.then(|| serde_json::json!({ "issuer": issuer }))
    }

    /// Whether a call of `client` to `path` is within the limits.
    pub(crate) fn allows(&self, client: &str, path: &str) -> bool {
        let now = self.now();
        self.state().counted.allows(&self.0.rate_limits, (client, path), now)
    }

    /// `AUTH_CLIENT_URL` from now on: a test's page may be there only after the simulator.
    pub fn set_client_url(&self, url: Url) {
        self.state().client_url = Some(url);
    }

    /// `AUTH_CLIENT_URL`: where sign-ins that fail at the provider come back to.
    pub(crate) fn client_url(&self) -> String {
        let own = self.state().client_url.clone();
        own.map_or_else(|| self.absolute("/"), Url::into)
    }

    pub(crate) fn redirect_urls(&self) -> &[String] {
        &self.0.redirect_urls
    }

    pub(crate) fn sign_up(&self) -> SignUp {
        self.0.sign_up
    }

    pub(crate) fn link_endpoint(&self) -> LinkEndpoint {
        self.0.link_endpoint
    }

    pub(crate) fn version(&self) -> &str {
        &self.0.version
    }

    pub(crate) fn jwks(&self) -> serde_json::Value {
        self.0.keys.jwks()
    }

    pub(crate) fn signal_keys(&self) -> &SignalKeys {
        &self.0.signal_keys
    }

    /// An address on this simulator; relative while it does not know its own.
    pub(crate) fn absolute(&self, path: &str) -> String {
        let origin = self.state().origin.clone();
        origin.and_then(|origin| origin.join(path).ok()).map_or_else(|| path.to_owned(), Url::into)
    }

    pub(crate) fn default_origin(&self, origin: Url) {
        self.state().origin.get_or_insert(origin);
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Simulator")
    }
}
