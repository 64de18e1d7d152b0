//! The scopes of a grant, and how its provider writes them.

use serde_json::{Value, json};

use crate::Provider;

/// The scopes of a grant. If none are set, no response lists them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scopes {
    pub(crate) granted: Vec<String>,
    /// Whether token responses list them.
    pub(crate) named: bool,
}

impl Scopes {
    /// The member `scope` of a token response (RFC 6749 §5.1), if there is one.
    pub(crate) fn in_answers(&self, provider: Provider) -> Option<Value> {
        (self.named && !self.granted.is_empty()).then(|| match provider {
            Provider::Twitch => json!(self.granted),
            Provider::Github | Provider::Linkedin => json!(self.granted.join(",")),
            _ => json!(self.granted.join(" ")),
        })
    }

    /// The response of the provider's API about a token.
    pub(crate) fn about_token(&self, provider: Provider) -> Value {
        match provider {
            Provider::Facebook => {
                let granted = |scope: &String| json!({ "permission": scope, "status": "granted" });
                let declined = json!({ "permission": "user_friends", "status": "declined" });
                let all = self.granted.iter().map(granted).chain([declined]);
                json!({ "data": all.collect::<Vec<_>>() })
            }
            Provider::Discord | Provider::Twitch => json!({ "scopes": self.granted }),
            Provider::Gitlab => json!({ "scope": self.granted }),
            _ => json!({ "scope": self.granted.join(" ") }),
        }
    }

    /// `X-OAuth-Scopes`, for the providers that send it.
    pub(crate) fn in_header(&self, provider: Provider) -> Option<String> {
        let has = matches!(provider, Provider::Github | Provider::Bitbucket);
        (has && !self.granted.is_empty()).then(|| self.granted.join(", "))
    }
}
