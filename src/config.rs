//! Every setting: an environment variable and a flag of the same name.
//!
//! All are read as text and checked together, so that one start reports every mistake.

#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

mod deleted_users;
mod ends;
pub mod environment;
pub mod groups;
mod hosts;
mod keys;
mod kms;
mod listener;
mod mistakes;
mod nhost_auth;
mod origins;
mod providers;
mod readable;
pub(crate) mod reference;
mod refresh;
mod scopes;
mod sign_in;
mod telemetry;
mod trusted;
mod webhooks;

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use clap::Args;
pub use deleted_users::{DeletedUsersArgs, DeletedUsersConfig};
pub use ends::EndArgs;
pub use hosts::HostsArgs;
pub use keys::KeyArgs;
pub use kms::KmsArgs;
pub use listener::{ListenerArgs, ListenerConfig, Timeouts};
pub(crate) use mistakes::Mistakes;
pub(crate) use nhost_auth::lacks_prefix;
pub use origins::{CorsOrigins, FrameAncestors};
pub use readable::Readable;
pub use refresh::{RefreshArgs, RefreshConfig};
pub use scopes::ScopesConfig;
use secrecy::SecretString;
pub use sign_in::{SignInArgs, SignInConfig};
pub use telemetry::{Export, Root, SamplerConfig, TelemetryConfig};
pub use trusted::TrustedDocuments;
use url::Url;
pub use webhooks::{WebhookArgs, WebhookConfig};

use crate::{
    auth::JwtSecrets,
    signals::SignalSettings,
    store::DatabaseUrl,
    upstream::{ProviderClients, UserinfoUrls},
    vault::KeyRing,
};

const DEFAULT_DATABASE_URL: &str = "sqlite://provider-connections.db";

