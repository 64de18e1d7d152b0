//! Limits every response, in bytes and in number of errors.

use std::io::{self, Write};

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use serde::Serialize;

/// The maximum size of a response.
#[derive(Clone, Copy, Debug)]
pub struct AnswerLimit(usize);

impl AnswerLimit {
    /// Everything a user can have, and the whole schema, is much smaller.
    pub const USER: Self = Self(1024 * 1024);
    /// A relationship of thousands of rows, with tokens.
    pub const SERVICE: Self = Self(16 * 1024 * 1024);

    pub fn of(is_service: bool) -> Self {
        if is_service { Self::SERVICE } else { Self::USER }
    }
}

/// Bytes. Most responses fit without growing the buffer.
const INITIAL_CAPACITY: usize = 1024;

/// The maximum number of errors in a response. The rest usually repeats them.
const ERRORS: usize = 100;

/// The response as JSON; if it exceeds the limit, an error takes its place and the rest is not
/// serialized.
pub fn to_json(response: &GraphqlResponse, limit: AnswerLimit) -> Vec<u8> {
    written(response, limit).unwrap_or_else(|| {
        let refused = GraphqlResponse::from_errors(vec![too_large(limit)]);
        written(&OnlyErrors { errors: &refused.errors }, AnswerLimit(usize::MAX))
            .expect("an error has nothing that JSON can't hold")
    })
}

/// The same for a response without data.
pub fn errors_to_json(errors: &[ServerError]) -> Vec<u8> {
    serde_json::to_vec(&OnlyErrors { errors }).expect("an error has nothing that JSON can't hold")
}

/// The response itself, or the error in its place, for callers that serialize it later.
pub fn bounded(response: GraphqlResponse, limit: AnswerLimit) -> GraphqlResponse {
    match serde_json::to_writer(Counter { left: limit.0, written: None }, &response) {
        Ok(()) => response,
        Err(_) => GraphqlResponse::from_errors(vec![too_large(limit)]),
    }
}

/// Limits the number of errors, and adds how many more there were.
pub fn with_few_errors(response: &mut GraphqlResponse) {
    let number = response.errors.len();
    if number <= ERRORS {
        return;
    }
    response.errors.truncate(ERRORS - 1);
    let more = number - response.errors.len();
    let mut error = ServerError::new(
        format!("There are {more} more errors. Send smaller requests to see them."),
        None,
    );
    error.path.clone_from(&response.errors[0].path);
    error.extensions.get_or_insert_default().set("code", "QUERY_TOO_COMPLEX");
    response.errors.push(error);
}

#[derive(Serialize)]
struct OnlyErrors<'a> {
    errors: &'a [ServerError],
}

fn too_large(AnswerLimit(bytes): AnswerLimit) -> ServerError {
    let limit = bytes / 1024;
    let mut error = ServerError::new(
        format!(
            "The response is larger than {limit} KiB. Select fewer fields, or split the query into \
             several requests."
        ),
        None,
    );
    error.extensions.get_or_insert_default().set("code", Value::from("QUERY_TOO_COMPLEX"));
    error
}

fn written(value: &impl Serialize, AnswerLimit(limit): AnswerLimit) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(INITIAL_CAPACITY);
    let counter = Counter { left: limit, written: Some(&mut bytes) };
    serde_json::to_writer(counter, value).ok()?;
    Some(bytes)
}

/// Accepts up to this many bytes.
struct Counter<'a> {
    left: usize,
    written: Option<&'a mut Vec<u8>>,
}

impl Write for Counter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        if let Some(written) = &mut self.written {
            written.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(length: usize) -> GraphqlResponse {
        GraphqlResponse::new(Value::from("x".repeat(length)))
    }

    fn code(error: &ServerError) -> serde_json::Value {
        serde_json::to_value(error).unwrap()["extensions"]["code"].clone()
    }

    #[test]
    fn an_answer_within_the_limit_is_the_same_and_one_beyond_is_an_error_that_says_so() {
        let limit = AnswerLimit(2048);
        let fits = response(2000);
        assert_eq!(to_json(&fits, limit), serde_json::to_vec(&fits).unwrap());
        assert_eq!(bounded(response(2000), limit).data, fits.data);
        let answer: serde_json::Value =
            serde_json::from_slice(&to_json(&response(2048), limit)).unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX", "{answer}");
        assert!(answer.get("data").is_none());
        let response = bounded(response(2048), limit);
        assert_eq!(code(&response.errors[0]), "QUERY_TOO_COMPLEX");
        assert_eq!(response.data, Value::Null);
    }

    #[test]
    fn of_many_errors_the_first_are_there_and_the_last_says_how_many_more() {
        let errors = |number: usize| (0..number).map(|n| ServerError::new(n.to_string(), None));
        let mut few = GraphqlResponse::from_errors(errors(ERRORS).collect());
        with_few_errors(&mut few);
        assert_eq!(few.errors.len(), ERRORS);
        assert_eq!(few.errors[ERRORS - 1].message, "99");
        let mut many = GraphqlResponse::from_errors(errors(1_000).collect());
        with_few_errors(&mut many);
        assert_eq!(many.errors.len(), ERRORS);
        assert_eq!(many.errors[ERRORS - 2].message, "98");
        let last = &many.errors[ERRORS - 1];
        assert!(last.message.starts_with("There are 901 more errors."), "{}", last.message);
        assert_eq!(code(last), json!("QUERY_TOO_COMPLEX"));
    }
}
