mod claims;
mod misspelt;

use http::HeaderName;
use jsonwebtoken::AlgorithmFamily;
use serde_json::{Map, Value};
use url::Url;

use super::{
    JwtSecret, JwtSecretError,
    issuer::SeenIssuer,
    key::{self, VerifyingKey},
    location::Location,
    secret::{Keys, Signing},
};

/// The JSON object of a JWT secret while it is read. Collects all problems, so that they are
/// reported together.
pub(super) struct Fields {
    fields: Map<String, Value>,
    problems: Vec<String>,
}

impl Fields {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self { fields, problems: Vec::new() }
    }

    pub(super) fn read(mut self) -> Result<JwtSecret, JwtSecretError> {
        self.misspelt();
        let keys = self.keys();
        let location = self.location();
        let namespace = self.namespace();
        let issuer = self.string("issuer");
        let audience = self.audience();
        let allowed_skew = self.allowed_skew();
        match (keys, location, namespace) {
            (Some(keys), Some(location), Some(namespace)) if self.problems.is_empty() => {
                Ok(JwtSecret {
                    keys,
                    location,
                    namespace,
                    issuer,
                    seen_issuer: SeenIssuer::default(),
                    audience,
                    session_audiences: Vec::new(),
                    allowed_skew,
                })
            }
            _ => Err(JwtSecretError { problems: self.problems }),
        }
    }

    /// `type` and `key`, or `jwk_url`.
    fn keys(&mut self) -> Option<Keys> {
        let kid = self.string("kid");
        if self.get("jwk_url").is_some() {
            return self.published();
        }
        let algorithm = self.required("type").map(|name| key::algorithm(&name));
        let key = self.required("key");
        let signing_key = self.string("signing_key");
        let algorithm = self.ok(algorithm?)?;
        let key = key?;
        let (verifying, signing) = if algorithm.family() == AlgorithmFamily::Hmac {
            let (verifying, signing) = self.ok(key::shared(algorithm, &key))?;
            (verifying, Some(signing))
        } else {
            let verifying = self.ok(key::public(algorithm, &key))?;
            let signing = match signing_key {
                Some(pem) => Some(self.ok(key::private(algorithm, &pem, &verifying))?),
                None => None,
            };
            (verifying, signing)
        };
        Some(Keys::Fixed {
            verifying: [VerifyingKey { kid: None, algorithms: vec![algorithm], key: verifying }],
            signing: signing.map(|key| Signing { algorithm, key, kid }),
        })
    }

    fn published(&mut self) -> Option<Keys> {
        if self.get("key").is_some() {
            self.problem("`key` and `jwk_url` are both set: remove one of them");
        }
        let only = self.string("type").map(|name| key::algorithm(&name));
        let only = match only {
            Some(only) => Some(self.ok(only)?),
            None => None,
        };
        if only.is_some_and(|algorithm| algorithm.family() == AlgorithmFamily::Hmac) {
            self.problem(
                "`type` is that of a shared secret, which no `jwk_url` publishes: leave `type` out",
            );
        }
        let url = self.string("jwk_url")?;
        let url = Url::parse(&url).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
        });
        if url.is_none() {
            self.problem(
                "`jwk_url` is not a URL such as \
                 https://local.auth.local.nhost.run/v1/.well-known/jwks.json",
            );
        }
        Some(Keys::Published { url: url?, only })
    }

    fn location(&mut self) -> Option<Location> {
        let Some(header) = self.get("header") else {
            return Some(Location::Authorization);
        };
        let text = |name| header.get(name).and_then(Value::as_str);
        let name = text("name").filter(|name| !name.is_empty());
        let location = match (text("type"), name) {
            (Some("Authorization"), _) => Some(Location::Authorization),
            (Some("Cookie"), Some(name)) => Some(Location::Cookie(name.to_owned())),
            (Some("CustomHeader"), Some(name)) => {
                HeaderName::try_from(name).ok().map(Location::CustomHeader)
            }
            _ => None,
        };
        if location.is_none() {
            self.problem(
                "`header` must be {\"type\":\"Authorization\"}, \
                 {\"type\":\"Cookie\",\"name\":\"…\"} or \
                 {\"type\":\"CustomHeader\",\"name\":\"…\"}: use one of them, or leave it out",
            );
        }
        location
    }

    fn audience(&mut self) -> Option<Vec<String>> {
        let audience = match self.get("audience")? {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(list) => list.iter().map(|a| a.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        let audience = audience.filter(|a| !a.is_empty() && a.iter().all(|a| !a.is_empty()));
        if audience.is_none() {
            self.problem("`audience` must be a string or a list of strings, none empty");
        }
        audience
    }

    fn allowed_skew(&mut self) -> u32 {
        let Some(skew) = self.get("allowed_skew") else {
            return 0;
        };
        let seconds = skew.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
        if seconds.is_none() {
            self.problem("`allowed_skew` must be a whole number of seconds, 0 or more");
        }
        seconds.unwrap_or_default()
    }

    fn required(&mut self, name: &str) -> Option<String> {
        if self.get(name).is_none() {
            self.problem(format!(
                "`{name}` is missing: copy the JWT secret of the Nhost project, or give a `jwk_url`"
            ));
        }
        self.string(name)
    }

    /// A string that must not be empty if it is set.
    fn string(&mut self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => {
                self.problem(format!("`{name}` must be a string that is not empty"));
                None
            }
        }
    }

    /// Some tools write `null` for "not set".
    fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn ok<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.problem(problem)).ok()
    }

    fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }
}
