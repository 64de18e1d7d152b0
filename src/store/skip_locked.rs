use sea_orm::{
    DbBackend,
    sea_query::{LockBehavior, LockType, SelectStatement},
};

use super::Store;

impl Store {
    /// Locks the rows that a statement is about to write, and skips those that another replica is
    /// writing. SQLite has no such clause: it has one writer at a time.
    pub(super) fn skip_locked(&self, rows: &mut SelectStatement) {
        if self.db.get_database_backend() == DbBackend::Postgres {
            rows.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
    }
}
