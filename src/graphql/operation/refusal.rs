use async_graphql::{Pos, ServerError};

/// The code of a request that exceeds the limits of a single request.
pub const QUERY_TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";

/// Why a request is not executed. The texts never contain the value of a variable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The text is not GraphQL.
    #[error("{}", .0.message)]
    Syntax(Mistake),
    /// The document does not fit this schema, or has no such operation.
    #[error("{}", .0.first().map_or("", |mistake| mistake.message.as_str()))]
    Invalid(Vec<Mistake>),
    /// A value is missing or not valid: a variable's, or a scalar's by its own rules.
    #[error("{}", .0.message)]
    Value(Mistake),
    /// It exceeds what one request of this caller may do.
    #[error("{0}")]
    TooMuch(&'static str),
}

/// What is wrong, and where in the text.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    pub message: String,
    pub at: Option<Pos>,
}

impl Mistake {
    pub fn new(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self { message: message.into(), at }
    }
}

impl Refused {
    pub(super) fn invalid(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::Invalid(vec![Mistake::new(message, at)])
    }

    pub(super) fn value(message: impl Into<String>, at: Option<Pos>) -> Self {
        Self::Value(Mistake::new(message, at))
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "GRAPHQL_PARSE_FAILED",
            Self::Invalid(_) => "GRAPHQL_VALIDATION_FAILED",
            Self::Value(_) => "BAD_USER_INPUT",
            Self::TooMuch(_) => QUERY_TOO_COMPLEX,
        }
    }
}

impl From<Refused> for Vec<ServerError> {
    fn from(refused: Refused) -> Self {
        let code = refused.code();
        let mistakes = match refused {
            Refused::Syntax(mistake) | Refused::Value(mistake) => vec![mistake],
            Refused::Invalid(mistakes) => mistakes,
            Refused::TooMuch(message) => vec![Mistake::new(message, None)],
        };
        let error = |mistake: Mistake| {
            let mut error = ServerError::new(mistake.message, mistake.at);
            error.extensions.get_or_insert_default().set("code", code);
            error
        };
        mistakes.into_iter().map(error).collect()
    }
}
