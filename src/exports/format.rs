use clap::ValueEnum;
use serde_json::Value;

use super::{
    Problem, ProviderNames, Row,
    row::{Fields, plain},
};

/// The system that a file comes from, which determines its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// This server's own: userId, provider, refreshToken
    Jsonl,
    /// Connections of Nango, as returned by `GET /connection/{connectionId}`
    /// (`packages/types/lib/connection/api/get.ts` of NangoHQ/nango)
    Nango,
    /// Rows of the table `account` of better-auth
    /// (`packages/core/src/db/schema/account.ts` of better-auth/better-auth)
    BetterAuth,
    /// Rows of the table `accounts` of Auth.js, which was NextAuth.js
    /// (`packages/core/src/adapters.ts` of nextauthjs/next-auth)
    NextAuth,
    /// Rows of `auth.user_providers` of Hasura Auth 0.x
    /// (`migrations/00001_create-initial-tables.sql` of nhost/hasura-auth)
    HasuraAuth,
}

/// The columns of a row: of the names for one column, the first one with a value counts.
struct Names {
    user: &'static [&'static str],
    provider: &'static [&'static str],
    refresh_token: &'static [&'static str],
}

/// The providers of accounts without OAuth.
const NO_OAUTH: [&str; 9] = [
    "credential",
    "credentials",
    "email",
    "email-password",
    "magic-link",
    "nodemailer",
    "passkey",
    "phone",
    "resend",
];

impl Format {
    fn names(self) -> Names {
        match self {
            Self::Jsonl => Names {
                user: &["userId", "user"],
                provider: &["provider"],
                refresh_token: &["refreshToken"],
            },
            Self::Nango => Names {
                user: &["end_user.id", "tags.end_user_id", "connection_id"],
                // The integration's own name is free text; that of the template is Nango's.
                provider: &["provider_config_key", "provider"],
                refresh_token: &["credentials.refresh_token", "credentials.raw.refresh_token"],
            },
            Self::BetterAuth => Names {
                user: &["userId"],
                provider: &["providerId"],
                refresh_token: &["refreshToken"],
            },
            Self::NextAuth => Names {
                user: &["userId"],
                provider: &["provider", "providerId"],
                refresh_token: &["refresh_token"],
            },
            Self::HasuraAuth => Names {
                user: &["user_id"],
                provider: &["provider_id"],
                refresh_token: &["refresh_token"],
            },
        }
    }

    /// The row of a JSON object.
    pub(super) fn of_json(self, text: &[u8], names: &ProviderNames) -> Result<Row, Problem> {
        match serde_json::from_slice(text) {
            Ok(Value::Object(object)) => self.of(&Object(&Value::Object(object)), names),
            _ => Err(Problem::NotJson),
        }
    }

    /// The row of these columns or fields.
    pub(super) fn of(self, fields: &dyn Fields, names: &ProviderNames) -> Result<Row, Problem> {
        let wanted = self.names();
        let text = |name: &&str| fields.text(name).filter(|text| !text.trim().is_empty());
        let user = wanted.user.iter().find_map(text).ok_or(Problem::NoUser)?;
        let called: Vec<_> = wanted.provider.iter().filter_map(text).collect();
        let first = called.first().ok_or(Problem::NoProvider)?;
        if NO_OAUTH.contains(&first.to_lowercase().as_str()) {
            return Err(Problem::NoOauth);
        }
        let provider = called.iter().find_map(|name| names.find(name));
        let provider = provider.ok_or(Problem::UnknownProvider)?;
        let refresh_token = wanted.refresh_token.iter().find_map(text);
        let refresh_token = refresh_token.ok_or(Problem::NoRefreshToken)?;
        Ok(Row { user, provider, refresh_token: refresh_token.into() })
    }
}

struct Object<'a>(&'a Value);

impl Fields for Object<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let mut value = self.0;
        for part in name.split('.') {
            let part = plain(part);
            value = value.as_object()?.iter().find(|(key, _)| plain(key) == part)?.1;
        }
        match value {
            Value::String(text) => Some(text.clone()),
            // Some systems use numbers as user ids.
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}
