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
            format!("SQLite's file {} is not there, nor is its folder", file.display()),
            "make the folder, or set DATABASE_URL to a file in another",
        );
    }
    match folder::can_be_written(folder) {
        Ok(()) => Finding::warning(
            DATABASE,
            format!("SQLite's file {} is not there yet", file.display()),
            "the first start makes it; if there should be one, check DATABASE_URL",
        ),
        Err(cause) => unwritable(folder, &cause),
    }
}

/// Beside its file SQLite keeps another in WAL mode.
pub fn wal_needs_room(file: &Path) -> Option<Finding> {
    let folder = folder::nearest(file.parent().unwrap_or(Path::new("")));
    folder::can_be_written(folder).err().map(|cause| unwritable(folder, &cause))
}

fn unwritable(folder: &Path, cause: &std::io::Error) -> Finding {
    Finding::error(
        DATABASE,
        format!("SQLite's folder {} can't be written: {cause}", folder.display()),
        "let this server's user write it; SQLite keeps more than one file there",
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
            format!("everybody on this machine may read {}", open.join(" and ")),
            "the next start takes that right away; or run chmod o-rwx",
        )
    })
}
