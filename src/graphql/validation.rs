//! Documents that are checked before anybody asks for them.

use std::sync::Arc;

use async_graphql::{
    Request, ServerError, ValidationResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
};
use futures_util::FutureExt;

use super::{Documents, Limits, builder};

/// What is wrong with a document, a sentence each: it is not GraphQL, asks for what the schema does
/// not have, or for more than a user may.
pub fn mistakes_in_document(text: &str) -> Vec<String> {
    let limits = Limits::USER;
    let mut request = Request::new(text);
    if let Err(error) = Documents::default().parse_within(&mut request, limits) {
        return vec![error.message];
    }
    let schema = builder()
        .limit_depth(limits.depth)
        .limit_complexity(limits.complexity)
        .limit_directives(8)
        .extension(ValidatesOnly)
        .finish();
    // It waits for nothing, because nothing runs.
    let response = schema.execute(request).now_or_never();
    let errors = response.map_or_else(Vec::new, |response| response.errors);
    errors.into_iter().map(|error| error.message).collect()
}

/// Ends a request that validates with no errors, and before it runs.
struct ValidatesOnly;

impl ExtensionFactory for ValidatesOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for ValidatesOnly {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await?;
        Err(Vec::new())
    }
}
