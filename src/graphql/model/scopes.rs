use async_graphql::Enum;
use domain::ScopesSource;

/// How scopes are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ScopesSource")]
pub enum ProviderScopesSource {
    /// The answer that brought the tokens named them.
    Answer,
    /// The provider was asked which scopes the tokens have.
    Provider,
    /// Nobody has said what was granted: the sign-in asked for these, and the user may have granted
    /// less.
    Requested,
}
