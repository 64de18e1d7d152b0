//! The limits that the operating system sets for this process.

/// Raises the number of open files to what the system allows at most, and sees to it that a crash
/// leaves no copy of the memory, which has keys and tokens.
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

/// How many files this process may have open.
#[cfg(unix)]
pub fn open_files() -> usize {
    let limit = rlimit::Resource::NOFILE.get_soft();
    limit.map_or(1024, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Nothing is to be raised here.
#[cfg(not(unix))]
pub fn prepare_process() {}

/// Sockets are no files here.
#[cfg(not(unix))]
pub fn open_files() -> usize {
    usize::MAX
}
