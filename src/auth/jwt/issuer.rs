use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Map, Value};

/// The issuer of the last session JWT that a secret has verified. All clones of the secret share
/// it, so that what the verifier sees is known when JWTs are signed.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenIssuer(Arc<RwLock<Option<Arc<str>>>>);

impl SeenIssuer {
    pub(super) fn get(&self) -> Option<Arc<str>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `issuer` is that of a verified token, by [`of_session`].
    pub(super) fn note(&self, issuer: &Arc<str>) {
        let is_known =
            self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(issuer);
        if !is_known {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(issuer.clone());
        }
    }
}

/// The issuer that the payload of a session shows. A token that Nhost Auth issues to other apps
/// (`scope`) is not a session.
pub(super) fn of_session(payload: &Map<String, Value>) -> Option<&str> {
    let is_session = !payload.contains_key("scope");
    payload.get("iss").and_then(Value::as_str).filter(|_| is_session)
}

/// The issuer for the JWTs that this server signs, as far as it is known without asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// The field `issuer` of the JWT secret.
    Configured(String),
    /// The `iss` of the project's own JWTs.
    Seen(String),
    Unknown,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_issued_to_another_app_teaches_no_issuer() {
        let seen = SeenIssuer::default();
        for (payload, expected) in [
            (json!({ "iss": "of another app", "scope": "graphql" }), None),
            (json!({ "sub": "nobody's" }), None),
            (json!({ "iss": "of a session" }), Some("of a session")),
            (json!({ "iss": "of another app", "scope": "" }), Some("of a session")),
        ] {
            if let Some(issuer) = of_session(payload.as_object().unwrap()) {
                seen.note(&issuer.into());
            }
            assert_eq!(seen.get().as_deref(), expected);
        }
    }
}
