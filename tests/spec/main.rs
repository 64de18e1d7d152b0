//! The specification: a file for each family of promises, a test for each promise.
//!
//! Everything is real: HTTP, SQLite and PostgreSQL, and a simulator in place of Nhost Auth. Tests
//! named `postgres` need `TEST_POSTGRES_URL`; `scripts/test` starts a private one.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod harness;

mod bad_input;
mod callers;
mod commands;
mod connect;
mod damaged_rows;
mod databases;
mod demo;
mod disconnect;
mod graphql_over_http;
mod isolation;
mod leases;
mod loading;
mod logs;
mod readiness;
mod refresh;
mod refresh_failures;
mod schema;
mod secrets;
mod services;
mod settings;
mod shutdown;
mod too_much;
