use std::{fmt, path::PathBuf};

use chrono::TimeDelta;
use clap::Args;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use url::Url;

use super::{groups, mistakes::Mistakes, nhost_auth::graphql_of};

/// Users are asked about twice before anything is removed, so this is also the least time in
/// between.
const SHORTEST: TimeDelta = TimeDelta::minutes(10);
const LONGEST: TimeDelta = TimeDelta::days(7);

/// How users are found who were deleted without this server being notified: docs/operations.md.
#[derive(Args, Clone, Default)]
pub struct DeletedUsersArgs {
    /// Admin secret of the Nhost project. With it this server searches for users who were deleted,
    /// and removes their connections. See docs/operations.md
    #[arg(
        long,
        env = "NHOST_ADMIN_SECRET",
        value_name = "SECRET",
        hide_env_values = true,
        help_heading = groups::NHOST,
    )]
    nhost_admin_secret: Option<String>,
    /// File that holds NHOST_ADMIN_SECRET
    #[arg(
        long,
        env = "NHOST_ADMIN_SECRET_FILE",
        value_name = "FILE",
        help_heading = groups::NHOST,
    )]
    nhost_admin_secret_file: Option<PathBuf>,

    /// URL of the project's GraphQL API, which is asked with NHOST_ADMIN_SECRET. By default the one
    /// that belongs to Nhost Auth's address at Nhost, such as
    /// `https://SUBDOMAIN.graphql.REGION.nhost.run/v1`. Elsewhere there is no search without it
    #[arg(long, env = "NHOST_GRAPHQL_URL", value_name = "URL", help_heading = groups::NHOST)]
    nhost_graphql_url: Option<String>,

    /// How long after a search for deleted users the next one begins, from 10m to 7d. 0 turns the
    /// search off
    #[arg(
        long,
        env = "DELETED_USERS_INTERVAL",
        value_name = "DURATION",
        default_value = "1h",
        help_heading = groups::NHOST,
    )]
    deleted_users_interval: String,

    /// Percentage (1 to 100) of the users with connections that a search may find deleted. If it
    /// finds more (and more than five users), it removes nobody, because the URL is probably another
    /// project's
    #[arg(
        long,
        env = "DELETED_USERS_MAX_SHARE",
        value_name = "PERCENT",
        default_value = "20",
        help_heading = groups::NHOST,
    )]
    deleted_users_max_share: String,
}

/// The settings of the search for deleted users, checked.
#[derive(Clone)]
pub struct DeletedUsersConfig {
    /// Of GraphQL itself.
    pub graphql_url: Url,
    pub admin_secret: HeaderValue,
    pub interval: TimeDelta,
    /// Percent.
    pub max_share: u8,
}

impl fmt::Debug for DeletedUsersConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeletedUsersConfig")
            .field("interval", &self.interval)
            .field("max_share", &self.max_share)
            .finish_non_exhaustive()
    }
}

impl DeletedUsersArgs {
    /// `None`: there is no search, or a mistake.
    pub(super) fn check_into(
        self,
        mistakes: &mut Mistakes,
        nhost_auth_url: Option<&Url>,
    ) -> Option<DeletedUsersConfig> {
        let secret = mistakes.secret(
            "NHOST_ADMIN_SECRET",
            self.nhost_admin_secret,
            self.nhost_admin_secret_file,
        );
        let interval = interval(mistakes, &self.deleted_users_interval);
        let max_share = max_share(mistakes, &self.deleted_users_max_share);
        let given = self.nhost_graphql_url.filter(|url| !url.trim().is_empty());
        let url = given.map(|url| mistakes.http_url("NHOST_GRAPHQL_URL", &url));
        let secret = secret?;
        if interval.is_some_and(|interval| interval.is_zero()) {
            return None;
        }
        let admin_secret = HeaderValue::from_str(secret.expose_secret()).map(|mut value| {
            value.set_sensitive(true);
            value
        });
        if admin_secret.is_err() {
            mistakes.add(
                "NHOST_ADMIN_SECRET has characters that a header can't contain: copy it again",
            );
        }
        let graphql_url = match url {
            Some(url) => url?,
            // Without either, the secret is another program's in the same environment.
            None => graphql_of(nhost_auth_url?)?,
        };
        Some(DeletedUsersConfig {
            graphql_url,
            admin_secret: admin_secret.ok()?,
            interval: interval?,
            max_share: max_share?,
        })
    }
}

fn interval(mistakes: &mut Mistakes, text: &str) -> Option<TimeDelta> {
    let interval =
        mistakes.duration("DELETED_USERS_INTERVAL", text, TimeDelta::zero()..=LONGEST)?;
    let fits = interval.is_zero() || interval >= SHORTEST;
    if !fits {
        mistakes.add(format!(
            "DELETED_USERS_INTERVAL is {text:?}: write a duration from 10m to 7d, or 0 to turn the \
             search off"
        ));
    }
    fits.then_some(interval)
}

