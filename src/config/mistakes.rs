use std::{fs, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration};

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{ConfigError, environment};
use crate::{
    auth::{JwtSecret, JwtSecretError, JwtSecrets},
    store::DatabaseUrl,
};

/// Reads one setting after another, and keeps what is wrong with any of them.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<String>);

impl Mistakes {
    /// The list with what is wrong already with the names of the environment and the lines of
    /// settings files.
    pub(crate) fn of_environment() -> Self {
        Self(environment::mistakes().to_vec())
    }

    pub(crate) fn add(&mut self, mistake: impl Into<String>) {
        let mistake = mistake.into();
        let missing = mistake.split_once(" is missing").map(|(name, _)| name);
        // It is there, on a line that can't be read, which the list has.
        if missing.is_none_or(|name| !environment::is_unreadable(name)) {
            self.0.push(mistake);
        }
    }

    pub(crate) fn unless_any<T>(self, value: Option<T>) -> Result<T, ConfigError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(ConfigError(self.0)),
        }
    }

    pub(super) fn into_list(self) -> Vec<String> {
        self.0
    }

    pub(super) fn parse<T: FromStr>(&mut self, name: &str, text: &str, help: &str) -> Option<T> {
        let parsed = text.trim().parse().ok();
        if parsed.is_none() {
            self.add(format!("{name} is {text:?}: {help}"));
        }
        parsed
    }

    pub(super) fn one_of<T: Copy>(
        &mut self,
        name: &str,
        text: &str,
        values: &[(&str, T)],
    ) -> Option<T> {
        let found = values.iter().find(|(word, _)| *word == text.trim()).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<_> = values.iter().map(|(word, _)| *word).collect();
            self.add(format!("{name} is {text:?}: write one of {}", words.join(", ")));
        }
        found
    }

    /// A duration with its units, or in seconds.
    pub(super) fn duration(
        &mut self,
        name: &str,
        text: &str,
        allowed: RangeInclusive<TimeDelta>,
    ) -> Option<TimeDelta> {
        let given = text.trim();
        let given = match given.parse() {
            Ok(seconds) => TimeDelta::try_seconds(seconds),
            Err(_) => humantime::parse_duration(given)
                .ok()
                .and_then(|duration| TimeDelta::from_std(duration).ok()),
        };
        let duration = given.filter(|duration| allowed.contains(duration));
        if duration.is_none() {
            let written = |bound: &TimeDelta| {
                humantime::format_duration(bound.to_std().unwrap_or_default()).to_string()
            };
            self.add(format!(
                "{name} is {text:?}: write a duration from {} to {}, such as 30d, 12h, 5m or 300 \
                 (seconds)",
                written(allowed.start()),
                written(allowed.end())
            ));
        }
        duration
    }

    /// A secret, from its variable or its file. An empty one is as good as none.
    pub(crate) fn secret(
        &mut self,
        name: &str,
        value: Option<String>,
        file: Option<PathBuf>,
    ) -> Option<SecretString> {
        let value = value.filter(|value| !value.trim().is_empty());
        let text = match (value, file) {
            (Some(_), Some(_)) => {
                self.add(format!("{name} and {name}_FILE are both set: unset one of them"));
                return None;
            }
            (Some(value), None) => value,
            (None, Some(file)) => match fs::read_to_string(&file) {
                Ok(text) => text,
                Err(error) => {
                    self.add(format!(
                        "{name}_FILE ({}) can't be read ({error}): check its path and permissions",
                        file.display()
                    ));
                    return None;
                }
            },
            (None, None) => return None,
        };
        Some(SecretString::from(text.trim().to_owned())).filter(|text| {
            let empty = text.expose_secret().is_empty();
            if empty {
                self.add(format!(
                    "{name}_FILE names an empty file: write the value into the file, or unset \
                     {name}_FILE"
                ));
            }
            !empty
        })
    }

    pub(super) fn http_url(&mut self, name: &str, text: &str) -> Option<Url> {
        let url = Url::parse(text.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            self.add(format!(
                "{name} is {text:?}: write a URL such as https://local.auth.local.nhost.run/v1"
            ));
        }
        url
    }

    pub(super) fn jwt_secret(
        &mut self,
        nhost: Option<SecretString>,
        hasura: Option<SecretString>,
    ) -> Option<JwtSecrets> {
        let (name, secret) = match (nhost, hasura) {
            (Some(nhost), Some(hasura)) if nhost.expose_secret() != hasura.expose_secret() => {
                self.add(
                    "NHOST_JWT_SECRET and HASURA_GRAPHQL_JWT_SECRET are both set and differ: unset one of them",
                );
                return None;
            }
            (Some(secret), _) => ("NHOST_JWT_SECRET", secret),
            (None, Some(secret)) => ("HASURA_GRAPHQL_JWT_SECRET", secret),
            (None, None) => {
                self.add(
                    "NHOST_JWT_SECRET is missing: set it, or HASURA_GRAPHQL_JWT_SECRET, to the \
                     JWT secret of your Nhost project",
                );
                return None;
            }
        };
        let secret = JwtSecret::parse(secret.expose_secret()).map(JwtSecrets::from);
        self.jwt_secrets_of(name, secret)
    }

    pub(super) fn jwt_secrets(&mut self, list: &SecretString) -> Option<JwtSecrets> {
        self.jwt_secrets_of("HASURA_GRAPHQL_JWT_SECRETS", JwtSecrets::parse(list.expose_secret()))
    }

    fn jwt_secrets_of(
        &mut self,
        name: &str,
        secrets: Result<JwtSecrets, JwtSecretError>,
    ) -> Option<JwtSecrets> {
        match secrets {
            Ok(secrets) => Some(secrets),
            Err(error) => {
                for problem in error.problems() {
                    self.add(format!("{name}: {problem}"));
                }
                None
            }
        }
    }

    pub(super) fn service_secret(
        &mut self,
        value: Option<String>,
        file: Option<PathBuf>,
    ) -> Option<SecretString> {
        let secret = self.secret("SERVICE_SECRET", value, file);
        if secret.as_ref().is_some_and(|secret| secret.expose_secret().len() < 32) {
            self.add(
                "SERVICE_SECRET is shorter than 32 characters: create one with `openssl rand -hex \
                 32`",
            );
        }
        secret
    }

    pub(super) fn database_url(&mut self, name: &str, url: &SecretString) -> Option<DatabaseUrl> {
        match url.expose_secret().parse() {
            Ok(url) => Some(url),
            Err(error) => {
                self.add(format!("{name} {error}"));
                None
            }
        }
    }

    pub(super) fn shutdown_timeout(&mut self, text: &str) -> Option<Duration> {
        let between = TimeDelta::seconds(1)..=TimeDelta::hours(1);
        self.duration("SHUTDOWN_TIMEOUT", text, between)?.to_std().ok()
    }

    pub(super) fn subscription_limit(&mut self, text: &str) -> Option<usize> {
        self.parse("SUBSCRIPTION_LIMIT", text, "write a number; 0 turns subscriptions off")
    }
}
