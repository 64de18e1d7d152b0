//! The tables of `provider-connections`, as SeaORM entities.
//!
//! No entity names a schema: SQLite has none, and on PostgreSQL the connection's `search_path`
//! decides. The prefix `provider_connection` keeps the tables apart from an app's own.

pub mod access_grant;
pub mod early_signal;
pub mod event;
pub mod import;
pub mod key;
pub mod missing_user;
pub mod provider_connection;
pub mod revocation;
pub mod revocation_receipt;
pub mod shredded_key;
pub mod signal;
pub mod testing;
pub mod tombstone;
pub mod upstream;
pub mod user_search;
pub mod webhook;
pub mod webhook_endpoint;
