use nhost_auth_simulator::Provider;
use provider_connections::{
    config::Config,
    upstream::{ClientSecret, ProviderClient, ProviderClients},
};
use url::Url;

/// Has a provider refreshed without Nhost Auth, at the simulator.
pub fn directly(config: &mut Config, provider: Provider) {
    let path = format!("/providers/{provider}/token");
    let token_url = config.nhost_auth_url.join(&path).unwrap();
    directly_at(config, provider, token_url);
}

/// The same at another address.
pub fn directly_at(config: &mut Config, provider: Provider, token_url: Url) {
    let client = ProviderClient {
        client_id: "simulator-client".to_owned(),
        secret: ClientSecret::Shared(vec!["simulator-secret".into()]),
        token_url,
        revocation_url: None,
    };
    let provider = provider.as_str().parse().unwrap();
    config.providers = ProviderClients::from_iter([(provider, client)]);
}