/// The settings as they were given.
#[derive(Args, Clone, Default)]
pub struct ConfigArgs {
    /// Address and port to listen on. Use 0.0.0.0:4000 in a container
    #[arg(
        long,
        env = "LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:4000",
        help_heading = groups::SERVER,
    )]
    listen: String,

    /// Serve the GraphiQL page at /graphiql
    #[arg(
        long,
        env = "GRAPHIQL",
        value_name = "true|false",
        default_value = "false",
        help_heading = groups::SERVER,
    )]
    graphiql: String,

    /// How long a shutdown waits for open requests, and after that for running upstream calls and
    /// their commits
    #[arg(
        long,
        env = "SHUTDOWN_TIMEOUT",
        value_name = "DURATION",
        default_value = "30s",
        help_heading = groups::SERVER,
    )]
    shutdown_timeout: String,

    #[command(flatten)]
    database: DatabaseArgs,

    /// How long the events of a connection (its history) are kept. At least 1d
    #[arg(
        long,
        env = "EVENT_RETENTION",
        value_name = "DURATION",
        default_value = "90d",
        help_heading = groups::DATABASE,
    )]
    event_retention: String,

    /// Base URL of Nhost Auth as this server reaches it, such as
    /// `https://SUBDOMAIN.auth.REGION.nhost.run/v1`
    #[arg(long, env = "NHOST_AUTH_URL", value_name = "URL", help_heading = groups::NHOST)]
    nhost_auth_url: Option<String>,

    /// Subdomain of the Nhost project. Together with NHOST_REGION it replaces NHOST_AUTH_URL
    #[arg(long, env = "NHOST_SUBDOMAIN", value_name = "NAME", help_heading = groups::NHOST)]
    nhost_subdomain: Option<String>,

    /// Region of the Nhost project, such as eu-central-1
    #[arg(long, env = "NHOST_REGION", value_name = "NAME", help_heading = groups::NHOST)]
    nhost_region: Option<String>,

    /// Base URL of Nhost Auth as browsers reach it. By default NHOST_AUTH_URL
    #[arg(long, env = "NHOST_AUTH_PUBLIC_URL", value_name = "URL", help_heading = groups::NHOST)]
    nhost_auth_public_url: Option<String>,

    /// JWT secret of the Nhost project: JSON such as `{"type":"HS256","key":"…"}`, or only the key
    /// if its type is HS256. See docs/jwt.md
    #[arg(
        long,
        env = "NHOST_JWT_SECRET",
        value_name = "JSON|KEY",
        hide_env_values = true,
        help_heading = groups::NHOST,
    )]
    nhost_jwt_secret: Option<String>,
    /// File that holds NHOST_JWT_SECRET
    #[arg(long, env = "NHOST_JWT_SECRET_FILE", value_name = "FILE", help_heading = groups::NHOST)]
    nhost_jwt_secret_file: Option<PathBuf>,

    /// Hasura's name for NHOST_JWT_SECRET. Set one of the two
    #[arg(
        long,
        env = "HASURA_GRAPHQL_JWT_SECRET",
        value_name = "JSON|KEY",
        hide_env_values = true,
        help_heading = groups::NHOST,
    )]
    hasura_graphql_jwt_secret: Option<String>,
    /// File that holds HASURA_GRAPHQL_JWT_SECRET
    #[arg(
        long,
        env = "HASURA_GRAPHQL_JWT_SECRET_FILE",
        value_name = "FILE",
        help_heading = groups::NHOST,
    )]
    hasura_graphql_jwt_secret_file: Option<PathBuf>,

    /// Several JWT secrets as a JSON list, for several issuers or while you change a key. It
    /// replaces NHOST_JWT_SECRET and HASURA_GRAPHQL_JWT_SECRET
    #[arg(
        long,
        env = "HASURA_GRAPHQL_JWT_SECRETS",
        value_name = "JSON",
        hide_env_values = true,
        help_heading = groups::NHOST,
    )]
    hasura_graphql_jwt_secrets: Option<String>,
    /// File that holds HASURA_GRAPHQL_JWT_SECRETS
    #[arg(
        long,
        env = "HASURA_GRAPHQL_JWT_SECRETS_FILE",
        value_name = "FILE",
        help_heading = groups::NHOST,
    )]
    hasura_graphql_jwt_secrets_file: Option<PathBuf>,

    /// Audiences (`aud`) of your users' session JWTs, separated by commas. A JWT with any other
    /// audience counts as one of an app that acts for the user. Nhost's sessions have no audience.
    /// See docs/jwt.md
    #[arg(
        long,
        env = "ALLOWED_AUDIENCES",
        value_name = "AUDIENCE,…",
        default_value = "",
        help_heading = groups::NHOST,
    )]
    allowed_audiences: String,

    #[command(flatten)]
    deleted_users: DeletedUsersArgs,

    #[command(flatten)]
    keys: KeyArgs,

    /// Secret that Hasura and other services send in the header x-service-secret. At least 32
    /// characters. Without it no service can call
    #[arg(
        long,
        env = "SERVICE_SECRET",
        value_name = "SECRET",
        hide_env_values = true,
        help_heading = groups::ACCESS,
    )]
    service_secret: Option<String>,
    /// File that holds SERVICE_SECRET
    #[arg(long, env = "SERVICE_SECRET_FILE", value_name = "FILE", help_heading = groups::ACCESS)]
    service_secret_file: Option<PathBuf>,

    /// Who may read the GraphQL schema: everyone, services with SERVICE_SECRET, or no one
    #[arg(
        long,
        env = "INTROSPECTION",
        value_name = "public|service|off",
        default_value = "public",
        help_heading = groups::ACCESS,
    )]
    introspection: String,

    #[command(flatten)]
    hosts: HostsArgs,

    /// Origins of the web pages and web views that may call this server, separated by commas, such
    /// as `https://app.example.com` or `capacitor://localhost`. `*` allows every origin. By
    /// default none
    #[arg(
        long,
        env = "CORS_ALLOWED_ORIGINS",
        value_name = "ORIGIN,…",
        default_value = "",
        help_heading = groups::ACCESS,
    )]
    cors_allowed_origins: String,

    /// Origins whose pages may show this server's pages in a frame, separated by commas. By
    /// default none
    #[arg(
        long,
        env = "FRAME_ALLOWED_ORIGINS",
        value_name = "ORIGIN,…",
        default_value = "",
        help_heading = groups::ACCESS,
    )]
    frame_allowed_origins: String,

    /// Manifest of the GraphQL documents that users may run, as Relay, Apollo or GraphQL Code
    /// Generator write it. By default users may run any document. See docs/clients.md
    #[arg(long, env = "TRUSTED_DOCUMENTS", value_name = "FILE", help_heading = groups::ACCESS)]
    trusted_documents: Option<PathBuf>,

    #[command(flatten)]
    sign_in: SignInArgs,

    /// Ask providers which account a user has connected, and show it. `off` also deletes the
    /// account data that is stored. See docs/providers.md
    #[arg(
        long,
        env = "ACCOUNT_LOOKUP",
        value_name = "on|off",
        default_value = "on",
        help_heading = groups::PROVIDERS,
    )]
    account_lookup: String,

    #[command(flatten)]
    refresh: RefreshArgs,

    #[command(flatten)]
    ends: EndArgs,

    #[command(flatten)]
    listener: ListenerArgs,

    /// Maximum number of clients that subscribe to changes at the same time. 0 turns subscriptions
    /// off. See docs/live.md
    #[arg(
        long,
        env = "SUBSCRIPTION_LIMIT",
        value_name = "NUMBER",
        default_value = "10000",
        help_heading = groups::LIMITS,
    )]
    subscription_limit: String,

    #[command(flatten)]
    webhooks: WebhookArgs,

    /// Address and port that serve metrics for Prometheus, at /metrics. By default none. See
    /// docs/metrics.md
    #[arg(
        long,
        env = "METRICS_LISTEN",
        value_name = "ADDRESS:PORT",
        help_heading = groups::TELEMETRY,
    )]
    metrics_listen: Option<String>,
}

