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
    /// The folder with tokens that wait for the database, to say which files an older key has sealed
    #[arg(
        long,
        env = "SPOOL_DIR",
        value_name = "FOLDER",
        default_value = "provider-connections-spool"
    )]
    spool_dir: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// Open all that would be sealed anew, and write nothing
    #[arg(long)]
    dry_run: bool,
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
    let rotation = Rotation { store: &store, vault: &vault, spool_dir: spool_dir.clone(), dry_run };
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
        println!("{resealed} values would be sealed anew with the key {sealing}.");
    } else {
        println!("{resealed} values were sealed anew with the key {sealing}.");
    }
    if !unopened.is_empty() {
        let connections: BTreeSet<_> = unopened.iter().map(|of| of.connection_id).collect();
        println!(
            "{} values open with no key and were left as they are; their users have to sign in \
             again. Their connections:",
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
            "{values} values are still sealed with the key {id}: some server seals with it. Put \
             {sealing} first on every server, restart them, and run this again."
        );
    }
}

/// Whether older keys can be taken out of the ring, and what to know before that.
fn print_end(report: &RotationReport, spool_dir: &Path) {
    let RotationReport { spooled, unread, has_spool, imports, retired, .. } = report;
    let folder = spool_dir.display();
    if *has_spool {
        println!("The spool of this machine is {folder}.");
    } else {
        println!(
            "There is no spool {folder} on this machine. If a server here has another SPOOL_DIR, \
             run this again with it before you take an older key out."
        );
    }
    for (file, id) in spooled {
        println!(
            "{} waits for the database, sealed with the key {id}. Start the server whose spool it \
             is, and run this again.",
            file.display()
        );
    }
    for (path, why) in unread {
        println!("{} can't be read, so no older key is retired: {why}.", path.display());
    }
    if *imports > 0 {
        println!("{}", of_imports(*imports));
    }
    for id in retired {
        println!("The key {id} opens nothing any more: take it out of ENCRYPTION_KEYS.");
    }
}
