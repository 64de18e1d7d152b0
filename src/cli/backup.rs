use std::{
    fs::File,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{CommandError, logging::LogArgs};
use crate::{
    app::StartError,
    config::DatabaseArgs,
    store::{Now, Store, is_in_memory},
};

#[derive(Args)]
pub struct BackupArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    log: LogArgs,
    /// File to write. It must not exist yet
    file: PathBuf,
}

/// Copies SQLite's database while a server uses it. The file appears once it is whole, with the rights
/// 0600.
pub async fn run(arguments: BackupArgs) -> Result<(), CommandError> {
    arguments.log.start("warn");
    let config = arguments.database.check()?;
    let file = &arguments.file;
    let Some(source) = config.url.file() else {
        return Err(
            "this command copies SQLite databases only. For PostgreSQL use pg_dump: docs/backup.md"
                .into(),
        );
    };
    if is_in_memory(source) || !source.exists() {
        return Err(format!(
            "no database exists at {}. Set DATABASE_URL to the server's database",
            source.display()
        )
        .into());
    }
    let failed = |cause: &dyn std::fmt::Display| {
        format!(
            "the backup {} was not written: {cause}. Choose a file that doesn't exist yet, in a \
             folder that is writable and has space",
            file.display()
        )
    };
    if file.exists() {
        return Err(failed(&"it exists").into());
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // For this user alone from the start; it is gone again unless it becomes whole.
    let partial = tempfile::Builder::new()
        .prefix(".provider-connections-backup-")
        .tempfile_in(folder)
        .map_err(|error| failed(&error))?;
    let kind = config.url.kind();
    let db = config.url.clone().look().await;
    let unreachable = |cause| StartError::Unreachable { kind, cause };
    let store = Store::new(db.map_err(|error| unreachable(error.root_cause()))?, Now::Database);
    store.copy_to(partial.path()).await.map_err(|error| failed(&error.root_cause()))?;
    store.close().await;
    partial.as_file().sync_all().map_err(|error| failed(&error))?;
    partial.persist_noclobber(file).map_err(|error| failed(&error.error))?;
    // So that its name is on the disk, too.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))?;
    println!(
        "Wrote {}. Its tokens are encrypted: back up ENCRYPTION_KEYS too, in another place.",
        file.display()
    );
    Ok(())
}
