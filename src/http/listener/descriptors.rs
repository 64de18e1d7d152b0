//! The limits that the operating system sets for this process.

/// Raises the limit of open files to the system's maximum, and disables core dumps, which would
/// contain keys and tokens.
#[cfg(unix)]
pub fn prepare_process() {
    use rlimit::{Resource, increase_nofile_limit};
    if let Err(error) = increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files can't be raised");
    }
    if let Err(error) = Resource::CORE.set(0, 0) {
        tracing::warn!(%error, "core dumps can't be switched off");
    }
}

/// The limit of open files.
#[cfg(unix)]
pub fn open_files() -> usize {
    let limit = rlimit::Resource::NOFILE.get_soft();
    limit.map_or(1024, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// There is no limit to raise here.
#[cfg(not(unix))]
pub fn prepare_process() {}

/// Sockets are not files here.
#[cfg(not(unix))]
pub fn open_files() -> usize {
    usize::MAX
}
