//! Files and folders that only this server's user can access, whatever the umask.
//!
//! What this server creates is 0600 and 0700. An existing file keeps its *group's* permissions: a
//! volume of Kubernetes (`fsGroup`) and a group that makes backups are someone's decision.
//! Permissions for everyone come only from the umask, and are removed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Opens a file for writing, and makes it 0600 and empty.
///
/// # Errors
/// It can't be opened for writing.
pub fn overwrite(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().write(true).create(true).truncate(true))
}

/// Creates a file with this content, 0600, completely or not at all: a reader finds the whole file,
/// even after a crash. An existing one stays as it is.
///
/// # Errors
/// There is one ([`io::ErrorKind::AlreadyExists`]), or it can't be made.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Created with 0600, under a unique name.
    let mut file = tempfile::Builder::new().prefix(".provider-connections-").tempfile_in(folder)?;
    // The umask may have removed the owner's own permissions.
    #[cfg(unix)]
    let _ = file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    File::open(folder)?.sync_all()
}

/// Opens a file for appending, and makes it 0600.
///
/// # Errors
/// It can't be opened for writing.
pub fn append(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().append(true).create(true))
}

/// Creates an empty file, 0600, unless it exists.
///
/// # Errors
/// There is none, and it can't be made.
pub fn make(path: &Path) -> io::Result<()> {
    match open(path, OpenOptions::new().write(true).create_new(true)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Creates a folder, 0700, and its missing parents.
///
/// # Errors
/// There is none, and it can't be made.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    // The umask may have removed the owner's own permissions.
    #[cfg(unix)]
    let _ = fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700));
    Ok(())
}

/// Whether everyone on this machine can read or write a file, or list a folder; its permissions
/// then, as for `chmod`. Also `None` if there is no such file.
pub fn open_to_everybody(path: &Path) -> Option<String> {
    let rights = rights(path)?;
    (rights & 0o007 != 0).then(|| format!("{rights:04o}"))
}

/// Whether anyone but its owner can read or write a file; its permissions then, as for `chmod`.
pub fn open_to_others(path: &Path) -> Option<String> {
    let rights = rights(path)?;
    (rights & 0o077 != 0).then(|| format!("{rights:04o}"))
}

/// Whether everyone on this machine can create and rename files in a folder.
pub fn writable_by_everybody(folder: &Path) -> bool {
    rights(folder).is_some_and(|rights| rights & 0o002 != 0)
}

/// Removes everyone's permissions on a file, and logs it. A file of another user stays as it is,
/// and the log says what to do.
pub fn close_to_everybody(path: &Path) {
    let Some(before) = open_to_everybody(path) else { return };
    let file = path.display();
    match take_from_everybody(path) {
        Ok(()) => tracing::warn!(
            %file, before,
            "every user of this machine could read a file of this server: its permissions now \
             allow only its owner and group"
        ),
        Err(cause) => tracing::warn!(
            %file, rights = before, %cause,
            "every user of this machine can read a file of this server, and its permissions can't \
             be changed: run chmod o-rwx on it as its owner"
        ),
    }
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    // The umask may have removed the owner's own permissions, and an existing file has older ones.
    // Some file systems have no permissions: the file is more important.
    #[cfg(unix)]
    let _ = file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    Ok(file)
}

#[cfg(unix)]
fn rights(path: &Path) -> Option<u32> {
    let metadata = fs::metadata(path).ok()?;
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777)
}

#[cfg(not(unix))]
fn rights(_: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
fn take_from_everybody(path: &Path) -> io::Result<()> {
    let before = rights(path).unwrap_or(0o600);
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(before & 0o7770))
}

#[cfg(not(unix))]
fn take_from_everybody(_: &Path) -> io::Result<()> {
    Ok(())
}
