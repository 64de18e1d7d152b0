use std::path::Path;

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::{Store, StoreError};

impl Store {
    /// Writes a copy of the SQLite database in its current state to a file that is empty or doesn't
    /// exist. Others can read and write the database in the meantime.
    pub async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let name = file.to_str().ok_or_else(|| DbErr::Custom("no such name".to_owned()))?;
        let backend = self.db.get_database_backend();
        let copy = Statement::from_sql_and_values(backend, "VACUUM INTO $1", [name.into()]);
        self.db.execute_raw(copy).await?;
        Ok(())
    }
}
