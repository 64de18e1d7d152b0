use std::{
    io::{self, Write},
    path::Path,
};

/// Whether files can be made in a folder. The one that is tried has no name, and is gone with this
/// function.
pub fn can_be_written(folder: &Path) -> io::Result<()> {
    let mut probe = tempfile::tempfile_in(folder)?;
    probe.write_all(b"can be written")?;
    probe.sync_all()
}

/// The folder itself, or the nearest above it that exists.
pub fn nearest(folder: &Path) -> &Path {
    let exists = |folder: &&Path| folder.as_os_str().is_empty() || folder.exists();
    match folder.ancestors().find(exists) {
        Some(found) if !found.as_os_str().is_empty() => found,
        _ => Path::new("."),
    }
}
