//! The migrations, oldest first. A released one is never changed: a change is a new one.

mod m20261123_000001_provider_connection;
mod m20261123_000002_provider_connection_event;
mod m20261123_000003_provider_connection_upstream;
mod m20261123_000004_provider_connection_event_evidence;
mod m20261123_000005_provider_connection_revocation;
mod m20261123_000006_provider_connection_event_order;
mod m20261125_000007_provider_connection_tombstone;
mod m20261125_000008_health;
mod m20261125_000009_access_grant;
mod m20261129_000010_key;
mod m20261129_000011_revocation_receipt;
mod m20261129_000012_import;
mod m20261129_000013_schema_compatibility;
mod m20261129_000014_account;
mod m20261129_000014_account_index;
mod m20261129_000015_scopes;
mod m20261129_000016_ends;
mod m20261129_000016_ends_index;
mod m20261129_000017_webhook;
mod m20261129_000018_signal;
mod m20261129_000019_early_signal;
mod m20261129_000020_deleted_users;

mod compatibility;
mod online_index;

pub use compatibility::{KEPT_SINCE, RELEASES, compatible_with};
pub use online_index::OnlineIndex;
pub use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};
use sea_orm_migration::{prelude::*, sea_orm::DynIden};

/// Runs the migrations and keeps their names in `provider_connection_migration`, so that an app's
/// own SeaORM migrations in the same schema are not mixed up with them.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_provider_connection::Migration),
            Box::new(m20261123_000002_provider_connection_event::Migration),
            Box::new(m20261123_000003_provider_connection_upstream::Migration),
            Box::new(m20261123_000004_provider_connection_event_evidence::Migration),
            Box::new(m20261123_000005_provider_connection_revocation::Migration),
            Box::new(m20261123_000006_provider_connection_event_order::Migration),
            Box::new(m20261125_000007_provider_connection_tombstone::Migration),
            Box::new(m20261125_000008_health::Migration),
            Box::new(m20261125_000009_access_grant::Migration),
            Box::new(m20261129_000010_key::Migration),
            Box::new(m20261129_000011_revocation_receipt::Migration),
            Box::new(m20261129_000012_import::Migration),
            Box::new(m20261129_000013_schema_compatibility::Migration),
            Box::new(m20261129_000014_account::Migration),
            Box::new(m20261129_000014_account_index::Migration),
            Box::new(m20261129_000015_scopes::Migration),
            Box::new(m20261129_000016_ends::Migration),
            Box::new(m20261129_000016_ends_index::Migration),
            Box::new(m20261129_000017_webhook::Migration),
            Box::new(m20261129_000018_signal::Migration),
            Box::new(m20261129_000019_early_signal::Migration),
            Box::new(m20261129_000020_deleted_users::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "provider_connection_migration".into_iden()
    }
}