/// Where the database is.
#[derive(Args, Clone, Default)]
pub struct DatabaseArgs {
    /// The database: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE` (PostgreSQL
    /// 13 or later)
    #[arg(
        long = "database-url",
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        default_value = DEFAULT_DATABASE_URL,
        help_heading = groups::DATABASE,
    )]
    url: String,
    /// File that holds DATABASE_URL
    #[arg(
        long = "database-url-file",
        env = "DATABASE_URL_FILE",
        value_name = "FILE",
        help_heading = groups::DATABASE,
    )]
    url_file: Option<PathBuf>,

    /// The same database without the connection pooler (such as PgBouncer) in between. Migrations
    /// use it. By default DATABASE_URL
    #[arg(
        long = "database-direct-url",
        env = "DATABASE_DIRECT_URL",
        value_name = "URL",
        hide_env_values = true,
        help_heading = groups::DATABASE,
    )]
    direct_url: Option<String>,
    /// File that holds DATABASE_DIRECT_URL
    #[arg(
        long = "database-direct-url-file",
        env = "DATABASE_DIRECT_URL_FILE",
        value_name = "FILE",
        help_heading = groups::DATABASE,
    )]
    direct_url_file: Option<PathBuf>,

    /// Maximum number of database connections that this server opens
    #[arg(
        long = "database-max-connections",
        env = "DATABASE_MAX_CONNECTIONS",
        value_name = "NUMBER",
        default_value = "10",
        help_heading = groups::DATABASE,
    )]
    max_connections: String,
}

/// The settings, checked.
#[derive(Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub listener: ListenerConfig,
    pub database: DatabaseConfig,
    pub refresh: RefreshConfig,
    pub nhost_auth_url: Url,
    pub nhost_auth_public_url: Url,
    pub jwt_secrets: JwtSecrets,
    pub encryption_keys: KeyRing,
    pub service_secret: Option<SecretString>,
    pub introspection: Introspection,
    pub graphiql: bool,
    /// Names of this server, in lower case.
    pub allowed_hosts: Vec<String>,
    pub cors: CorsOrigins,
    pub frame_ancestors: FrameAncestors,
    pub sign_in: SignInConfig,
    pub metrics_listen: Option<SocketAddr>,
    /// For direct refresh and revocation; from `PROVIDER_<ID>_…`, which aren't flags.
    pub providers: ProviderClients,
    /// Where providers say whose a token is, where that is not their own address.
    pub userinfo_urls: UserinfoUrls,
    /// Which providers' signals are listened to; from `PROVIDER_<ID>_…` as well.
    pub signals: SignalSettings,
    /// Whether providers are asked which account a user has connected.
    pub account_lookup: bool,
    pub scopes: ScopesConfig,
    pub event_retention: TimeDelta,
    /// So long before a connection ends its user is told; 0: not at all.
    pub expires_soon_before: TimeDelta,
    pub shutdown_timeout: Duration,
    /// Subscribers at once; 0: there are no subscriptions.
    pub subscription_limit: usize,
    /// What users may run. `None`: whatever the schema has.
    pub trusted_documents: Option<TrustedDocuments>,
    pub webhooks: WebhookConfig,
    /// The search for deleted users. `None`: there is none.
    pub deleted_users: Option<DeletedUsersConfig>,
}

