use std::{fmt, sync::Arc};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use http::HeaderMap;
use jsonwebtoken::Algorithm;
use secrecy::SecretString;

use super::{
    Claims, JwksState, JwtSecret, JwtSecrets,
    jwks::{Jwks, Unavailable},
    key::VerifyingKey,
    secret::Keys,
    third_party::ThirdParty,
    token::{Digest, Token},
    verified_tokens::{self, VerifiedTokens},
};
use crate::{auth::AuthError, clock::Clock};

/// Verifies the JWTs of requests by the JWT secrets, with keys fetched where they are published.
#[derive(Clone)]
pub struct JwtVerifier {
    secrets: Arc<[Verifying]>,
    clock: Clock,
}

struct Verifying {
    secret: JwtSecret,
    keys: Source,
    verified: VerifiedTokens,
}

enum Source {
    Fixed(Arc<[VerifyingKey]>),
    Published { jwks: Jwks, only: Option<Algorithm> },
}

impl JwtVerifier {
    /// Fetches nothing yet.
    ///
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(secrets: &JwtSecrets, clock: Clock) -> Result<Self, reqwest::Error> {
        let bytes = verified_tokens::BYTES / (secrets.iter().count().max(1) as u64);
        let verifying = |secret: &JwtSecret| {
            let keys = match &secret.keys {
                Keys::Fixed { verifying, .. } => Source::Fixed(Arc::new(verifying.clone())),
                Keys::Published { url, only } => {
                    Source::Published { jwks: Jwks::new(url.clone(), clock.clone())?, only: *only }
                }
            };
            let verified = VerifiedTokens::new(bytes);
            Ok(Verifying { secret: secret.clone(), keys, verified })
        };
        Ok(Self { secrets: secrets.iter().map(verifying).collect::<Result<_, _>>()?, clock })
    }

    /// The clock that JWTs are judged by.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Fetches the keys that are published, unless a request has already: the state of each
    /// `jwk_url` after that.
    pub async fn fetch_keys(&self) -> Vec<JwksState> {
        let published = self.secrets.iter().filter_map(|verifying| match &verifying.keys {
            Source::Fixed(_) => None,
            Source::Published { jwks, .. } => Some(jwks.fetch_first()),
        });
        join_all(published).await
    }

    /// The state of each `jwk_url` as it is, without a fetch.
    pub fn published_keys(&self) -> Vec<JwksState> {
        let published = self.secrets.iter().filter_map(|verifying| match &verifying.keys {
            Source::Fixed(_) => None,
            Source::Published { jwks, .. } => Some(jwks.state()),
        });
        published.collect()
    }

    /// The claims of the request's JWT, and the JWT.
    pub async fn verify(
        &self,
        headers: &HeaderMap,
    ) -> Result<(Arc<Claims>, SecretString), AuthError> {
        let (token, secrets) = self.choose(headers)?;
        let claims = self.by_any(&token, secrets).await?;
        Ok((claims, token.text.into()))
    }

    /// The claims of a JWT that came otherwise than in a request.
    pub async fn verify_token(&self, text: &str) -> Result<Arc<Claims>, AuthError> {
        let token = Token::read(text)?;
        let secrets = Self::for_issuer_of(&token, self.secrets.iter().collect());
        self.by_any(&token, secrets).await
    }

    /// Whether any token that the request carries, wherever and however, was issued to a client by
    /// what it says about itself. That is not proven, and need not be: it only ever removes
    /// permissions.
    pub fn carries_a_clients(&self, headers: &HeaderMap) -> bool {
        let is_own =
            |audience: &str| self.secrets.iter().any(|of| of.secret.is_own_audience(audience));
        self.secrets.iter().any(|verifying| {
            verifying
                .secret
                .location
                .every_token(headers)
                .into_iter()
                .filter_map(Token::claimed)
                .any(|payload| ThirdParty::read(&payload).client(is_own).is_some())
        })
    }

