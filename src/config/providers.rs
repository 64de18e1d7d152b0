//! `PROVIDER_<ID>_…`: who this server is at the providers themselves.

mod names;
mod reference;
mod signals;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, str::FromStr};

use domain::Provider;
use names::{is_nobodys, recognised};
pub(crate) use reference::reference;
use secrecy::{ExposeSecret, SecretString};
pub(super) use signals::signals;
use url::{Host, Url};

use super::{
    mistakes::Mistakes,
    scopes::{ScopesConfig, ScopesRead, scopes},
};
use crate::upstream::{
    AppleKey, ClientAuth, ClientSecret, Facts, ProviderClient, ProviderClients, UserinfoUrls,
    facts, userinfo_of_tenant,
};

const PREFIX: &str = "PROVIDER_";

/// Whether a variable of this name is read here, right or wrong.
pub(super) fn reads(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| !is_nobodys(rest))
}

/// The variables of the process that are read here, as text.
pub(super) fn variables(
    mistakes: &mut Mistakes,
    all: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(String, String)> {
    let named = all.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    named
        .filter(|(name, _)| name.starts_with(PREFIX))
        .filter_map(|(name, value)| {
            let text = value.into_string();
            if text.is_err() {
                mistakes.add(format!("{name} is not UTF-8: set it to text in UTF-8"));
            }
            Some((name, text.ok()?))
        })
        .collect()
}

/// Reads every variable that is named `PROVIDER_…`; empty ones count as not set.
pub(super) fn read(
    mistakes: &mut Mistakes,
    variables: impl IntoIterator<Item = (String, String)>,
) -> (ProviderClients, UserinfoUrls, ScopesConfig) {
    let mut by_provider: BTreeMap<Provider, Settings> = BTreeMap::new();
    // In the order of their names, as the order of an environment is anyone's guess.
    let variables: BTreeMap<String, String> = variables.into_iter().collect();
    for (name, value) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let value = value.trim();
        if value.is_empty() || is_nobodys(rest) {
            continue;
        }
        match recognised(rest) {
            Ok((provider, setting)) => {
                let settings =
                    by_provider.entry(provider).or_insert_with(|| Settings::of(provider));
                settings.values.insert(setting, value.to_owned());
            }
            Err(why) => mistakes.add(format!("{name} {why}")),
        }
    }
    let mut userinfo = UserinfoUrls::new();
    let mut scopes = ScopesRead::default();
    for (provider, settings) in &mut by_provider {
        settings.scopes_into(&mut scopes, mistakes);
        if let Some(url) = settings.userinfo(mistakes) {
            userinfo.insert(*provider, url);
        }
    }
    let clients = by_provider
        .into_iter()
        .filter(|(_, settings)| !settings.values.is_empty())
        .filter_map(|(provider, settings)| Some((provider, settings.check(mistakes)?)))
        .collect();
    (clients, userinfo, scopes.check(mistakes))
}

/// What was set for one provider.
struct Settings {
    provider: Provider,
    facts: Facts,
    values: BTreeMap<&'static str, String>,
}

impl Settings {
    fn of(provider: Provider) -> Self {
        Self { provider, facts: facts(provider), values: BTreeMap::new() }
    }

    fn name(&self, setting: &str) -> String {
        format!("{PREFIX}{}_{setting}", self.provider.as_str().to_uppercase())
    }

    /// Needs no client: it is called with the user's own access token.
    fn userinfo(&mut self, mistakes: &mut Mistakes) -> Option<Url> {
        let tenant = self.values.get("TENANT");
        let of_tenant = tenant.and_then(|tenant| userinfo_of_tenant(self.provider, tenant));
        let has_tenants = of_tenant.is_some();
        let url = self.url(mistakes, "USERINFO_URL", of_tenant);
        self.values.remove("USERINFO_URL");
        // With nothing else set, the tenant is for this alone.
        if has_tenants && self.values.len() == 1 {
            self.tenant(mistakes);
            self.values.remove("TENANT");
        }
        url
    }

    /// These need no client either.
    fn scopes_into(&mut self, read: &mut ScopesRead, mistakes: &mut Mistakes) {
        for (setting, into) in
            [("SCOPES", &mut read.requested), ("REQUIRED_SCOPES", &mut read.required)]
        {
            let list = self.values.remove(setting);
            if let Some(list) = list.and_then(|list| scopes(mistakes, &self.name(setting), &list)) {
                into.insert(self.provider, list);
            }
        }
        if let Some(url) = self.url(mistakes, "TOKENINFO_URL", None) {
            read.tokeninfo_urls.insert(self.provider, url);
        }
        self.values.remove("TOKENINFO_URL");
    }

