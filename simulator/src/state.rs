//! Everything that Nhost Auth and the providers remember.

mod grants;
mod rows;
mod sessions;
mod users;

use std::collections::HashMap;

use url::Url;
use uuid::Uuid;

pub(crate) use rows::NoSession;
pub(crate) use sessions::Consent;
pub(crate) use users::User;

use crate::{
    Endpoint, GrantId, Provider,
    calls::Calls,
    fault::{Fault, Faults},
    gate::{Bar, Hold},
    grant::Grant,
    limits::Counted,
};

/// The memory of a simulator; always behind its one lock, which is never held across an `await`.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) users: HashMap<Uuid, User>,
    addresses: HashMap<String, Uuid>,
    /// `auth.user_providers`; a user's newest row of a provider is the last.
    rows: HashMap<(Uuid, Provider), Vec<rows::Row>>,
    /// Whose row an account at a provider is: an account has one row at most.
    owners: HashMap<(Provider, String), Uuid>,
    /// In the order of their beginning.
    grants: Vec<Grant>,
    grant_index: HashMap<GrantId, usize>,
    /// Which grant a token belongs to, even if the grant has ended.
    token_index: HashMap<String, usize>,
    /// Grants whose refreshes the provider answers otherwise.
    pub(crate) blocked: HashMap<GrantId, Fault>,
    sessions: HashMap<String, sessions::RefreshToken>,
    sign_in_codes: HashMap<String, sessions::SignInCode>,
    personal_access_tokens: HashMap<Uuid, Uuid>,
    consents: HashMap<String, Consent>,
    providers: HashMap<Provider, Settings>,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    pub(crate) counted: Counted,
    pub(crate) bars: Vec<(Endpoint, Hold, Bar)>,
    /// Every secret that is not a token of a grant.
    pub(crate) handed_out: Vec<String>,
    /// Where browsers reach the simulator, without `/v1`.
    pub(crate) origin: Option<Url>,
    /// `AUTH_CLIENT_URL`; `None`: a page of the simulator's own.
    pub(crate) client_url: Option<Url>,
    /// Whether the newest row is read where a user has several accounts of a provider.
    pub(crate) reads_many_rows: bool,
}

/// How a provider is set up.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) down: bool,
    /// Configured at Nhost Auth.
    pub(crate) enabled: bool,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            down: false,
            enabled: true,
            client_id: "simulator-client".to_owned(),
            client_secret: "simulator-secret".to_owned(),
        }
    }
}

impl State {
    pub(crate) fn new(origin: Option<Url>) -> Self {
        Self { origin, ..Self::default() }
    }

    pub(crate) fn provider(&self, provider: Provider) -> Settings {
        self.providers.get(&provider).cloned().unwrap_or_default()
    }

    pub(crate) fn provider_mut(&mut self, provider: Provider) -> &mut Settings {
        self.providers.entry(provider).or_default()
    }

    /// Remembers `secret` for `Simulator::secrets`.
    pub(crate) fn hand_out(&mut self, secret: String) -> String {
        self.handed_out.push(secret.clone());
        secret
    }

    /// Every secret that was ever handed out.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let tokens = self.grants.iter().flat_map(Grant::tokens);
        tokens.map(str::to_owned).chain(self.handed_out.iter().cloned()).collect()
    }

    /// What holds calls to `endpoint`.
    pub(crate) fn bar(&mut self, endpoint: Endpoint, hold: Hold) -> Option<Bar> {
        self.bars.retain(|(_, _, bar)| !bar.is_open());
        self.bars
            .iter()
            .find(|(at, when, _)| *at == endpoint && *when == hold)
            .map(|(_, _, bar)| bar.clone())
    }
}
