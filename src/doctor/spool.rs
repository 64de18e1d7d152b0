use std::{io, path::Path};

use super::{Finding, Patient, clock_skew::spell, folder};
use crate::{connections::pending_commit::spool::Spool, private_files, vault::Vault};

const CHECK: &str = "spool";
/// Beyond that a list says no more.
const SHOWN: usize = 5;

/// The folder in which tokens wait for the database.
pub fn check(patient: &Patient) -> Vec<Finding> {
    let Some(refresh) = &patient.settings.refresh else {
        return vec![Finding::not_looked_at(CHECK, "the settings for refreshing have mistakes")];
    };
    let path = &refresh.spool_dir;
    let nearest = folder::nearest(path);
    if let Err(cause) = folder::can_be_written(nearest) {
        return vec![Finding::error(
            CHECK,
            format!("the folder {} is not writable: {cause}", nearest.display()),
            "set SPOOL_DIR to a folder that this server can write to and that survives a restart",
        )];
    }
    if !path.exists() {
        return vec![Finding::ok(
            CHECK,
            format!("the folder {} doesn't exist yet: the first start creates it", path.display()),
        )];
    }
    let writable = Finding::ok(CHECK, format!("the folder {} is writable", path.display()));
    let mut found = vec![writable];
    found.extend(private_files::open_to_everybody(path).map(|rights| {
        Finding::warning(
            CHECK,
            format!("every user of this machine can read {} (mode {rights})", path.display()),
            "run chmod o-rwx on it, or set SPOOL_DIR to a new folder, which the start creates",
        )
    }));
    let Some(ring) = patient.settings.encryption_keys.clone() else {
        found.push(Finding::not_looked_at(
            "files in the spool",
            "ENCRYPTION_KEYS is wrong or missing",
        ));
        return found;
    };
    found.extend(files(patient, path, Vault::new(ring, patient.random.clone())).unwrap_or_else(
        |cause| {
            vec![Finding::error(
                "files in the spool",
                format!("the files can't be read: {cause}"),
                "allow this server's user to read the folder",
            )]
        },
    ));
    found
}

fn files(patient: &Patient, path: &Path, vault: Vault) -> io::Result<Vec<Finding>> {
    const CHECK: &str = "files in the spool";
    let (entries, unreadable) = Spool::look(path.to_owned(), vault)?;
    let mut found = Vec::new();
    match entries.iter().map(|entry| entry.read_at).min() {
        None if unreadable.is_empty() => found.push(Finding::ok(CHECK, "no files are waiting")),
        None => {}
        Some(oldest) => found.push(Finding::warning(
            CHECK,
            format!(
                "{} are waiting for the database, the oldest for {}",
                entries.len(),
                spell((patient.clock.now() - oldest).num_seconds())
            ),
            "a running server writes them as soon as the database responds. If none is running, \
             start one with this SPOOL_DIR. Don't delete the files",
        )),
    }
    for (file, why) in unreadable.iter().take(SHOWN) {
        let why = why.to_string();
        // Each says what to do behind its last colon.
        let (wrong, advice) = why.rsplit_once(": ").unwrap_or((&why, "look at the file"));
        found.push(Finding::error(
            CHECK,
            format!("{} can't be used: {wrong}", file.display()),
            advice,
        ));
    }
    if unreadable.len() > SHOWN {
        let more = unreadable.len() - SHOWN;
        found.push(Finding::error(
            CHECK,
            format!("{more} more can't be used"),
            "fix the first ones, then run doctor again",
        ));
    }
    Ok(found)
}
