//! Asks the Nhost project, as its administrator, which users exist.
//!
//! The answer decides what is deleted, so it is read strictly: anything but a complete answer to
//! the question is an error, and says nothing about anybody.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    time::Duration,
};

use reqwest::{Client, Response, StatusCode, header::HeaderValue, redirect};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::answer::{NoAnswer, no_answer, send};
use crate::http_client;

/// Time limit of a whole call, including connecting and reading.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Far more than the ids of a question take.
const READ_AT_MOST: usize = 1024 * 1024;
/// The call's name in the metrics.
const CALL: &str = "list_users";

/// The GraphQL API of a Nhost project, as Hasura or Constellation serve it. Cheap to clone.
#[derive(Clone)]
pub struct NhostUsers {
    http: Client,
    url: Url,
    admin_secret: HeaderValue,
}

impl fmt::Debug for NhostUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NhostUsers").field("address", &self.address()).finish_non_exhaustive()
    }
}

/// Why it is not known who exists. Nothing of the answer is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsersError {
    #[error("Nhost's GraphQL API did not answer: {0}")]
    NoAnswer(&'static str),
    #[error("Nhost's GraphQL API rejects the admin secret")]
    AdminSecret,
    #[error("Nhost's GraphQL API answered HTTP {0}")]
    Status(u16),
    #[error("Nhost's GraphQL API has no root field users with Nhost Auth's columns")]
    NoUsers,
    #[error("Nhost's GraphQL API answered with an error")]
    Errors,
    #[error("Nhost's GraphQL API did not answer the question: {0}")]
    Odd(&'static str),
}

impl UsersError {
    /// What to do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::NoAnswer(_) => {
                "check NHOST_GRAPHQL_URL, that the GraphQL API is up, and that this server can \
                 reach it"
            }
            Self::AdminSecret => "set NHOST_ADMIN_SECRET to the project's admin secret",
            Self::Status(404) => {
                "set NHOST_GRAPHQL_URL to the URL of GraphQL itself, which ends with /v1 at Nhost \
                 and with /v1/graphql at a Hasura of your own"
            }
            Self::NoUsers => {
                "track the table auth.users with the root field users, as Nhost Auth does at its \
                 start, and check the metadata for inconsistencies"
            }
            Self::Status(_) | Self::Errors | Self::Odd(_) => {
                "check NHOST_GRAPHQL_URL, and the log of the GraphQL API"
            }
        }
    }
}

impl From<NoAnswer> for UsersError {
    fn from(no_answer: NoAnswer) -> Self {
        Self::NoAnswer(no_answer.what())
    }
}

/// A row of the answer.
#[derive(Deserialize)]
struct User {
    id: Uuid,
    /// Only Nhost Auth's table has it. An app's own table may be called `users`, too, and lack users.
    #[serde(rename = "isAnonymous")]
    _is_anonymous: bool,
}

impl NhostUsers {
    /// `url`: of GraphQL itself.
    ///
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(url: Url, admin_secret: HeaderValue) -> Result<Self, reqwest::Error> {
        let http = http_client::builder()
            .timeout(TIMEOUT)
            // A redirect would send the admin secret to any target.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { http, url, admin_secret })
    }

    /// Where it asks, without user, password and query, which may be secrets.
    pub fn address(&self) -> String {
        format!("{}{}", self.url.origin().ascii_serialization(), self.url.path())
    }

    /// Those of `users` that exist, by one filter for all of them.
    ///
    /// # Errors
    /// There is no complete answer.
    pub async fn existing(&self, users: &[Uuid]) -> Result<HashSet<Uuid>, UsersError> {
        let query =
            "query ($ids: [uuid!]!) { users(where: { id: { _in: $ids } }) { id isAnonymous } }";
        let body = json!({ "query": query, "variables": { "ids": users } });
        let mut answered = self.ask(&body, 1).await?;
        let rows = answered.remove("users").ok_or(OTHER_FIELDS)?;
        let asked: HashSet<_> = users.iter().collect();
        if !rows.iter().all(|user| asked.contains(&user.id)) {
            return Err(OTHER_USERS);
        }
        Ok(rows.into_iter().map(|user| user.id).collect())
    }

    /// The same, with a field for each user: a limit on the rows of a field can't leave anyone out.
    ///
    /// # Errors
    /// There is no complete answer.
    pub async fn existing_one_by_one(&self, users: &[Uuid]) -> Result<HashSet<Uuid>, UsersError> {
        let (mut arguments, mut fields, mut variables) = (Vec::new(), Vec::new(), json!({}));
        for (number, user) in users.iter().enumerate() {
            arguments.push(format!("$u{number}: uuid!"));
            fields.push(format!(
                "u{number}: users(where: {{ id: {{ _eq: $u{number} }} }}) {{ id isAnonymous }}"
            ));
            variables[format!("u{number}")] = json!(user);
        }
        let query = format!("query ({}) {{ {} }}", arguments.join(", "), fields.join(" "));
        let body = json!({ "query": query, "variables": variables });
        let answered = self.ask(&body, users.len()).await?;
        let mut existing = HashSet::new();
        for (number, user) in users.iter().enumerate() {
            let rows = answered.get(&format!("u{number}")).ok_or(OTHER_FIELDS)?;
            if !rows.iter().all(|row| row.id == *user) {
                return Err(OTHER_USERS);
            }
            existing.extend(rows.first().map(|_| *user));
        }
        Ok(existing)
    }

    /// The rows of each of so many fields.
    async fn ask(
        &self,
        body: &Value,
        fields: usize,
    ) -> Result<HashMap<String, Vec<User>>, UsersError> {
        let request = self
            .http
            .post(self.url.clone())
            .header("x-hasura-admin-secret", self.admin_secret.clone())
            .json(body);
        let (status, body) = send(request, CALL, read).await?;
        let mut body = serde_json::from_slice::<Value>(&body?).unwrap_or_default();
        if let Some(error) = error_of(status, &body) {
            return Err(error);
        }
        let data = body.get_mut("data").map(Value::take).unwrap_or_default();
        let data = serde_json::from_value::<HashMap<String, Vec<User>>>(data);
        let data = data.map_err(|_| UsersError::Odd("it has no list of users"))?;
        if data.len() == fields { Ok(data) } else { Err(OTHER_FIELDS) }
    }
}

const OTHER_FIELDS: UsersError = UsersError::Odd("it has other fields than were asked for");
const OTHER_USERS: UsersError = UsersError::Odd("it has other users than were asked for");

/// The whole body, or why it is not whole.
async fn read(mut response: Response) -> (StatusCode, Result<Vec<u8>, UsersError>) {
    let status = response.status();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > READ_AT_MOST => {
                return (status, Err(UsersError::Odd("it is far too large")));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return (status, Ok(body)),
            Err(error) => return (status, Err(no_answer(&error).into())),
        }
    }
}

fn error_of(status: StatusCode, body: &Value) -> Option<UsersError> {
    let code = body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
    match (status, code) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _)
        | (_, "access-denied" | "invalid-headers") => Some(UsersError::AdminSecret),
        (_, "validation-failed") => Some(UsersError::NoUsers),
        (StatusCode::OK, _) => {
            let errors = &body["errors"];
            let is_clean = errors.is_null() || errors.as_array().is_some_and(Vec::is_empty);
            (!is_clean).then_some(UsersError::Errors)
        }
        (status, _) => Some(UsersError::Status(status.as_u16())),
    }
}
