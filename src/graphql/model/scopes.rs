use async_graphql::Enum;
use domain::ScopesSource;

/// Where the scopes of a connection come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ScopesSource")]
pub enum ProviderScopesSource {
    /// The provider listed them when it issued the tokens.
    Answer,
    /// This server asked the provider which scopes the tokens have.
    Provider,
    /// The provider didn't say. These are the scopes that the sign-in requested; the user may have
    /// granted fewer.
    Requested,
}
