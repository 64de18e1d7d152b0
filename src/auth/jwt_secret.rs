use std::fmt;

use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};
use serde_json::{Map, Value};
use thiserror::Error;

use super::jwt_key;

/// Where Hasura's claims are unless `claims_namespace` says otherwise.
const DEFAULT_NAMESPACE: &str = "https://hasura.io/jwt/claims";

/// Fields of Hasura's that change what a token means. To ignore one would be to verify less than
/// its author asked for.
const UNSUPPORTED: [&str; 3] = ["jwk_url", "claims_namespace_path", "claims_map"];

const INSTEAD: &str = "leave it out, and use `type`, `key` and `claims_namespace`";

const NOT_AN_OBJECT: &str =
    "the JWT secret is not a JSON object: write it like {\"type\":\"HS256\",\"key\":\"…\"}";

/// What the JWTs of Nhost Auth are verified with: `NHOST_JWT_SECRET`, in Hasura's format.
#[derive(Clone)]
pub struct JwtSecret {
    pub(super) algorithm: Algorithm,
    pub(super) verifying: DecodingKey,
    pub(super) signing: Option<EncodingKey>,
    pub(super) kid: Option<String>,
    pub(super) issuer: Option<String>,
    /// Never an empty list.
    pub(super) audience: Option<Vec<String>>,
    pub(super) claims_namespace: String,
    /// Seconds of leeway for `exp` and `nbf`.
    pub(super) allowed_skew: u32,
}

/// Why a JWT secret can't be used: every problem at once, none of them showing a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", problems.join("; "))]
pub struct JwtSecretError {
    problems: Vec<String>,
}

impl JwtSecretError {
    /// What is wrong and what to do, a sentence each; never empty.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl JwtSecret {
    /// Reads the JSON object of `NHOST_JWT_SECRET` or `HASURA_GRAPHQL_JWT_SECRET`. Fields that
    /// Hasura does not know are ignored; those that it knows and this server does not are refused.
    pub fn parse(json: &str) -> Result<Self, JwtSecretError> {
        let fields = match serde_json::from_str(json) {
            Ok(Value::Object(fields)) => Fields { fields, problems: Vec::new() },
            Ok(_) => return Err(JwtSecretError::one(NOT_AN_OBJECT.to_owned())),
            Err(error) => {
                return Err(JwtSecretError::one(format!(
                    "{NOT_AN_OBJECT} (line {}, column {}; line breaks in a key are written \\n)",
                    error.line(),
                    error.column()
                )));
            }
        };
        fields.read()
    }
}

impl JwtSecretError {
    fn one(problem: String) -> Self {
        Self { problems: vec![problem] }
    }
}

/// The object while it is read: collects what is wrong, so that all of it is reported at once.
struct Fields {
    fields: Map<String, Value>,
    problems: Vec<String>,
}

impl Fields {
    fn read(mut self) -> Result<JwtSecret, JwtSecretError> {
        self.refuse_unsupported();
        let keys = self.keys();
        let kid = self.string("kid");
        let issuer = self.string("issuer");
        let audience = self.audience();
        let claims_namespace =
            self.string("claims_namespace").unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
        let allowed_skew = self.allowed_skew();
        match keys {
            Some((algorithm, verifying, signing)) if self.problems.is_empty() => Ok(JwtSecret {
                algorithm,
                verifying,
                signing,
                kid,
                issuer,
                audience,
                claims_namespace,
                allowed_skew,
            }),
            _ => Err(JwtSecretError { problems: self.problems }),
        }
    }

    fn refuse_unsupported(&mut self) {
        for name in UNSUPPORTED {
            if self.get(name).is_some() {
                self.problem(format!("`{name}` is not supported by this version: {INSTEAD}"));
            }
        }
        if self.get("claims_format").is_some_and(|format| format != "json") {
            self.problem(format!(
                "`claims_format` other than json is not supported by this version: {INSTEAD}"
            ));
        }
        let header = self.get("header").map(|header| header.get("type"));
        if header.is_some_and(|kind| kind.is_none_or(|kind| kind != "Authorization")) {
            self.problem(
                "`header` other than {\"type\":\"Authorization\"} is not supported by this \
                 version: leave it out, and send tokens in the Authorization header"
                    .to_owned(),
            );
        }
    }

    fn keys(&mut self) -> Option<(Algorithm, DecodingKey, Option<EncodingKey>)> {
        let algorithm = self.required("type").map(|name| jwt_key::algorithm(&name));
        let key = self.required("key");
        let signing_key = self.string("signing_key");
        let algorithm = self.ok(algorithm?)?;
        let key = key?;
        if algorithm.family() == AlgorithmFamily::Hmac {
            let (verifying, signing) = self.ok(jwt_key::shared(algorithm, &key))?;
            return Some((algorithm, verifying, Some(signing)));
        }
        let verifying = self.ok(jwt_key::public(algorithm, &key))?;
        let signing = match signing_key {
            Some(pem) => Some(self.ok(jwt_key::private(algorithm, &pem, &verifying))?),
            None => None,
        };
        Some((algorithm, verifying, signing))
    }

    fn audience(&mut self) -> Option<Vec<String>> {
        let audience = match self.get("audience")? {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(list) => list.iter().map(|a| a.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        let audience = audience.filter(|a| !a.is_empty() && a.iter().all(|a| !a.is_empty()));
        if audience.is_none() {
            self.problem("`audience` must be a string or a list of strings, none empty".to_owned());
        }
        audience
    }

    fn allowed_skew(&mut self) -> u32 {
        let Some(skew) = self.get("allowed_skew") else {
            return 0;
        };
        let seconds = skew.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
        if seconds.is_none() {
            self.problem("`allowed_skew` must be a whole number of seconds, 0 or more".to_owned());
        }
        seconds.unwrap_or_default()
    }

    fn required(&mut self, name: &str) -> Option<String> {
        // Beside `jwk_url` they are not missing; that field is the problem.
        if self.get(name).is_none() && self.get("jwk_url").is_none() {
            self.problem(format!("`{name}` is missing: copy the JWT secret of the Nhost project"));
        }
        self.string(name)
    }

    /// A string that, where it is there, is not empty.
    fn string(&mut self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => {
                self.problem(format!("`{name}` must be a string that is not empty"));
                None
            }
        }
    }

    /// `null` is how some tools write "not there".
    fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn ok<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.problem(problem)).ok()
    }

    fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }
}

/// Says the type only.
impl fmt::Debug for JwtSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JwtSecret({})", jwt_key::type_name(self.algorithm))
    }
}
