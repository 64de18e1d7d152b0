use std::io::{IsTerminal, stdin};

use clap::Args;

use super::{CommandError, confirm::typed, logging::LogArgs};
use crate::{
    app::{StartError, open_store},
    config::{DatabaseArgs, DatabaseConfig},
    store::{MigrationState, MigrationStatus, Now, Store, TakeBack},
};

#[derive(Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    log: LogArgs,
    /// Revert this many migrations, newest first. Prints which tables, columns and rows are
    /// dropped, and asks first
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    down: Option<u32>,
    /// Revert migrations without asking. Required without a terminal
    #[arg(long, requires = "down")]
    yes: bool,
    /// Number of connections to drop with the migrations, as the command prints it. Without it no
    /// connection is dropped
    #[arg(long, value_name = "NUMBER", requires = "down")]
    drop_connections: Option<i64>,
    /// List the migrations and whether each is applied. Changes nothing
    #[arg(long, conflicts_with_all = ["down", "yes", "drop_connections"])]
    status: bool,
}

/// Brings the tables up to date, takes migrations back, or says how they stand.
pub async fn run(arguments: MigrateArgs) -> Result<(), CommandError> {
    arguments.log.start("info");
    let config = arguments.database.check()?;
    if arguments.status {
        return status(config).await;
    }
    match arguments.down {
        None => up(&config).await,
        Some(steps) => down(config, steps, arguments.yes, arguments.drop_connections).await,
    }
}

async fn up(config: &DatabaseConfig) -> Result<(), CommandError> {
    let store = open_store(config, Now::Database).await?;
    let state = store.migration_state().await?;
    store.close().await;
    println!(
        "{}",
        match state {
            MigrationState::Newer(_) =>
                "The database is newer than this version. This version can use it.",
            _ => "The database is up to date.",
        }
    );
    Ok(())
}

async fn status(config: DatabaseConfig) -> Result<(), CommandError> {
    let kind = config.url.kind();
    let unreachable = |cause| StartError::Unreachable { kind, cause };
    let url = config.direct_url.unwrap_or(config.url);
    // No file is made for it.
    let db = url.look().await.map_err(|error| unreachable(error.root_cause()))?;
    let store = Store::new(db, Now::Database);
    let all = store.migration_status().await;
    let all = all.map_err(|error| StartError::of_first_statements(kind, &error))?;
    store.close().await;
    for (name, status) in all {
        let status = match status {
            MigrationStatus::Applied => "applied",
            MigrationStatus::Pending => "pending",
            MigrationStatus::Newer => "applied by a newer version; this version can use it",
            MigrationStatus::TooNew => "applied by a newer version; this version can't use it",
        };
        println!("{name}: {status}");
    }
    Ok(())
}

async fn down(
    config: DatabaseConfig,
    steps: u32,
    yes: bool,
    drop_connections: Option<i64>,
) -> Result<(), CommandError> {
    let kind = config.url.kind();
    let url = config.direct_url.unwrap_or(config.url);
    let db = url
        .connect_without_limits()
        .await
        .map_err(|error| StartError::Unreachable { kind, cause: error.root_cause() })?;
    let store = Store::new(db, Now::Database);
    let failed = |error| StartError::of_migrations(kind, error);
    let plan = store.plan_take_back(steps).await.map_err(failed)?;
    if plan.migrations.is_empty() {
        println!("No migration is applied, so there is nothing to revert.");
        return Ok(());
    }
    println!("{}", described(&plan));
    // `--yes` alone doesn't cover it: pasted twice, the same command takes back more.
    if plan.connections > 0 && drop_connections != Some(plan.connections) {
        return Err(format!(
            "nothing was changed: this would drop {number} connections, and their users would have \
             to sign in again. Make a backup (docs/backup.md), then add --yes --drop-connections \
             {number}",
            number = plan.connections
        )
        .into());
    }
    if !yes {
        confirm()?;
    }
    store.take_back(&plan).await.map_err(failed)?;
    store.close().await;
    println!("{}", done(plan.migrations.len(), steps));
    Ok(())
}

/// What is taken back, and what is lost by it.
fn described(plan: &TakeBack) -> String {
    let mut lines = vec!["Migrations to revert:".to_owned()];
    lines.extend(plan.migrations.iter().map(|name| format!("  {name}")));
    lines.push(if plan.losses.is_empty() {
        "No table, column or row is dropped.".to_owned()
    } else {
        "This drops:".to_owned()
    });
    lines.extend(plan.losses.iter().map(|loss| format!("  {loss}")));
    lines.join("\n")
}

/// Asks at the terminal.
fn confirm() -> Result<(), CommandError> {
    if !stdin().is_terminal() {
        return Err(
            "nothing was changed, because this command can't ask without a terminal. Add --yes to \
             drop what is listed"
                .into(),
        );
    }
    typed("Drop what is listed? Type yes: ", "yes")
}

fn done(number: usize, asked: u32) -> String {
    if u32::try_from(number).is_ok_and(|number| number < asked) {
        return format!("Reverted {number} of {asked} migrations: no more were applied.");
    }
    format!("Reverted {number} {}.", if number == 1 { "migration" } else { "migrations" })
}