fn max_share(mistakes: &mut Mistakes, text: &str) -> Option<u8> {
    const HELP: &str = "write a percentage from 1 to 100";
    let share = mistakes.parse::<u8>("DELETED_USERS_MAX_SHARE", text, HELP)?;
    let fits = (1..=100).contains(&share);
    if !fits {
        mistakes.add(format!("DELETED_USERS_MAX_SHARE is {text:?}: {HELP}"));
    }
    fits.then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTH: &str = "https://abc.auth.eu-central-1.nhost.run/v1";

    fn check(
        nhost_auth_url: &str,
        change: impl FnOnce(&mut DeletedUsersArgs),
    ) -> (Option<DeletedUsersConfig>, Vec<String>) {
        let mut arguments = DeletedUsersArgs {
            nhost_admin_secret: Some("the-s3cret".to_owned()),
            deleted_users_interval: "1h".to_owned(),
            deleted_users_max_share: "20".to_owned(),
            ..DeletedUsersArgs::default()
        };
        change(&mut arguments);
        let mut mistakes = Mistakes::default();
        let config = arguments.check_into(&mut mistakes, nhost_auth_url.parse().ok().as_ref());
        (config, mistakes.into_list())
    }

    #[test]
    fn without_the_secret_or_an_interval_there_is_no_search() {
        let (config, mistakes) = check(AUTH, |args| args.nhost_admin_secret = None);
        assert!(config.is_none() && mistakes.is_empty(), "{mistakes:?}");
        for auth in [AUTH, "http://auth:4000/v1"] {
            let (config, mistakes) = check(auth, |args| args.deleted_users_interval = "0".into());
            assert!(config.is_none() && mistakes.is_empty(), "{mistakes:?}");
        }
        let (config, mistakes) = check("http://auth:4000", |args| {
            args.nhost_admin_secret = Some(String::new());
            args.nhost_graphql_url = Some("http://hasura:8080/v1/graphql".into());
        });
        assert!(config.is_none() && mistakes.is_empty(), "{mistakes:?}");
    }

    #[test]
    fn at_nhost_the_url_is_known_and_elsewhere_there_is_no_search_without_one() {
        let url = |of: Option<DeletedUsersConfig>| of.unwrap().graphql_url.to_string();
        let derived = check(AUTH, |_| ()).0;
        assert_eq!(url(derived), "https://abc.graphql.eu-central-1.nhost.run/v1");
        let local = check("https://local.auth.local.nhost.run/v1", |_| ()).0;
        assert_eq!(url(local), "https://local.graphql.local.nhost.run/v1");
        let elsewhere = check("https://local.auth.local.nhost.run:8443/v1", |_| ()).0;
        assert_eq!(url(elsewhere), "https://local.graphql.local.nhost.run:8443/v1");
        let own = "http://hasura:8080/v1/graphql";
        let given = check(AUTH, |args| args.nhost_graphql_url = Some(own.into())).0;
        assert_eq!(url(given), own);
        let (config, mistakes) = check("http://auth:4000/v1", |_| ());
        assert!(config.is_none() && mistakes.is_empty(), "{mistakes:?}");
    }

    #[test]
    fn every_mistake_is_named_and_the_secret_never_shown() {
        let (config, mistakes) = check(AUTH, |args| {
            args.nhost_admin_secret = Some("s3cret\u{1}".into());
            args.nhost_graphql_url = Some("hasura:8080".into());
            args.deleted_users_interval = "5m".into();
            args.deleted_users_max_share = "0".into();
        });
        assert!(config.is_none());
        let named = [
            "DELETED_USERS_INTERVAL",
            "DELETED_USERS_MAX_SHARE",
            "NHOST_GRAPHQL_URL",
            "NHOST_ADMIN_SECRET",
        ];
        assert_eq!(mistakes.len(), named.len(), "{mistakes:?}");
        for (mistake, name) in mistakes.iter().zip(named) {
            assert!(mistake.starts_with(name) && !mistake.contains("s3cret"), "{mistake}");
        }
        for (setting, text) in [("interval", "8d"), ("interval", "often"), ("share", "101")] {
            let (config, mistakes) = check(AUTH, |args| match setting {
                "interval" => args.deleted_users_interval = text.into(),
                _ => args.deleted_users_max_share = text.into(),
            });
            assert!(config.is_none() && mistakes.len() == 1, "{text}: {mistakes:?}");
        }
        let shown = format!("{:?}", check(AUTH, |_| ()).0.unwrap());
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
