use std::{error::Error, time::Duration};

use reqwest::{Client, StatusCode, header::HeaderValue, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::HasuraError;
use crate::http_client;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Hasura queries the remote schemas before it responds, each for up to its own timeout.
const TIMEOUT: Duration = Duration::from_secs(150);

/// The metadata API of a running Hasura.
pub struct Api {
    http: Client,
    endpoint: Url,
    admin_secret: Option<HeaderValue>,
}

/// Metadata, and the version by which Hasura detects changes.
#[derive(Debug)]
pub struct Exported {
    pub metadata: Value,
    pub resource_version: u64,
}

/// The outcome of a replacement that was accepted or overtaken.
#[derive(Debug, PartialEq, Eq)]
pub enum Replaced {
    Done,
    /// Someone else has changed the metadata since it was exported.
    Overtaken,
}

/// Hasura's response.
struct Answer {
    status: StatusCode,
    body: Value,
}

impl Api {
    /// # Errors
    /// The admin secret can't be in a header, or there is no TLS.
    pub fn new(endpoint: Url, admin_secret: Option<&SecretString>) -> Result<Self, Box<dyn Error>> {
        let admin_secret = admin_secret.map(|secret| {
            let value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| {
                "HASURA_GRAPHQL_ADMIN_SECRET has characters that a header can't contain: check it"
            });
            value.map(|mut value| {
                value.set_sensitive(true);
                value
            })
        });
        let http = http_client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // The admin secret is sent only to the given URL.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { http, endpoint, admin_secret: admin_secret.transpose()? })
    }

    pub fn endpoint(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }

    /// The current metadata.
    pub async fn export(&self) -> Result<Exported, HasuraError> {
        let request = json!({ "type": "export_metadata", "version": 2, "args": {} });
        let body = self.read(&request).await?;
        let form = HasuraError::Form { what: "export_metadata" };
        match (body["resource_version"].as_u64(), body.get("metadata")) {
            (Some(resource_version), Some(metadata)) if metadata.is_object() => {
                Ok(Exported { metadata: metadata.clone(), resource_version })
            }
            _ => Err(form),
        }
    }

    /// What is inconsistent, one line each.
    pub async fn inconsistencies(&self) -> Result<Vec<String>, HasuraError> {
        let request = json!({ "type": "get_inconsistent_metadata", "args": {} });
        let body = self.read(&request).await?;
        Ok(reasons(&body["inconsistent_objects"]))
    }

    /// Whether remote schema permissions are on; `None` if Hasura does not report it.
    pub async fn permissions_are_on(&self) -> Option<bool> {
        let request = self.http.get(self.url("v1alpha1/config"));
        let answer = self.send(request).await.ok()?;
        answer.body["is_remote_schema_permissions_enabled"].as_bool()
    }

    /// Replaces the whole metadata, if its version is still the same.
    ///
    /// `replace_metadata` and not `bulk_atomic`, which accepts no remote schema; and not `bulk`,
    /// which would overwrite what others have changed since the export. With `resource_version`
    /// Hasura compares and writes in one statement, or answers 409; without
    /// `allow_inconsistent_metadata` it builds and checks everything before it writes any of it.
    pub async fn replace(&self, new: &Exported) -> Result<Replaced, HasuraError> {
        let request = json!({
            "type": "replace_metadata",
            "version": 2,
            "resource_version": new.resource_version,
            "args": { "allow_inconsistent_metadata": false, "metadata": new.metadata },
        });
        let answer = match self.post(&request).await {
            Ok(answer) => answer,
            // Without a connection nothing was sent; after any other error the outcome is unknown.
            Err(error) if error.is_connect() => return Err(self.unreachable(&error)),
            Err(error) => return Err(HasuraError::Unknown { cause: root_cause(&error) }),
        };
        match answer.status {
            StatusCode::OK => Ok(Replaced::Done),
            StatusCode::CONFLICT => Ok(Replaced::Overtaken),
            status if status.is_server_error() => {
                Err(HasuraError::Unknown { cause: format!("it answered {}", status.as_u16()) })
            }
            _ => Err(self.refused(&answer)),
        }
    }

    async fn read(&self, request: &Value) -> Result<Value, HasuraError> {
        let answer = self.post(request).await.map_err(|error| self.unreachable(&error))?;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            status if status.is_server_error() => {
                Err(HasuraError::Fails { status: status.as_u16() })
            }
            _ => Err(self.refused(&answer)),
        }
    }

    async fn post(&self, request: &Value) -> Result<Answer, reqwest::Error> {
        self.send(self.http.post(self.url("v1/metadata")).json(request)).await
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        if let Some(secret) = &self.admin_secret {
            request = request.header("x-hasura-admin-secret", secret.clone());
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or_default() })
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.endpoint())
    }

    fn unreachable(&self, error: &reqwest::Error) -> HasuraError {
        let cause =
            if error.is_timeout() { "it did not answer in time".into() } else { root_cause(error) };
        HasuraError::Unreachable { endpoint: self.endpoint().to_owned(), cause }
    }

    fn refused(&self, answer: &Answer) -> HasuraError {
        let Answer { status, body } = answer;
        let code = body["code"].as_str();
        if *status == StatusCode::UNAUTHORIZED || code == Some("access-denied") {
            return HasuraError::AdminSecret;
        }
        let Some(message) = body["error"].as_str() else {
            let endpoint = self.endpoint().to_owned();
            return HasuraError::NotHasura { endpoint, status: status.as_u16() };
        };
        let reasons = reasons(&body["internal"]);
        let hint = hint(message, &reasons);
        HasuraError::Refused { message: message.to_owned(), reasons, hint }
    }
}

/// The reasons of inconsistent objects. Nothing else of them, because their definitions and the
/// details of a failed request contain header values.
fn reasons(objects: &Value) -> Vec<String> {
    let objects = objects.as_array().map_or(&[][..], Vec::as_slice);
    let text = |object: &Value| {
        let name = object["name"].as_str().or_else(|| object["type"].as_str());
        let reason = object["reason"].as_str().unwrap_or("no reason is given");
        format!("{}: {reason}", name.unwrap_or("an object"))
    };
    objects.iter().map(text).collect()
}

/// What to do about the most common errors.
fn hint(message: &str, reasons: &[String]) -> &'static str {
    let said = |words: &[&str]| {
        let has = |text: &str| words.iter().any(|word| text.contains(word));
        has(message) || reasons.iter().any(|reason| has(reason))
    };
    if said(&["environment variable", "not set"]) {
        "\nSet the variable in Hasura's environment to the SERVICE_SECRET of this server, and \
         restart Hasura."
    } else if said(&["HTTP exception", "http exception", "sending the request"]) {
        "\nHasura can't reach this server: check that --url works from Hasura's own network, and \
         that the server is up."
    } else if said(&["Duplicate", "duplicate", "conflict", "already exists", "inconsistent types"])
    {
        "\nNames clash with others in your schema: set --namespace for root fields, --type-prefix \
         for types, --relationship or --event-trigger for those."
    } else {
        ""
    }
}

/// The innermost cause, which contains no URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
