use std::{net::SocketAddr, time::Duration};

use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;

use super::{
    Config, CorsOrigins, DatabaseConfig, DeletedUsersConfig, FrameAncestors, Introspection,
    ListenerConfig, RefreshConfig, ScopesConfig, SignInConfig, TrustedDocuments, WebhookConfig,
};
use crate::{
    auth::JwtSecrets,
    signals::SignalSettings,
    upstream::{ProviderClients, UserinfoUrls},
    vault::KeyRing,
};

/// What can be read of the settings: whatever is `None` has put its mistake on the list.
#[derive(Debug)]
pub struct Readable {
    pub listen: Option<SocketAddr>,
    pub listener: Option<ListenerConfig>,
    pub database: Option<DatabaseConfig>,
    pub refresh: Option<RefreshConfig>,
    pub nhost_auth_url: Option<Url>,
    pub nhost_auth_public_url: Option<Url>,
    pub jwt_secrets: Option<JwtSecrets>,
    pub encryption_keys: Option<KeyRing>,
    /// May be left out.
    pub service_secret: Option<SecretString>,
    pub introspection: Option<Introspection>,
    pub graphiql: Option<bool>,
    pub allowed_hosts: Vec<String>,
    pub cors: CorsOrigins,
    pub frame_ancestors: FrameAncestors,
    pub sign_in: Option<SignInConfig>,
    pub metrics_listen: Option<SocketAddr>,
    pub providers: ProviderClients,
    pub userinfo_urls: UserinfoUrls,
    pub signals: SignalSettings,
    pub account_lookup: Option<bool>,
    pub scopes: ScopesConfig,
    pub event_retention: Option<TimeDelta>,
    pub expires_soon_before: Option<TimeDelta>,
    pub shutdown_timeout: Option<Duration>,
    pub subscription_limit: Option<usize>,
    /// May be left out, too.
    pub trusted_documents: Option<TrustedDocuments>,
    pub webhooks: Option<WebhookConfig>,
    /// May be left out.
    pub deleted_users: Option<DeletedUsersConfig>,
}

impl Readable {
    /// The settings, if all of them can be read.
    pub(super) fn whole(self) -> Option<Config> {
        Some(Config {
            listen: self.listen?,
            listener: self.listener?,
            database: self.database?,
            refresh: self.refresh?,
            nhost_auth_url: self.nhost_auth_url?,
            nhost_auth_public_url: self.nhost_auth_public_url?,
            jwt_secrets: self.jwt_secrets?,
            encryption_keys: self.encryption_keys?,
            service_secret: self.service_secret,
            introspection: self.introspection?,
            graphiql: self.graphiql?,
            allowed_hosts: self.allowed_hosts,
            cors: self.cors,
            frame_ancestors: self.frame_ancestors,
            sign_in: self.sign_in?,
            metrics_listen: self.metrics_listen,
            providers: self.providers,
            userinfo_urls: self.userinfo_urls,
            signals: self.signals,
            account_lookup: self.account_lookup?,
            scopes: self.scopes,
            event_retention: self.event_retention?,
            expires_soon_before: self.expires_soon_before?,
            shutdown_timeout: self.shutdown_timeout?,
            subscription_limit: self.subscription_limit?,
            trusted_documents: self.trusted_documents,
            webhooks: self.webhooks?,
            deleted_users: self.deleted_users,
        })
    }
}
