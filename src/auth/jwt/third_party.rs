use domain::ClientId;
use serde_json::{Map, Value};

/// What shows that a JWT was issued to a third party: an OAuth app or an MCP client that acts for
/// the user. Nhost Auth signs these with the same key as sessions, and they hold the same Hasura
/// claims; but they have an `aud`, which is the client's id, and a `scope`. Sessions have neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThirdParty {
    has_scope: bool,
    audience: Audience,
    /// `azp` (`OpenID` Connect Core, 2) or `client_id` (RFC 9068, 2.2).
    party: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Audience {
    Missing,
    Of(Vec<String>),
    /// Neither a string nor a list of them, or an empty list.
    Unreadable,
}

/// A client of the user: its id, where the JWT says it in a way that can be granted.
pub type ClientOfUser = Option<ClientId>;

impl ThirdParty {
    pub(super) fn read(payload: &Map<String, Value>) -> Self {
        let party = ["azp", "client_id"].into_iter().find_map(|claim| payload.get(claim));
        Self {
            has_scope: payload.contains_key("scope"),
            audience: Audience::read(payload.get("aud")),
            party: party.and_then(Value::as_str).map(str::to_owned),
        }
    }

    /// The client that the JWT was issued to; `None`: it is a session of the user's own. `own` are
    /// the audiences of sessions.
    ///
    /// Whatever is unusual makes a client that can't be granted anything, and never the user.
    pub fn client(&self, own: impl Fn(&str) -> bool) -> Option<ClientOfUser> {
        let is_session = !self.has_scope
            && match &self.audience {
                Audience::Missing => true,
                Audience::Of(audiences) => audiences.iter().all(|audience| own(audience)),
                Audience::Unreadable => false,
            };
        if is_session {
            return None;
        }
        let id = match &self.audience {
            Audience::Of(audiences) if audiences.len() == 1 && !own(&audiences[0]) => {
                Some(&audiences[0])
            }
            Audience::Missing | Audience::Of(_) => self.party.as_ref(),
            Audience::Unreadable => None,
        };
        Some(id.and_then(|id| ClientId::parse(id)))
    }
}

impl Audience {
    fn read(claim: Option<&Value>) -> Self {
        match claim {
            None => Self::Missing,
            Some(Value::String(audience)) => Self::Of(vec![audience.clone()]),
            Some(Value::Array(audiences)) if !audiences.is_empty() => {
                let strings = audiences.iter().map(|of| of.as_str().map(str::to_owned)).collect();
                Option::map_or(strings, Self::Unreadable, Self::Of)
            }
            Some(_) => Self::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `None`: a session. `Some("")`: a client that can't be granted.
    fn client(payload: &Value) -> Option<String> {
        let read = ThirdParty::read(payload.as_object().unwrap());
        let client = read.client(|audience| audience == "own" || audience == "app");
        client.map(|id| id.map(|id| id.to_string()).unwrap_or_default())
    }

    #[test]
    fn a_session_has_no_scope_and_no_audience_but_the_deployments_own() {
        for session in [
            json!({}),
            json!({ "azp": "c", "client_id": "c" }),
            json!({ "aud": "own" }),
            json!({ "aud": ["own"] }),
            json!({ "aud": ["app", "own"], "azp": "c" }),
        ] {
            assert_eq!(client(&session), None, "{session}");
        }
    }

    #[test]
    fn a_client_is_known_by_its_audience_and_else_by_its_party() {
        for (payload, id) in [
            (json!({ "aud": "c", "scope": "graphql" }), "c"),
            (json!({ "aud": "c" }), "c"),
            (json!({ "aud": ["c"], "scope": ["graphql"] }), "c"),
            (json!({ "aud": "c", "azp": "other", "client_id": "other" }), "c"),
            (json!({ "aud": ["c", "own"] }), ""),
            (json!({ "aud": ["c", "own"], "azp": "c" }), "c"),
            (json!({ "aud": ["c", "d"], "client_id": "c" }), "c"),
            (json!({ "aud": "own", "scope": "graphql" }), ""),
            (json!({ "aud": "own", "scope": "", "azp": "c" }), "c"),
            (json!({ "scope": "" }), ""),
            (json!({ "scope": null }), ""),
            (json!({ "scope": {}, "client_id": "c" }), "c"),
            (json!({ "scope": "graphql", "azp": "c", "client_id": "d" }), "c"),
        ] {
            assert_eq!(client(&payload).as_deref(), Some(id), "{payload}");
        }
    }

    #[test]
    fn what_is_unusual_is_a_client_that_cannot_be_granted() {
        for payload in [
            json!({ "aud": null }),
            json!({ "aud": 7 }),
            json!({ "aud": true }),
            json!({ "aud": { "own": "own" } }),
            json!({ "aud": [] }),
            json!({ "aud": ["own", 7] }),
            json!({ "aud": [["own"]] }),
            json!({ "aud": null, "azp": "c" }),
            json!({ "aud": "" }),
            json!({ "aud": "a b" }),
            json!({ "aud": "x".repeat(ClientId::LONGEST + 1) }),
            json!({ "scope": "graphql", "azp": 7, "client_id": "c" }),
        ] {
            assert_eq!(client(&payload).as_deref(), Some(""), "{payload}");
        }
    }
}