    fn check(mut self, mistakes: &mut Mistakes) -> Option<ProviderClient> {
        let client_id = self.needed(mistakes, "CLIENT_ID");
        let secret = match self.facts.client_auth {
            ClientAuth::AppleJwt => self.apple_key(mistakes),
            ClientAuth::Basic | ClientAuth::Post => self.shared_secrets(mistakes),
        };
        let tenant = self.tenant(mistakes);
        let fill = |template: &str| {
            let id: String = url::form_urlencoded::byte_serialize(
                client_id.as_deref().unwrap_or_default().as_bytes(),
            )
            .collect();
            template.replace("{tenant}", &tenant).replace("{client_id}", &id)
        };
        let token_url = self.url(mistakes, "TOKEN_URL", self.facts.token_endpoint.map(fill));
        let revocation = self.facts.revocation.map(|revocation| fill(revocation.endpoint));
        let revokes = revocation.is_some();
        let revocation_url = self.url(mistakes, "REVOCATION_URL", revocation);
        Some(ProviderClient {
            client_id: client_id?,
            secret: secret?,
            token_url: token_url?,
            revocation_url: if revokes { Some(revocation_url?) } else { None },
        })
    }

    /// A setting without which the others are of no use.
    fn needed(&mut self, mistakes: &mut Mistakes, setting: &'static str) -> Option<String> {
        let value = self.values.get(setting).cloned();
        if value.is_none() {
            self.missing(mistakes, setting);
        }
        value
    }

    fn missing(&self, mistakes: &mut Mistakes, setting: &str) {
        let others: Vec<_> = self.values.keys().map(|other| self.name(other)).collect();
        mistakes.add(format!(
            "{} is missing: set it, or unset {}",
            self.name(setting),
            others.join(", ")
        ));
    }

    fn secret(
        &mut self,
        mistakes: &mut Mistakes,
        setting: &'static str,
        file: &'static str,
    ) -> Option<SecretString> {
        let given = (self.values.get(setting).cloned(), self.values.get(file).map(PathBuf::from));
        if given == (None, None) {
            self.missing(mistakes, setting);
            return None;
        }
        mistakes.secret(&self.name(setting), given.0, given.1)
    }

    fn shared_secrets(&mut self, mistakes: &mut Mistakes) -> Option<ClientSecret> {
        let list = self.secret(mistakes, "CLIENT_SECRET", "CLIENT_SECRET_FILE")?;
        let secrets = list.expose_secret().split(',').map(str::trim);
        let secrets: Vec<SecretString> =
            secrets.filter(|secret| !secret.is_empty()).map(SecretString::from).collect();
        if secrets.is_empty() {
            mistakes.add(format!(
                "{} has only commas: write a secret, or unset it",
                self.name("CLIENT_SECRET")
            ));
            return None;
        }
        Some(ClientSecret::Shared(secrets))
    }

    fn apple_key(&mut self, mistakes: &mut Mistakes) -> Option<ClientSecret> {
        let team_id = self.needed(mistakes, "TEAM_ID");
        let key_id = self.needed(mistakes, "KEY_ID");
        let pem = self.secret(mistakes, "PRIVATE_KEY", "PRIVATE_KEY_FILE")?;
        match AppleKey::new(team_id?, key_id?, pem.expose_secret()) {
            Ok(key) => Some(ClientSecret::Apple(key)),
            Err(error) => {
                let name = self.name("PRIVATE_KEY");
                mistakes.add(format!(
                    "{name} is {error}: use the .p8 file from Apple, which begins with -----BEGIN \
                     PRIVATE KEY-----"
                ));
                None
            }
        }
    }

    /// Whose sign-in it is; everyone's, unless said otherwise. It becomes part of a path.
    fn tenant(&self, mistakes: &mut Mistakes) -> String {
        let tenant = self.values.get("TENANT").map_or("common", String::as_str);
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
        if !tenant.chars().all(allowed) {
            let name = self.name("TENANT");
            mistakes
                .add(format!("{name} is {tenant:?}: write the tenant's ID, its domain, or common"));
        }
        tenant.to_owned()
    }

    fn url(&self, mistakes: &mut Mistakes, setting: &str, default: Option<String>) -> Option<Url> {
        let given = self.values.get(setting).cloned().or(default)?;
        let problem = match Url::from_str(&given) {
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                "has a user name or a password: remove them"
            }
            Ok(url) if is_private(&url) => return Some(url),
            Ok(url) if url.scheme() == "http" => {
                "would send secrets unencrypted: use https:// (http:// is for this machine only)"
            }
            _ => "is not a URL: write one such as https://provider.example.com/oauth/token",
        };
        // The text is not shown, as it may hold a password.
        mistakes.add(format!("{} {problem}", self.name(setting)));
        None
    }
}

/// Whether what is sent there stays between the two.
fn is_private(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name == "localhost" || name.ends_with(".localhost"),
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}
