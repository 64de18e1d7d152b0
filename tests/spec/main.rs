//! The specification: a file for each family of promises, a test for each promise.
//!
//! Everything is real: HTTP, SQLite and PostgreSQL, and a simulator in place of Nhost Auth. Tests
//! named `postgres` need `TEST_POSTGRES_URL`; `scripts/test` starts a private one.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod harness;

mod another_account;
mod bad_input;
mod breaker;
mod callers;
mod cancellation;
mod client_cases;
mod clients_of_users;
mod commands;
mod connect;
mod content_types;
mod cookies;
mod crash;
mod damaged_rows;
mod database_faults;
mod databases;
mod deleted_by_trigger;
mod demo;
mod disconnect;
mod doctor;
mod elements;
mod error_paths;
mod errors_documented;
mod events;
mod framing;
mod full_disk;
mod get_requests;
mod graphiql;
mod graphql_execution;
mod graphql_grammar;
mod graphql_over_http;
mod hasura;
mod herd;
mod hosts;
mod import;
mod isolation;
mod jobs;
mod jwks;
mod kills;
mod leases;
mod listener;
mod live;
mod loading;
mod logs;
mod minted_issuer;
mod model;
mod neighbours;
mod nhost_auth_limits;
mod outage;
mod paused_holder;
mod pooling;
mod private_files;
mod readiness;
mod redirects;
mod refresh;
mod refresh_failures;
mod remote_schema;
mod revocation;
mod revocation_amid_health;
mod schema;
mod secrets;
mod services;
mod settings;
mod shutdown;
mod spool;
mod swallowed;
mod tombstones;
mod too_much;
mod trusted_documents;
mod user_deleted;
mod worker;
mod wrong_secrets;