    // Boxed: with one more opaque future here a release build finds that none of them is `Send`.
    fn by_any<'a>(
        &'a self,
        token: &'a Token<'_>,
        secrets: Vec<&'a Verifying>,
    ) -> BoxFuture<'a, Result<Arc<Claims>, AuthError>> {
        async move {
            let mut refusals = Vec::new();
            for verifying in secrets {
                match verifying.verify(token, &self.clock).await {
                    Ok(claims) => return Ok(claims),
                    Err(refusal) => refusals.push(refusal),
                }
            }
            // The one that got furthest: a key that is not the token's says the least.
            refusals.sort_by_key(|refusal| match *refusal {
                AuthError::WRONG_ALGORITHM => 0,
                AuthError::WRONG_SIGNATURE => 1,
                AuthError::KEYS_UNAVAILABLE => 2,
                _ => 3,
            });
            Err(refusals.pop().unwrap_or(AuthError::WRONG_ISSUER))
        }
        .boxed()
    }

    /// The request's one token, and the secrets that it may be verified by.
    fn choose<'a>(
        &self,
        headers: &'a HeaderMap,
    ) -> Result<(Token<'a>, Vec<&Verifying>), AuthError> {
        let (mut found, mut refused) = (Vec::new(), None);
        for verifying in &*self.secrets {
            match verifying.secret.location.token(headers) {
                Ok(Some(text)) => found.push((text, verifying)),
                Ok(None) => {}
                Err(error) => refused = Some(error),
            }
        }
        let Some((text, _)) = found.first().copied() else {
            return Err(refused.unwrap_or_else(|| self.missing()));
        };
        if found.iter().any(|(other, _)| *other != text) {
            return Err(AuthError::AMBIGUOUS);
        }
        let recall = |digest: &Digest| {
            found.iter().find_map(|(_, verifying)| verifying.verified.key_name(digest))
        };
        let token = Token::read_or_recall(text, recall)?;
        let secrets = found.into_iter().map(|(_, verifying)| verifying).collect();
        let secrets = Self::for_issuer_of(&token, secrets);
        Ok((token, secrets))
    }

    /// As at Hasura: of several secrets one that names an issuer is for that one's tokens.
    fn for_issuer_of<'a>(token: &Token<'_>, mut secrets: Vec<&'a Verifying>) -> Vec<&'a Verifying> {
        if secrets.len() > 1 {
            let issuer = token.claimed_issuer();
            secrets.retain(|of| of.secret.issuer.is_none() || of.secret.issuer == issuer);
        }
        secrets
    }

    /// How many verified tokens are remembered. Exists in unit tests only.
    #[cfg(test)]
    pub fn remembered(&self) -> u64 {
        self.secrets.iter().map(|verifying| verifying.verified.count()).sum()
    }

    fn missing(&self) -> AuthError {
        let mut places = self.secrets.iter().map(|verifying| &verifying.secret.location);
        let first = places.next();
        match first {
            Some(first) if places.all(|place| place == first) => first.missing(),
            _ => AuthError::MISSING_EVERYWHERE,
        }
    }
}

impl Verifying {
    async fn verify(&self, token: &Token<'_>, clock: &Clock) -> Result<Arc<Claims>, AuthError> {
        let keys = self.keys_for(token).await?;
        let now = clock.now();
        let verified = if let Some(known) = self.verified.get(token, &keys) {
            known
        } else {
            let verified = Arc::new(self.secret.verify_by(token, &keys, now)?);
            self.verified.insert(token, verified.clone());
            verified
        };
        self.secret.accept(&verified, now)
    }

    /// The keys that may have signed the token, as they are now.
    async fn keys_for(&self, token: &Token<'_>) -> Result<Arc<[VerifyingKey]>, AuthError> {
        match &self.keys {
            Source::Fixed(keys) => Ok(keys.clone()),
            Source::Published { jwks, only } => {
                // A token that can't be valid must not trigger a fetch.
                if token.is_by_shared_secret()
                    || only.is_some_and(|only| only != token.key.algorithm)
                {
                    return Err(AuthError::WRONG_ALGORITHM);
                }
                let keys = jwks.keys_for(&token.key).await;
                keys.map_err(|Unavailable| AuthError::KEYS_UNAVAILABLE)
            }
        }
    }
}

/// Says no secret.
impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.secrets.iter().map(|verifying| &verifying.secret)).finish()
    }
}
