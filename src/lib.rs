//! Keeps the OAuth provider tokens of an Nhost app's users on the server, fresh, behind GraphQL.
//!
//! The path of a request is a straight line: [`graphql`] (the words of the schema) ->
//! [`connections`] (the rules) -> [`store`] (SQL), [`vault`] (sealing) and [`upstream`] (HTTP).

pub mod auth;
pub mod clock;
pub mod random;
pub mod store;
pub mod vault;
pub mod connections;
pub mod upstream;
pub mod graphql;
