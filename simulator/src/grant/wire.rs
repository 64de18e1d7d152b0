//! How issued tokens are written: Nhost Auth's provider session, and the provider's own response.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::{GrantScript, Lifetime, RefreshTokenWire};

/// What Go writes for a time that was never set.
pub(crate) const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

/// The tokens of one response.
pub(crate) struct Issued {
    script: GrantScript,
    pub(crate) access_token: String,
    refresh_token: Refresh,
    at: DateTime<Utc>,
    /// As the provider writes them.
    scope: Option<Value>,
}

enum Refresh {
    New(String),
    /// There is none.
    None,
    /// The one that was sent stays valid.
    Unrotated {
        wire: Option<RefreshTokenWire>,
        sent: String,
    },
}

impl Issued {
    pub(crate) fn first(
        script: GrantScript,
        access_token: String,
        refresh_token: Option<String>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            script,
            access_token,
            refresh_token: refresh_token.map_or(Refresh::None, Refresh::New),
            at,
            scope: None,
        }
    }

    pub(crate) fn again(
        script: GrantScript,
        access_token: String,
        wire: Option<RefreshTokenWire>,
        sent: &str,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            script,
            access_token,
            refresh_token: Refresh::Unrotated { wire, sent: sent.to_owned() },
            at,
            scope: None,
        }
    }

    /// The same, with its scopes.
    pub(crate) fn naming(self, scope: Option<Value>) -> Self {
        Self { scope, ..self }
    }

    /// The refresh token that is new in this response.
    pub(crate) fn new_refresh_token(&self) -> Option<&str> {
        match &self.refresh_token {
            Refresh::New(token) => Some(token),
            Refresh::None | Refresh::Unrotated { .. } => None,
        }
    }

    /// Nhost Auth's provider session. Its OAuth library fills the refresh token that was sent in
    /// where the provider left it out, so `Same`.
    pub(crate) fn provider_session(&self) -> Value {
        let (expires_in, expires_at) = match self.script.lifetime {
            Lifetime::Seconds(seconds) => {
                let at = self.at + Duration::seconds(seconds) + self.script.skew;
                (seconds, at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            Lifetime::Never => {
                let at = self.at + self.script.skew;
                (0, at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            Lifetime::ZeroTime => (0, ZERO_TIME.to_owned()),
        };
        let mut session = Map::new();
        session.insert("accessToken".to_owned(), json!(self.access_token));
        session.insert("expiresIn".to_owned(), json!(expires_in));
        if !self.script.expires_in_only {
            session.insert("expiresAt".to_owned(), json!(expires_at));
        }
        if let Some(token) = self.refresh_token_field(RefreshTokenWire::Same) {
            session.insert("refreshToken".to_owned(), token);
        }
        Value::Object(session)
    }

    /// The provider's own response (RFC 6749 §5.1), which omits what does not change.
    pub(crate) fn oauth_answer(&self) -> Map<String, Value> {
        let mut answer = Map::new();
        answer.insert("access_token".to_owned(), json!(self.access_token));
        answer.insert("token_type".to_owned(), json!("bearer"));
        if let Lifetime::Seconds(seconds) = self.script.lifetime {
            answer.insert("expires_in".to_owned(), json!(seconds));
        }
        if let Some(token) = self.refresh_token_field(RefreshTokenWire::Omitted) {
            answer.insert("refresh_token".to_owned(), token);
        }
        if let Some(seconds) = self.script.refresh_token_expires_in {
            answer.insert("refresh_token_expires_in".to_owned(), json!(seconds));
        }
        if let Some(scope) = &self.scope {
            answer.insert("scope".to_owned(), scope.clone());
        }
        answer
    }

    fn refresh_token_field(&self, usual: RefreshTokenWire) -> Option<Value> {
        let (wire, sent) = match &self.refresh_token {
            Refresh::New(token) => return Some(json!(token)),
            Refresh::None => (self.script.absent, ""),
            Refresh::Unrotated { wire, sent } => (wire.unwrap_or(usual), sent.as_str()),
        };
        match wire {
            RefreshTokenWire::Omitted => None,
            RefreshTokenWire::Null => Some(Value::Null),
            RefreshTokenWire::Empty => Some(json!("")),
            RefreshTokenWire::Same => Some(json!(sent)),
        }
    }
}

/// Nhost Auth's response if the user has no row for the provider: 200 with an empty object.
pub(crate) fn empty_provider_session() -> Value {
    json!({ "accessToken": "", "expiresIn": 0, "expiresAt": ZERO_TIME, "refreshToken": null })
}