/// The database and how many connections to it.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    pub url: DatabaseUrl,
    /// For migrations, where set.
    pub direct_url: Option<DatabaseUrl>,
    pub max_connections: u32,
}

/// Who may read the schema over the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introspection {
    Public,
    Service,
    Off,
}

impl Introspection {
    /// As the setting has them.
    const NAMED: [(&str, Self); 3] =
        [("public", Self::Public), ("service", Self::Service), ("off", Self::Off)];
}

/// A secret of a command's own, from its variable or its file; what is wrong with it joins the
/// other mistakes.
pub(crate) fn secret(
    mistakes: &mut Vec<String>,
    name: &str,
    value: Option<String>,
    file: Option<PathBuf>,
) -> Option<SecretString> {
    let mut own = Mistakes::default();
    let secret = own.secret(name, value, file);
    mistakes.extend(own.into_list());
    secret
}

/// The JWT secrets, where sessions may carry the audiences of `ALLOWED_AUDIENCES`.
fn with_audiences(secrets: Option<JwtSecrets>, audiences: &str) -> Option<JwtSecrets> {
    let audiences = audiences.split(',').map(str::trim).filter(|of| !of.is_empty());
    let audiences: Vec<_> = audiences.map(str::to_owned).collect();
    secrets.map(|secrets| secrets.with_session_audiences(&audiences))
}

fn metrics_listen(mistakes: &mut Mistakes, address: Option<String>) -> Option<SocketAddr> {
    let address = address.filter(|address| !address.trim().is_empty())?;
    mistakes.parse("METRICS_LISTEN", &address, "write ADDRESS:PORT, such as 0.0.0.0:9090")
}

