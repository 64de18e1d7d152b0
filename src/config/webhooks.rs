use std::{collections::HashSet, path::PathBuf};

use clap::Args;
use domain::WebhookEvent;
use secrecy::SecretString;

use super::{ConfigError, groups, mistakes::Mistakes};
use crate::upstream::{WebhookSecrets, WebhookTarget, WebhookUrl};

/// How the app's own backend is told what happens to connections: docs/webhooks.md.
#[expect(clippy::struct_field_names, reason = "names of arguments, among others of a command")]
#[derive(Args, Clone, Default)]
pub struct WebhookArgs {
    /// URL of your backend that receives webhooks when a connection breaks, heals or changes. By
    /// default none are sent. See docs/webhooks.md
    #[arg(
        long,
        env = "WEBHOOK_URL",
        value_name = "URL",
        hide_env_values = true,
        help_heading = groups::WEBHOOKS,
    )]
    webhook_url: Option<String>,
    /// File that holds WEBHOOK_URL
    #[arg(long, env = "WEBHOOK_URL_FILE", value_name = "FILE", help_heading = groups::WEBHOOKS)]
    webhook_url_file: Option<PathBuf>,

    /// Secret that signs webhooks, from `provider-connections webhooks secret`. While you change
    /// it, two of them separated by a comma
    #[arg(
        long,
        env = "WEBHOOK_SECRET",
        value_name = "whsec_…",
        hide_env_values = true,
        help_heading = groups::WEBHOOKS,
    )]
    webhook_secret: Option<String>,
    /// File that holds WEBHOOK_SECRET
    #[arg(long, env = "WEBHOOK_SECRET_FILE", value_name = "FILE", help_heading = groups::WEBHOOKS)]
    webhook_secret_file: Option<PathBuf>,

    /// Events to send, separated by commas, such as
    /// `connection.reauthentication_required,connection.healed`. By default all
    #[arg(
        long,
        env = "WEBHOOK_EVENTS",
        value_name = "EVENT,…",
        default_value = "",
        help_heading = groups::WEBHOOKS,
    )]
    webhook_events: String,

    /// Allow a WEBHOOK_URL that uses http, or that leads to a private network or to this machine
    #[arg(
        long,
        env = "WEBHOOK_ALLOW_PRIVATE_ADDRESSES",
        value_name = "true|false",
        default_value = "false",
        help_heading = groups::WEBHOOKS,
    )]
    webhook_allow_private_addresses: String,

    /// Write webhooks to their table even without WEBHOOK_URL, for a Hasura event trigger on that
    /// table
    #[arg(
        long,
        env = "WEBHOOK_OUTBOX",
        value_name = "true|false",
        default_value = "false",
        help_heading = groups::WEBHOOKS,
    )]
    webhook_outbox: String,
}

/// The settings of webhooks, checked. By default there are none.
#[derive(Clone, Debug, Default)]
pub struct WebhookConfig {
    /// Who is told. `None`: nobody.
    pub target: Option<WebhookTarget>,
    /// What of.
    pub events: HashSet<WebhookEvent>,
    /// They are written also where nobody is told.
    pub outbox: bool,
}

impl WebhookConfig {
    /// Whether webhooks are written at all.
    pub fn is_on(&self) -> bool {
        self.outbox || self.target.is_some()
    }
}

impl WebhookArgs {
    /// The settings, for a command that needs no more than them.
    ///
    /// # Errors
    /// Lists every mistake, with what to do about each.
    pub fn check(self) -> Result<WebhookConfig, ConfigError> {
        let mut mistakes = Mistakes::of_environment();
        let config = self.check_into(&mut mistakes);
        mistakes.unless_any(config)
    }

    pub(super) fn check_into(self, mistakes: &mut Mistakes) -> Option<WebhookConfig> {
        const BOOL: &[(&str, bool)] = &[("true", true), ("false", false)];
        let url = mistakes.secret("WEBHOOK_URL", self.webhook_url, self.webhook_url_file);
        let secret =
            mistakes.secret("WEBHOOK_SECRET", self.webhook_secret, self.webhook_secret_file);
        let allows_private = mistakes.one_of(
            "WEBHOOK_ALLOW_PRIVATE_ADDRESSES",
            &self.webhook_allow_private_addresses,
            BOOL,
        );
        let outbox = mistakes.one_of("WEBHOOK_OUTBOX", &self.webhook_outbox, BOOL);
        let events = events(mistakes, &self.webhook_events);
        let target = target(mistakes, url, secret, allows_private?);
        Some(WebhookConfig { target: target?, events: events?, outbox: outbox? })
    }
}

