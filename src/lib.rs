//! Keeps the OAuth provider tokens of an Nhost app's users on the server, always fresh, behind a
//! GraphQL API.
//!
//! The path of a request is a straight line: [`graphql`] (the terms of the schema) ->
//! [`connections`] (the rules) -> [`store`] (SQL), [`vault`] (encryption) and [`upstream`] (HTTP).

pub mod app;
pub mod auth;
pub mod cli;
pub mod client_address;
pub mod clock;
pub mod config;
pub mod connections;
mod crash;
mod doctor;
mod exports;
#[cfg(test)]
mod fuzz;
pub mod graphql;
pub mod hasura;
pub mod http;
mod http_client;
pub mod kms;
pub mod live;
pub mod metrics;
mod private_files;
pub mod random;
mod samples;
pub mod signals;
pub mod store;
pub mod telemetry;
pub mod upstream;
pub mod vault;
