use std::{collections::HashMap, fmt};

use domain::Provider;
use secrecy::SecretString;
use url::Url;

use super::AppleKey;

/// The operator's client at each provider that is called directly. By default there are none.
#[derive(Clone, Debug, Default)]
pub struct ProviderClients(HashMap<Provider, ProviderClient>);

/// This server's client at a provider, and the provider's endpoints.
#[derive(Clone)]
pub struct ProviderClient {
    pub client_id: String,
    pub secret: ClientSecret,
    pub token_url: Url,
    /// `None`: the provider has no way to revoke a token.
    pub revocation_url: Option<Url>,
}

/// How a client authenticates.
#[derive(Clone)]
pub enum ClientSecret {
    /// One of these secrets, tried in this order, so that an operator can roll one over.
    Shared(Vec<SecretString>),
    /// A JWT that this key signs.
    Apple(AppleKey),
}

impl ProviderClients {
    pub fn get(&self, provider: Provider) -> Option<&ProviderClient> {
        self.0.get(&provider)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Provider, ProviderClient)> for ProviderClients {
    fn from_iter<T: IntoIterator<Item = (Provider, ProviderClient)>>(clients: T) -> Self {
        Self(clients.into_iter().collect())
    }
}

impl IntoIterator for ProviderClients {
    type Item = (Provider, ProviderClient);
    type IntoIter = std::collections::hash_map::IntoIter<Provider, ProviderClient>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for ProviderClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderClient")
            .field("client_id", &self.client_id)
            .field("secret", &self.secret)
            .field("token_url", &self.token_url.as_str())
            .field("revocation_url", &self.revocation_url.as_ref().map(Url::as_str))
            .finish()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared(secrets) => write!(f, "{} shared", secrets.len()),
            Self::Apple(key) => key.fmt(f),
        }
    }
}
