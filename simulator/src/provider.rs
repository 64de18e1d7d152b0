//! The providers that Nhost Auth knows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::GrantScript;

/// An OAuth provider, by Nhost's exact id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    Apple,
    Azuread,
    Bitbucket,
    Discord,
    Entraid,
    Facebook,
    Github,
    Gitlab,
    Google,
    Linkedin,
    Spotify,
    Strava,
    Twitch,
    Twitter,
    Windowslive,
    Workos,
}

impl Provider {
    /// Every provider, ordered by id.
    pub const ALL: [Self; 16] = [
        Self::Apple,
        Self::Azuread,
        Self::Bitbucket,
        Self::Discord,
        Self::Entraid,
        Self::Facebook,
        Self::Github,
        Self::Gitlab,
        Self::Google,
        Self::Linkedin,
        Self::Spotify,
        Self::Strava,
        Self::Twitch,
        Self::Twitter,
        Self::Windowslive,
        Self::Workos,
    ];

    /// Nhost's id, as in the path of its endpoints.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apple => "apple",
            Self::Azuread => "azuread",
            Self::Bitbucket => "bitbucket",
            Self::Discord => "discord",
            Self::Entraid => "entraid",
            Self::Facebook => "facebook",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Google => "google",
            Self::Linkedin => "linkedin",
            Self::Spotify => "spotify",
            Self::Strava => "strava",
            Self::Twitch => "twitch",
            Self::Twitter => "twitter",
            Self::Windowslive => "windowslive",
            Self::Workos => "workos",
        }
    }

    /// The grant that this provider normally issues.
    pub fn usual_script(self) -> GrantScript {
        match self {
            Self::Apple | Self::Google | Self::Spotify => GrantScript::stable(),
            Self::Azuread | Self::Entraid => {
                GrantScript::rotating_with_grace(chrono::Duration::days(1))
            }
            Self::Bitbucket => GrantScript::stable().lifetime(7200),
            Self::Discord => GrantScript::rotating().lifetime(7 * 86400),
            Self::Facebook | Self::Linkedin => GrantScript::no_refresh_token().lifetime(60 * 86400),
            Self::Github => GrantScript::never_expires(),
            Self::Gitlab => GrantScript::rotating_single_use().lifetime(7200),
            Self::Strava => GrantScript::rotating().lifetime(6 * 3600),
            Self::Twitch => GrantScript::stable().lifetime(4 * 3600),
            Self::Twitter => GrantScript::oauth1(),
            Self::Windowslive => GrantScript::rotating(),
            Self::Workos => GrantScript::no_refresh_token().lifetime(600),
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is not one of Nhost's provider ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a provider that Nhost Auth knows")]
pub struct UnknownProvider(pub String);

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.as_str() == id)
            .ok_or_else(|| UnknownProvider(id.to_owned()))
    }
}
