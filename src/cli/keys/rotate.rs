use std::{
    collections::BTreeSet,
    path::{self, Path, PathBuf},
};

use clap::Args;

use super::{of_imports, progress::Shown};
use crate::{
    app::open_store,
    cli::{CommandError, database::open_unchanged, logging::LogArgs},
    config::{DatabaseArgs, KeyArgs},
    connections::encryption_keys::{Rotation, RotationReport},
    random::Random,
    store::Now,
    vault::Vault,
};

/// So many connections are named at most.
const NAMED: usize = 20;

#[derive(Args)]
pub struct RotateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    keys: KeyArgs,
    /// Spool folder of this machine's server, to report files that an older key has encrypted
    #[arg(
        long,
        env = "SPOOL_DIR",
        value_name = "FOLDER",
        default_value = "provider-connections-spool"
    )]
    spool_dir: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// Decrypt everything that would be re-encrypted, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Work without rests: takes less than half as long, but requests may wait longer for the database
    #[arg(long)]
    full_speed: bool,
}

/// Seals all that is stored with the first key. Answers whether no older key is needed any more.
pub async fn run(arguments: RotateArgs) -> Result<bool, CommandError> {
    arguments.log.start("warn");
    let ring = arguments.keys.check()?;
    let database = arguments.database.check()?;
    let dry_run = arguments.dry_run;
    let store = if dry_run {
        open_unchanged(&database, Now::Database).await?
    } else {
        open_store(&database, Now::Database).await?
    };
    let vault = Vault::new(ring, Random::system());
    // It is named, and a relative one may be another folder than the server's.
    let spool_dir = path::absolute(&arguments.spool_dir).unwrap_or(arguments.spool_dir);
    let rotation = Rotation {
        store: &store,
        vault: &vault,
        spool_dir: spool_dir.clone(),
        dry_run,
        full_speed: arguments.full_speed,
    };
    let mut shown = Shown::new();
    let ended = rotation.run(|progress| shown.show(progress)).await;
    shown.end();
    let report = ended?;
    store.close().await;
    let sealing = vault.ring().key_ids().next().unwrap_or_default();
    print(&report, sealing, dry_run);
    if !dry_run {
        print_end(&report, &spool_dir);
    }
    Ok(report.is_done())
}

fn print(report: &RotationReport, sealing: &str, dry_run: bool) {
    let RotationReport { resealed, unopened, left, .. } = report;
    if dry_run {
        println!("{resealed} values would be re-encrypted with the key {sealing}.");
    } else {
        println!("{resealed} values were re-encrypted with the key {sealing}.");
    }
    if !unopened.is_empty() {
        let connections: BTreeSet<_> = unopened.iter().map(|of| of.connection_id).collect();
        println!(
            "{} values can't be decrypted with any key and were not changed. Their users have to \
             sign in again. Their connections:",
            unopened.len()
        );
        for id in connections.iter().take(NAMED) {
            println!("  {id}");
        }
        if connections.len() > NAMED {
            println!("  and {} more", connections.len() - NAMED);
        }
    }
    for (id, values) in left {
        println!(
            "{values} values are still encrypted with the key {id}, because a server uses it. Put \
             {sealing} first on every server, restart the servers, and run this again."
        );
    }
}

/// Whether older keys can be taken out of the ring, and what to know before that.
fn print_end(report: &RotationReport, spool_dir: &Path) {
    let RotationReport { spooled, unread, has_spool, imports, retired, .. } = report;
    let folder = spool_dir.display();
    if *has_spool {
        println!("The spool folder of this machine is {folder}.");
    } else {
        println!(
            "This machine has no spool folder {folder}. If a server here uses another SPOOL_DIR, \
             run this again with it before you remove an older key."
        );
    }
    for (file, id) in spooled {
        println!(
            "{} waits for the database and is encrypted with the key {id}. Start the server that \
             uses this spool folder, and run this again.",
            file.display()
        );
    }
    for (path, why) in unread {
        println!("{} can't be read, so no older key was retired: {why}.", path.display());
    }
    if *imports > 0 {
        println!("{}", of_imports(*imports));
    }
    for id in retired {
        println!("Nothing needs the key {id} any more: remove it from ENCRYPTION_KEYS.");
    }
}
