use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde_json::{Map, Value};

use super::{
    Claims, JwtSecret, issuer,
    key::VerifyingKey,
    third_party::ThirdParty,
    token::{KeyName, Token},
    validity::Validity,
};
use crate::auth::AuthError;

const WRONG_AUDIENCE: AuthError = AuthError::invalid(
    "Could not verify JWT: JWTNotInAudience: its aud must contain an audience of this server's JWT \
     secret",
);

/// A token that verified, and what still has to hold when it is used again.
pub(super) struct Verified {
    pub claims: Arc<Claims>,
    pub validity: Validity,
    /// The `alg` and `kid` of its header.
    pub key_name: KeyName,
    /// The keys that it verified with, one of which has signed it.
    pub keys: Arc<[VerifyingKey]>,
    /// The issuer of sessions, if the token shows it.
    pub session_issuer: Option<Arc<str>>,
}

impl JwtSecret {
    /// What `token` says if one of `keys` has signed it and all of it is good at `now`.
    ///
    /// The keys and their algorithms are this secret's; whatever the token's header says about
    /// them (`alg`, `jwk`, `jku`, `x5c`, `kid`) can only make it fail (RFC 8725, 3.1).
    pub(super) fn verify_by(
        &self,
        token: &Token<'_>,
        keys: &Arc<[VerifyingKey]>,
        now: DateTime<Utc>,
    ) -> Result<Verified, AuthError> {
        let payload = signed_payload(token, keys)?;
        let validity = Validity::read(&payload, self.allowed_skew, now)?;
        self.check_issuer(&payload)?;
        self.check_audience(&payload)?;
        let client = ThirdParty::read(&payload).client(|audience| self.is_own_audience(audience));
        // A token that Nhost Auth issues to another app does not belong to a session.
        let session_issuer = match (&self.issuer, &client) {
            (None, None) => issuer::of_session(&payload).map(Into::into),
            _ => None,
        };
        let payload = Value::Object(payload);
        let namespace = self.namespace.claims(&payload)?;
        let claims = Claims::read(&payload, namespace.as_ref(), validity.until())?;
        let claims = Arc::new(claims.of_client(client));
        let key_name = token.key.clone();
        Ok(Verified { claims, validity, key_name, keys: keys.clone(), session_issuer })
    }

    /// The claims of a token that has verified now or before, if it is valid at `now`.
    pub(super) fn accept(
        &self,
        verified: &Verified,
        now: DateTime<Utc>,
    ) -> Result<Arc<Claims>, AuthError> {
        verified.validity.check(now)?;
        if let Some(issuer) = &verified.session_issuer {
            self.seen_issuer.note(issuer);
        }
        Ok(verified.claims.clone())
    }

    /// The claims by a secret that holds its own key. Exists in unit tests only.
    #[cfg(test)]
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, AuthError> {
        match &self.keys {
            super::secret::Keys::Fixed { verifying, .. } => {
                let keys = Arc::new(verifying.clone()) as Arc<[VerifyingKey]>;
                let verified = self.verify_by(&Token::read(token)?, &keys, now)?;
                self.accept(&verified, now).map(|claims| Claims::clone(&claims))
            }
            super::secret::Keys::Published { .. } => Err(AuthError::KEYS_UNAVAILABLE),
        }
    }

    /// Stricter than Hasura: a token without `iss` doesn't bypass a configured issuer.
    fn check_issuer(&self, payload: &Map<String, Value>) -> Result<(), AuthError> {
        match &self.issuer {
            Some(issuer) if payload.get("iss").and_then(Value::as_str) != Some(issuer) => {
                Err(AuthError::WRONG_ISSUER)
            }
            _ => Ok(()),
        }
    }

    /// Without an `audience` in the secret every `aud` is good, as at Hasura.
    fn check_audience(&self, payload: &Map<String, Value>) -> Result<(), AuthError> {
        let Some(accepted) = &self.audience else {
            return Ok(());
        };
        let is_accepted = |value: &Value| {
            value.as_str().is_some_and(|audience| accepted.iter().any(|a| a == audience))
        };
        let good = match payload.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(is_accepted),
            Some(audience) => is_accepted(audience),
            None => false,
        };
        if good { Ok(()) } else { Err(WRONG_AUDIENCE) }
    }
}

/// The payload of a token that one of these keys has signed.
pub(super) fn signed_payload(
    token: &Token<'_>,
    keys: &[VerifyingKey],
) -> Result<Map<String, Value>, AuthError> {
    if !keys.iter().any(|key| key.algorithms.contains(&token.key.algorithm)) {
        return Err(AuthError::WRONG_ALGORITHM);
    }
    let validation = signature_only(token.key.algorithm);
    for key in keys.iter().filter(|key| key.may_be(&token.key)) {
        match jsonwebtoken::decode(token.text, &key.key, &validation) {
            Ok(decoded) => return Ok(decoded.claims),
            Err(error) => match error.kind() {
                ErrorKind::InvalidSignature => {}
                ErrorKind::InvalidAlgorithm => return Err(AuthError::WRONG_ALGORITHM),
                // The library's own words may quote the token.
                _ => return Err(AuthError::MALFORMED),
            },
        }
    }
    Err(AuthError::WRONG_SIGNATURE)
}

/// The library checks the signature; the claims are checked here, against the clock handed in.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