/// Every mistake in the settings, a line each.
#[derive(Debug)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "a mistake" } else { "mistakes" };
        write!(f, "the settings have {plural}:")?;
        for mistake in &self.0 {
            write!(f, "\n  - {mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl ConfigArgs {
    /// Checks all settings, with the providers' from the environment of the process.
    ///
    /// # Errors
    /// Lists every mistake, with what to do about each.
    pub fn check(self) -> Result<Config, ConfigError> {
        let (readable, mistakes) = self.read();
        mistakes.unless_any(readable.whole())
    }

    /// The same for callers that continue with the valid settings: these, and every mistake.
    pub fn examine(self) -> (Readable, Vec<String>) {
        let (readable, mistakes) = self.read();
        (readable, mistakes.into_list())
    }

    fn read(self) -> (Readable, Mistakes) {
        let mut mistakes = Mistakes::of_environment();
        let variables = providers::variables(&mut mistakes, environment::vars_os());
        let (variables, signals) = providers::signals(&mut mistakes, variables);
        let (providers, userinfo_urls, scopes) = providers::read(&mut mistakes, variables);
        let listen =
            mistakes.parse("LISTEN", &self.listen, "write ADDRESS:PORT, such as 0.0.0.0:4000");
        let listener = self.listener.check_into(&mut mistakes);
        let database = self.database.check_into(&mut mistakes);
        let refresh = self.refresh.check_into(&mut mistakes);
        let nhost_auth_url =
            mistakes.nhost_auth_url(self.nhost_auth_url, self.nhost_subdomain, self.nhost_region);
        let nhost_auth_public_url = self
            .nhost_auth_public_url
            .filter(|url| !url.trim().is_empty())
            .map_or(Some(nhost_auth_url.clone()), |url| {
                Some(mistakes.http_url("NHOST_AUTH_PUBLIC_URL", &url))
            })
            .flatten();
        let nhost =
            mistakes.secret("NHOST_JWT_SECRET", self.nhost_jwt_secret, self.nhost_jwt_secret_file);
        let hasura = mistakes.secret(
            "HASURA_GRAPHQL_JWT_SECRET",
            self.hasura_graphql_jwt_secret,
            self.hasura_graphql_jwt_secret_file,
        );
        let several = mistakes.secret(
            "HASURA_GRAPHQL_JWT_SECRETS",
            self.hasura_graphql_jwt_secrets,
            self.hasura_graphql_jwt_secrets_file,
        );
        let jwt_secrets = match several {
            Some(several) => mistakes.jwt_secrets(&several),
            None => mistakes.jwt_secret(nhost, hasura),
        };
        let jwt_secrets = with_audiences(jwt_secrets, &self.allowed_audiences);
        let encryption_keys = self.keys.check_into(&mut mistakes);
        let service_secret = mistakes.service_secret(self.service_secret, self.service_secret_file);
        let introspection =
            mistakes.one_of("INTROSPECTION", &self.introspection, &Introspection::NAMED);
        let account_lookup = mistakes.one_of(
            "ACCOUNT_LOOKUP",
            &self.account_lookup,
            &[("on", true), ("off", false)],
        );
        let graphiql =
            mistakes.one_of("GRAPHIQL", &self.graphiql, &[("true", true), ("false", false)]);
        let allowed_hosts = self.hosts.check_into(&mut mistakes);
        let cors = mistakes.cors(&self.cors_allowed_origins);
        if cors == CorsOrigins::All && jwt_secrets.as_ref().is_some_and(JwtSecrets::uses_cookies) {
            mistakes.add(
                "CORS_ALLOWED_ORIGINS is *, but the JWT comes in a cookie, so any page could use \
                 it: list the origins of your app",
            );
        }
        let frame_ancestors = mistakes.frame_ancestors(&self.frame_allowed_origins);
        let sign_in = self.sign_in.check_into(&mut mistakes);
        let metrics_listen = metrics_listen(&mut mistakes, self.metrics_listen);
        // Commits whose answer was lost are looked up in the events: they must not be gone by then.
        let event_retention = mistakes.duration(
            "EVENT_RETENTION",
            &self.event_retention,
            TimeDelta::days(1)..=TimeDelta::days(36_525),
        );
        let expires_soon_before = self.ends.check_into(&mut mistakes);
        let shutdown_timeout = mistakes.shutdown_timeout(&self.shutdown_timeout);
        let subscription_limit = mistakes.subscription_limit(&self.subscription_limit);
        let trusted_documents = mistakes.trusted_documents(self.trusted_documents.as_deref());
        let webhooks = self.webhooks.check_into(&mut mistakes);
        let deleted_users = self.deleted_users.check_into(&mut mistakes, nhost_auth_url.as_ref());
        let readable = Readable {
            listen,
            listener,
            database,
            refresh,
            nhost_auth_url,
            nhost_auth_public_url,
            jwt_secrets,
            encryption_keys,
            service_secret,
            introspection,
            graphiql,
            allowed_hosts,
            cors,
            frame_ancestors,
            sign_in,
            metrics_listen,
            providers,
            userinfo_urls,
            signals,
            account_lookup,
            scopes,
            event_retention,
            expires_soon_before,
            shutdown_timeout,
            subscription_limit,
            trusted_documents,
            webhooks,
            deleted_users,
        };
        (readable, mistakes)
    }
}

impl DatabaseArgs {
    /// Checks the database's settings alone, for the commands that need no more.
    ///
    /// # Errors
    /// Lists every mistake, with what to do about each.
    pub fn check(self) -> Result<DatabaseConfig, ConfigError> {
        let mut mistakes = Mistakes::of_environment();
        let config = self.check_into(&mut mistakes);
        mistakes.unless_any(config)
    }

    fn check_into(self, mistakes: &mut Mistakes) -> Option<DatabaseConfig> {
        // The default is there whenever the file is what counts.
        let is_default = self.url_file.is_some() && self.url == DEFAULT_DATABASE_URL;
        let url = if is_default { None } else { Some(self.url) };
        let url = mistakes.secret("DATABASE_URL", url, self.url_file);
        let url = url.and_then(|url| mistakes.database_url("DATABASE_URL", &url));
        let direct_url = mistakes
            .secret("DATABASE_DIRECT_URL", self.direct_url, self.direct_url_file)
            .map(|url| mistakes.database_url("DATABASE_DIRECT_URL", &url));
        let max_connections = mistakes
            .parse::<u32>(
                "DATABASE_MAX_CONNECTIONS",
                &self.max_connections,
                "write a number of 1 or more",
            )
            .filter(|number| {
                if *number == 0 {
                    mistakes.add("DATABASE_MAX_CONNECTIONS is 0: write a number of 1 or more");
                }
                *number > 0
            });
        Some(DatabaseConfig {
            url: url?,
            direct_url: match direct_url {
                Some(checked) => Some(checked?),
                None => None,
            },
            max_connections: max_connections?,
        })
    }
}
