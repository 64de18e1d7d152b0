//! Files and folders that only this server's user can access, whatever the umask.
//!
//! What this server makes is 0600 and 0700. A file that exists keeps what its *group* was given: a
//! volume of Kubernetes (`fsGroup`) and a group that makes backups are somebody's decision. Rights
//! of everybody are nobody's decision but the umask's, and are taken away.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Opens a file for writing, makes it 0600 and empty.
///
/// # Errors
/// It can't be opened for writing.
pub fn overwrite(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().write(true).create(true).truncate(true))
}

/// Makes a file with this content, 0600, all of it or nothing: whoever finds the file finds the whole
/// of it, also after a crash. One that is there stays as it is.
///
/// # Errors
/// There is one ([`io::ErrorKind::AlreadyExists`]), or it can't be made.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Made with 0600, under a name that nobody else has.
    let mut file = tempfile::Builder::new().prefix(".provider-connections-").tempfile_in(folder)?;
    // The umask may have taken the owner's own rights.
    #[cfg(unix)]
    let _ = file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    File::open(folder)?.sync_all()
}

/// Opens a file for writing at its end, and makes it 0600.
///
/// # Errors
/// It can't be opened for writing.
pub fn append(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().append(true).create(true))
}

/// Makes an empty file, 0600, unless there is one.
///
/// # Errors
/// There is none, and it can't be made.
pub fn make(path: &Path) -> io::Result<()> {
    match open(path, OpenOptions::new().write(true).create_new(true)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder, 0700, and those above it that are missing.
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
    // The umask may have taken the owner's own rights.
    #[cfg(unix)]
    let _ = fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700));
    Ok(())
}

/// Whether everybody on this machine may read or write a file, or list a folder; the rights then,
/// as `chmod` writes them. `None` too where there is no such file.
pub fn open_to_everybody(path: &Path) -> Option<String> {
    let rights = rights(path)?;
    (rights & 0o007 != 0).then(|| format!("{rights:04o}"))
}

/// Whether others than its owner may read or write a file: its rights then, as `chmod` writes them.
pub fn open_to_others(path: &Path) -> Option<String> {
    let rights = rights(path)?;
    (rights & 0o077 != 0).then(|| format!("{rights:04o}"))
}

/// Whether everybody on this machine may make and rename files in a folder.
pub fn writable_by_everybody(folder: &Path) -> bool {
    rights(folder).is_some_and(|rights| rights & 0o002 != 0)
}

/// Takes everybody's rights to a file away, and says so in the log. One that belongs to another
/// user stays as it is, and the log says what to do.
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
    // The umask may have taken the owner's own rights; and one that was there has older ones. Some
    // file systems know no rights: the file is worth more than they are.
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
