//! Re-encrypts what an older key has sealed, while servers keep writing.

use domain::{Actor, ConnectionKey, Kind, Sealed};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use super::{SealedColumn, SealedTable, Store, StoreError, events::Happening};

/// A row with values that are not sealed with the first key.
#[derive(Clone, Debug)]
pub struct StaleRow {
    pub table: SealedTable,
    pub id: Uuid,
    pub connection_id: Uuid,
    pub user_id: Uuid,
    /// As in the database: it may be a provider that this version doesn't know.
    pub provider: String,
    /// Only those values.
    pub values: Vec<(SealedColumn, Sealed)>,
}

/// Some rows of a table, ordered by id.
#[derive(Clone, Debug)]
pub struct StalePage {
    /// How many rows were checked.
    pub rows: usize,
    /// The last of them. `None`: there are no more.
    pub last: Option<Uuid>,
    pub stale: Vec<StaleRow>,
}

impl Store {
    /// How many rows may contain sealed values.
    pub async fn count_sealed_rows(&self) -> Result<u64, StoreError> {
        let db = self.db.without_limits().await?;
        let number = count_sealed_rows(&db).await;
        self.db.give_back(db).await;
        Ok(number?)
    }

    /// Checks the next rows after the id `after`, at most `limit`, for values that do not begin
    /// with `front`.
    pub async fn stale_rows(
        &self,
        table: SealedTable,
        front: &[u8],
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<StalePage, StoreError> {
        let length = front.len();
        let stale = |column: &SealedColumn| {
            let name = column.name();
            format!("CASE WHEN substr({name}, 1, {length}) <> $1 THEN {name} END AS {name}")
        };
        let columns: Vec<_> = table.columns().iter().map(stale).collect();
        let connection_id = match table {
            SealedTable::Connections => "id",
            SealedTable::Revocations => "connection_id",
        };
        let sql = format!(
            "SELECT id, {connection_id} AS connection, user_id, provider, {} FROM {} {} \
             ORDER BY id LIMIT {limit}",
            columns.join(", "),
            table.name(),
            if after.is_some() { "WHERE id > $2" } else { "" },
        );
        let values = [Value::from(front.to_vec())].into_iter().chain(after.map(Value::from));
        let backend = self.db.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.db.query_all_raw(statement).await?;
        let mut page = StalePage { rows: rows.len(), last: None, stale: Vec::new() };
        for row in &rows {
            let row = stale_row(table, row)?;
            page.last = Some(row.id);
            if !row.values.is_empty() {
                page.stale.push(row);
            }
        }
        Ok(page)
    }

    /// Writes re-encrypted values in place of those of `stale`, if these are unchanged. Leases and
    /// generations stay, so that concurrent refreshes are neither disturbed nor overwritten.
    /// `false`: something was written since, and this was not.
    ///
    /// `account_digest` replaces the one of a connection that has one, with its profile.
    pub async fn reseal(
        &self,
        stale: &StaleRow,
        fresh: &[(SealedColumn, Sealed)],
        account_digest: Option<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        let mut values = Vec::<Value>::new();
        let mut bind = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let bytes = |sealed: &Sealed| Value::from(sealed.as_bytes().to_vec());
        let mut set: Vec<_> = fresh
            .iter()
            .map(|(column, sealed)| format!("{} = {}", column.name(), bind(bytes(sealed))))
            .collect();
        if let Some(digest) = account_digest {
            // A sign-in that was not looked up yet has none.
            let digest = bind(digest.into());
            set.push(format!(
                "account_digest = CASE WHEN account_digest IS NOT NULL THEN {digest} END"
            ));
        }
        let mut as_read = vec![format!("id = {}", bind(stale.id.into()))];
        for (column, sealed) in &stale.values {
            if fresh.iter().any(|(other, _)| other == column) {
                as_read.push(format!("{} = {}", column.name(), bind(bytes(sealed))));
            }
        }
        let sql = format!(
            "UPDATE {} SET {} WHERE {}",
            stale.table.name(),
            set.join(", "),
            as_read.join(" AND ")
        );
        let transaction = self.db.begin().await?;
        let backend = transaction.get_database_backend();
        let update = Statement::from_sql_and_values(backend, sql, values);
        if transaction.execute_raw(update).await?.rows_affected() != 1 {
            return Ok(false);
        }
        let provider = stale.provider.parse().ok();
        if let (SealedTable::Connections, Some(provider)) = (stale.table, provider) {
            let key = ConnectionKey { user_id: stale.user_id, provider };
            let happening = Happening::new(Kind::KeyRotated, &Actor::Worker);
            self.append_event(&transaction, stale.connection_id, key, &happening).await?;
        }
        transaction.commit().await?;
        self.tell_of_events();
        Ok(true)
    }
}

async fn count_sealed_rows(db: &DatabaseConnection) -> Result<u64, DbErr> {
    let mut number = 0;
    for table in SealedTable::ALL {
        let sql = format!("SELECT count(*) FROM {}", table.name());
        let count = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(count).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        number += u64::try_from(count).unwrap_or_default();
    }
    Ok(number)
}

fn stale_row(table: SealedTable, row: &QueryResult) -> Result<StaleRow, DbErr> {
    let mut values = Vec::new();
    for column in table.columns() {
        if let Some(sealed) = row.try_get::<Option<Vec<u8>>>("", column.name())? {
            values.push((*column, Sealed::from_bytes(sealed)));
        }
    }
    Ok(StaleRow {
        table,
        id: row.try_get("", "id")?,
        connection_id: row.try_get("", "connection")?,
        user_id: row.try_get("", "user_id")?,
        provider: row.try_get("", "provider")?,
        values,
    })
}
