//! Checks documents in advance, before anyone runs them.

use super::{Documents, Limits, Terms, sdl};

/// What is wrong with a document, one sentence for each problem: it is not GraphQL, selects what
/// the schema does not have, or exceeds the limits of a user.
pub fn mistakes_in_documents<'a>(
    texts: impl IntoIterator<Item = &'a str>,
) -> impl Iterator<Item = Vec<String>> {
    let documents = Documents::new(&sdl());
    let terms = Terms { limits: Limits::USER, shows_schema: true };
    texts.into_iter().map(move |text| {
        let errors = match documents.check(text, &terms) {
            Ok(()) => Vec::new(),
            Err(why) => Vec::<async_graphql::ServerError>::from(why),
        };
        errors.into_iter().map(|error| error.message).collect()
    })
}
