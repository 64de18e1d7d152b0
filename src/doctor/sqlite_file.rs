use std::path::Path;

use super::{Finding, folder};
use crate::{private_files, store::files_of};

const DATABASE: &str = "database";

/// What is to be said where it is not there.
pub fn missing(file: &Path) -> Finding {
    let folder = folder::nearest(file.parent().unwrap_or(Path::new("")));
    let is_there = file.parent().is_none_or(|of| of.as_os_str().is_empty() || of.exists());
    if !is_there {
        return Finding::error(
            DATABASE,
            format!("the SQLite file {} and its folder don't exist", file.display()),
            "create the folder, or set DATABASE_URL to a file in another folder",
        );
    }
    match folder::can_be_written(folder) {
        Ok(()) => Finding::warning(
            DATABASE,
            format!("the SQLite file {} doesn't exist yet", file.display()),
            "the first start creates it; if it should exist, check DATABASE_URL",
        ),
        Err(cause) => unwritable(folder, &cause),
    }
}

/// Next to its file, SQLite keeps another in WAL mode.
pub fn wal_needs_room(file: &Path) -> Option<Finding> {
    let folder = folder::nearest(file.parent().unwrap_or(Path::new("")));
    folder::can_be_written(folder).err().map(|cause| unwritable(folder, &cause))
}

fn unwritable(folder: &Path, cause: &std::io::Error) -> Finding {
    Finding::error(
        DATABASE,
        format!("the folder {} of the SQLite file is not writable: {cause}", folder.display()),
        "allow this server's user to write to the folder, where SQLite keeps several files",
    )
}

/// A start takes these rights away; doctor changes nothing.
pub fn open_to_everybody(file: &Path) -> Option<Finding> {
    let open = files_of(file).into_iter().filter_map(|file| {
        let rights = private_files::open_to_everybody(&file)?;
        Some(format!("{} ({rights})", file.display()))
    });
    let open: Vec<_> = open.collect();
    (!open.is_empty()).then(|| {
        Finding::warning(
            DATABASE,
            format!("every user of this machine can read {}", open.join(" and ")),
            "the next start removes this permission; or run chmod o-rwx",
        )
    })
}
