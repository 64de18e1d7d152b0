use serde_json::json;

/// A GraphQL request.
#[derive(Clone)]
pub struct Document {
    pub name: String,
    pub query: String,
    /// JSON, as text: it may nest deeper than anybody can parse.
    pub variables: String,
    /// Whether it must not be answered with data.
    pub is_refused: bool,
}

impl Document {
    /// One that has to be refused.
    pub fn refused(name: &str, query: impl Into<String>) -> Self {
        Self { is_refused: true, ..Self::bounded(name, query) }
    }

    /// One that may be answered, within bounds.
    pub fn bounded(name: &str, query: impl Into<String>) -> Self {
        let (name, query) = (name.to_owned(), query.into());
        Self { name, query, variables: "{}".to_owned(), is_refused: false }
    }

    pub fn with(self, variables: impl Into<String>) -> Self {
        Self { variables: variables.into(), ..self }
    }

    /// The request as `POST` has it, and as the payload of a `subscribe` message.
    pub fn json(&self) -> String {
        format!("{{\"query\":{},\"variables\":{}}}", json!(self.query), self.variables)
    }

    /// The request as a `GET` has it.
    pub fn path(&self) -> String {
        let parameters = [("query", &self.query), ("variables", &self.variables)];
        let encoded =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("/graphql?{encoded}")
    }
}

/// `times` parts, each made of its number.
pub fn repeat(times: usize, part: impl Fn(usize) -> String) -> String {
    (0..times).map(part).collect()
}
