use async_graphql::{
    Request, ServerError,
    parser::{parse_query, types::ExecutableDocument},
};
use moka::sync::Cache;

use super::{Limits, QUERY_TOO_COMPLEX, nesting::is_too_deep, size::size};

/// A longer query is parsed each time: no frontend sends it often.
const LONGEST: usize = 8 * 1024;
/// Bytes of query text that are remembered, all in all.
const CAPACITY: u64 = 1024 * 1024;

/// Parses requests, and remembers what it parsed: a frontend sends the same few queries again and
/// again, with other variables.
#[derive(Debug)]
pub struct Documents(Cache<String, ExecutableDocument>);

impl Default for Documents {
    fn default() -> Self {
        let weigh = |query: &String, _: &_| u32::try_from(query.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().weigher(weigh).max_capacity(CAPACITY).build())
    }
}

impl Documents {
    /// Parses the request, and refuses one that would take long to validate or to run.
    ///
    /// # Errors
    /// It is not GraphQL, or is larger than `limits` allow.
    pub fn parse_within(&self, request: &mut Request, limits: Limits) -> Result<(), ServerError> {
        let document = match self.0.get(&request.query) {
            Some(document) => document,
            None => self.parse(&request.query)?,
        };
        if size(&document, &request.variables) > limits.size {
            return Err(too_complex(
                "The query asks for too much at once. Ask for less, or send several requests.",
            ));
        }
        request.set_parsed_query(document);
        Ok(())
    }

    fn parse(&self, query: &str) -> Result<ExecutableDocument, ServerError> {
        if is_too_deep(query) {
            return Err(too_complex("The query nests too deep. Ask for less at once."));
        }
        let document = parse_query(query)?;
        if query.len() <= LONGEST {
            self.0.insert(query.to_owned(), document.clone());
        }
        Ok(document)
    }
}

fn too_complex(message: &str) -> ServerError {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", QUERY_TOO_COMPLEX);
    error
}