/// `Some(None)`: nobody is told. `None`: there is a mistake.
#[expect(clippy::option_option, reason = "a setting that may be left out, and may be wrong")]
fn target(
    mistakes: &mut Mistakes,
    url: Option<SecretString>,
    secret: Option<SecretString>,
    allows_private: bool,
) -> Option<Option<WebhookTarget>> {
    use secrecy::ExposeSecret;
    let (url, secret) = match (url, secret) {
        (None, None) => return Some(None),
        (Some(url), Some(secret)) => (url, secret),
        (Some(_), None) => {
            mistakes.add(
                "WEBHOOK_SECRET is missing: create one with `provider-connections webhooks \
                 secret`, and give it to the receiver too",
            );
            return None;
        }
        (None, Some(_)) => {
            mistakes.add(
                "WEBHOOK_URL is missing: set it to the URL that receives webhooks, or unset \
                 WEBHOOK_SECRET",
            );
            return None;
        }
    };
    // Without the URL itself: there may be a secret in it.
    let url = WebhookUrl::parse(url.expose_secret(), allows_private)
        .map_err(|why| mistakes.add(format!("WEBHOOK_URL {why}")));
    let secrets = WebhookSecrets::parse(&secret)
        .map_err(|why| mistakes.add(format!("WEBHOOK_SECRET: {why}")));
    Some(Some(WebhookTarget { url: url.ok()?, secrets: secrets.ok()? }))
}

fn events(mistakes: &mut Mistakes, list: &str) -> Option<HashSet<WebhookEvent>> {
    let given = list.split(',').map(str::trim).filter(|event| !event.is_empty());
    let mut events = HashSet::new();
    let mut is_right = true;
    for event in given {
        if let Ok(event) = event.parse() {
            events.insert(event);
        } else {
            let known: Vec<_> = WebhookEvent::ALL.iter().map(|event| event.as_str()).collect();
            mistakes.add(format!(
                "WEBHOOK_EVENTS has {event:?}, which is not an event: use {}",
                known.join(", ")
            ));
            is_right = false;
        }
    }
    if events.is_empty() {
        events.extend(WebhookEvent::ALL);
    }
    is_right.then_some(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn check(change: impl FnOnce(&mut WebhookArgs)) -> (Option<WebhookConfig>, Vec<String>) {
        let mut arguments = WebhookArgs {
            webhook_allow_private_addresses: "false".to_owned(),
            webhook_outbox: "false".to_owned(),
            ..WebhookArgs::default()
        };
        change(&mut arguments);
        let mut mistakes = Mistakes::default();
        let config = arguments.check_into(&mut mistakes);
        (config, mistakes.into_list())
    }

    #[test]
    fn without_settings_nothing_is_written_or_sent() {
        let (config, mistakes) = check(|_| ());
        assert!(mistakes.is_empty());
        assert!(!config.unwrap().is_on());
    }

    #[test]
    fn a_url_needs_a_secret_and_a_secret_a_url() {
        let (config, mistakes) = check(|args| args.webhook_url = Some("https://a.example".into()));
        assert!(config.is_none() && mistakes[0].starts_with("WEBHOOK_SECRET is missing"));
        let (config, mistakes) = check(|args| args.webhook_secret = Some(SECRET.into()));
        assert!(config.is_none() && mistakes[0].starts_with("WEBHOOK_URL is missing"));
    }

    #[test]
    fn all_events_are_sent_unless_some_are_named() {
        let (config, _) = check(|args| args.webhook_outbox = "true".to_owned());
        assert_eq!(config.unwrap().events.len(), WebhookEvent::ALL.len());
        let (config, _) = check(|args| {
            args.webhook_events = "connection.healed, access.granted,".to_owned();
        });
        let events = config.unwrap().events;
        assert_eq!(events, [WebhookEvent::Healed, WebhookEvent::AccessGranted].into());
    }

    #[test]
    fn every_mistake_is_named_and_no_secret_repeated() {
        let (config, mistakes) = check(|args| {
            args.webhook_url = Some("http://hooks.example/s3cret".into());
            args.webhook_secret = Some("s3cret".into());
            args.webhook_events = "connection.broken".into();
            args.webhook_outbox = "maybe".into();
        });
        assert!(config.is_none());
        let named = ["WEBHOOK_OUTBOX", "WEBHOOK_EVENTS", "WEBHOOK_URL", "WEBHOOK_SECRET"];
        assert_eq!(mistakes.len(), named.len(), "{mistakes:?}");
        for (mistake, name) in mistakes.iter().zip(named) {
            assert!(mistake.starts_with(name) && !mistake.contains("s3cret"), "{mistake}");
        }
    }
}
