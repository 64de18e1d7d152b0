//! An endpoint, and how its answer is known to be right.

use crate::Result;

/// A request that is sent again and again.
#[derive(Clone, Debug)]
pub struct Target {
    pub url: String,
    pub method: &'static str,
    /// In lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Empty: none.
    pub body: String,
    /// Values of `authorization` that take turns in a closed loop; empty: always the same request.
    pub users: Vec<String>,
    /// Text that a right answer contains, and how often.
    pub expects: (&'static str, usize),
}

impl Target {
    /// A GraphQL query, as a user with this JWT.
    pub fn graphql(url: String, jwt: &str, query: &str, expects: (&'static str, usize)) -> Self {
        let headers = vec![
            ("authorization", format!("Bearer {jwt}")),
            ("content-type", "application/json".to_owned()),
        ];
        let body = serde_json::json!({ "query": query }).to_string();
        Self { url, method: "POST", headers, body, users: Vec::new(), expects }
    }

    /// The same as these users, one after the other.
    pub fn as_users(&self, jwts: &[String]) -> Self {
        let users = jwts.iter().map(|jwt| format!("Bearer {jwt}")).collect();
        Self { users, ..self.clone() }
    }

    /// Load generators count a GraphQL error, or an empty list, as a success. So one answer is read
    /// before and after each round.
    pub async fn check(&self) -> Result<()> {
        let mut request = reqwest::Client::new().request(self.method.parse()?, &self.url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let answer = request.body(self.body.clone()).send().await?;
        let status = answer.status();
        let answer = answer.text().await?;
        let (expected, times) = self.expects;
        let found = answer.matches(expected).count();
        if status.is_success() && found == times && !answer.contains("\"errors\"") {
            return Ok(());
        }
        let url = &self.url;
        Err(format!(
            "{url} answered {status} with {expected} {found} times instead of {times}: {answer}"
        )
        .into())
    }
}
