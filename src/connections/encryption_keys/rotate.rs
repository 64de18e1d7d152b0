use std::{collections::HashMap, path::PathBuf};

use domain::Sealed;
use futures_util::future::join_all;
use secrecy::SecretString;
use uuid::Uuid;

use super::{KeyCheckError, check_keys, field, pace::Pace};
use crate::{
    connections::pending_commit::spool::{KeysFound, Spool},
    store::{SealedColumn, SealedTable, StaleRow, Store, StoreError},
    upstream::Profile,
    vault::{Binding, Vault, key_id, key_id_in_front},
};

/// Rows per read.
const PAGE: usize = 500;
/// Rows that are written at the same time. Each is its own transaction, so that no request waits for more than one row.
const AT_ONCE: usize = 4;
/// The maximum number of passes over the tables while servers keep sealing with an older key.
const PASSES: usize = 3;

/// The progress of a rotation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The number of this pass over the tables, from 1.
    pub pass: usize,
    /// Rows that were checked in it, and about how many there are.
    pub rows: u64,
    pub of: u64,
    /// Values that were re-encrypted, in all passes.
    pub resealed: u64,
}

/// A value that no key opens. It is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unopened {
    pub table: SealedTable,
    pub row: Uuid,
    pub connection_id: Uuid,
    pub column: SealedColumn,
    /// The key id that the value names.
    pub key_id: Option<String>,
}

/// The result of a rotation.
#[derive(Clone, Debug, Default)]
pub struct RotationReport {
    /// Values that were re-encrypted, or, in a dry run, that would be.
    pub resealed: u64,
    pub unopened: Vec<Unopened>,
    /// Older keys that still open stored values, and how many: some servers still seal with them.
    pub left: Vec<(String, u64)>,
    /// Files in the spool that are sealed with an older key, and its id.
    pub spooled: Vec<(PathBuf, String)>,
    /// Files in the spool that can't be read, and why: they may need any older key.
    pub unread: Vec<(PathBuf, String)>,
    /// Whether this machine has the spool folder.
    pub has_spool: bool,
    /// Imported tokens that are recognized by a key from the time when they were sent.
    pub imports: u64,
    /// Older keys that no longer open anything.
    pub retired: Vec<String>,
}

impl RotationReport {
    /// Whether every older key of the ring can be removed from it.
    pub fn is_done(&self) -> bool {
        self.left.is_empty() && self.spooled.is_empty() && self.unread.is_empty()
    }
}

/// Re-encrypts everything that is stored under the first key of the ring.
pub struct Rotation<'a> {
    pub store: &'a Store,
    pub vault: &'a Vault,
    /// The spool on this machine.
    pub spool_dir: PathBuf,
    /// Opens everything, and writes nothing.
    pub dry_run: bool,
    /// Doesn't rest, however long others wait for the database.
    pub full_speed: bool,
}

impl Rotation<'_> {
    /// Goes through everything that is stored while servers keep running. It may be interrupted at
    /// any moment: what it has re-encrypted stays, and the next run does the rest.
    ///
    /// # Errors
    /// The ring lacks a key or has a wrong one, or the database fails.
    pub async fn run(
        &self,
        mut on_progress: impl FnMut(Progress),
    ) -> Result<RotationReport, KeyCheckError> {
        // Before anything is sealed with a key whose id belongs to another key.
        if !self.dry_run {
            check_keys(self.store, self.vault).await?;
        }
        let mut report = RotationReport::default();
        let mut pacing = if self.full_speed { Pace::full() } else { Pace::half() };
        for pass in 1..=if self.dry_run { 1 } else { PASSES } {
            let of = self.store.count_sealed_rows().await?;
            let mut progress = Progress { pass, rows: 0, of, resealed: report.resealed };
            on_progress(progress);
            let mut unopened = Vec::new();
            for table in SealedTable::ALL {
                self.go_through(table, &mut pacing, &mut progress, &mut unopened, &mut on_progress)
                    .await?;
            }
            let found_more = progress.resealed > report.resealed;
            report.resealed = progress.resealed;
            report.unopened = unopened;
            if !found_more {
                break;
            }
        }
        if !self.dry_run {
            self.retire_older_keys(&mut report).await?;
        }
        Ok(report)
    }

    async fn go_through(
        &self,
        table: SealedTable,
        pacing: &mut Pace,
        progress: &mut Progress,
        unopened: &mut Vec<Unopened>,
        on_progress: &mut impl FnMut(Progress),
    ) -> Result<(), StoreError> {
        let front = self.vault.ring().sealing_front();
        let mut after = None;
        loop {
            let page = pacing.work(self.store.stale_rows(table, &front, after, PAGE)).await?;
            let Some(last) = page.last else { return Ok(()) };
            for rows in page.stale.chunks(AT_ONCE) {
                let written = join_all(rows.iter().map(|row| self.reseal(row)));
                for done in pacing.work(written).await {
                    let (resealed, closed) = done?;
                    progress.resealed += resealed;
                    unopened.extend(closed);
                }
            }
            progress.rows += page.rows as u64;
            on_progress(*progress);
            after = Some(last);
        }
    }

    /// Re-encrypts the values of a row that can be opened. Returns their number, and the values
    /// that can't be opened.
    async fn reseal(&self, row: &StaleRow) -> Result<(u64, Vec<Unopened>), StoreError> {
        let binding = Binding { user_id: row.user_id, provider: &row.provider };
        let mut fresh = Vec::<(SealedColumn, Sealed)>::new();
        let mut unopened = Vec::new();
        let mut digest = None;
        for (column, sealed) in &row.values {
            match self.vault.open(binding, field(*column), sealed) {
                Ok(text) => {
                    fresh.push((*column, self.vault.seal(binding, field(*column), &text)));
                    if *column == SealedColumn::Profile {
                        digest = self.account_digest(&row.provider, &text);
                    }
                }
                Err(_) => unopened.push(Unopened {
                    table: row.table,
                    row: row.id,
                    connection_id: row.connection_id,
                    column: *column,
                    key_id: key_id(sealed).ok().map(str::to_owned),
                }),
            }
        }
        if fresh.is_empty() {
            return Ok((0, unopened));
        }
        if !self.dry_run && !self.store.reseal(row, &fresh, digest).await? {
            // The row was changed after it was read. The next pass reads it again.
            return Ok((0, unopened));
        }
        fail::fail_point!("rotate.resealed");
        Ok((fresh.len() as u64, unopened))
    }

    /// An account is found by its digest under the first key: digests under removed keys find
    /// nothing.
    fn account_digest(&self, provider: &str, profile: &SecretString) -> Option<Vec<u8>> {
        let id = Profile::of_json(profile)?.id();
        self.vault.account_digests(provider, &id).into_iter().next()
    }

    /// Finally: whether an older key still opens anything, by the key ids at the start of all
    /// values.
    async fn retire_older_keys(&self, report: &mut RotationReport) -> Result<(), StoreError> {
        self.look_into_spool(report);
        report.imports = self.store.count_imports().await?;
        let mut closed = HashMap::<&str, u64>::new();
        for unopened in &report.unopened {
            *closed.entry(unopened.key_id.as_deref().unwrap_or_default()).or_default() += 1;
        }
        let mut stored = HashMap::<String, u64>::new();
        for under in self.store.sealed_under().await? {
            if let Some(id) = key_id_in_front(&under.front) {
                stored.insert(id.to_owned(), u64::try_from(under.number).unwrap_or_default());
            }
        }
        let known = self.store.known_keys().await?;
        for id in self.vault.ring().key_ids().skip(1) {
            // A value that can't be opened was changed or copied: no key would open it.
            let closed = closed.get(id).copied().unwrap_or_default();
            let left = stored.get(id).copied().unwrap_or_default().saturating_sub(closed);
            if left > 0 {
                report.left.push((id.to_owned(), left));
            } else if report.unread.is_empty()
                && report.spooled.iter().all(|(_, spooled)| spooled != id)
            {
                if known.iter().any(|key| key.id == id && key.retired_at.is_none()) {
                    self.store.retire_key(id).await?;
                }
                report.retired.push(id.to_owned());
            }
        }
        Ok(())
    }

    fn look_into_spool(&self, report: &mut RotationReport) {
        let found = match Spool::key_ids(&self.spool_dir) {
            Ok(Some(found)) => found,
            Ok(None) => return,
            Err(error) => {
                let unreadable = vec![(self.spool_dir.clone(), error.into())];
                KeysFound { unreadable, ..Default::default() }
            }
        };
        let sealing = self.vault.ring().key_ids().next().unwrap_or_default();
        report.has_spool = true;
        report.spooled = found.keys.into_iter().filter(|(_, id)| id != sealing).collect();
        let unread = found.unreadable.into_iter().map(|(path, why)| (path, why.to_string()));
        report.unread = unread.collect();
    }
}

/// Marks a key that is not in the ring as no longer needed, so that no start requires it. Returns
/// how many stored values name it; they are lost with it.
///
/// # Errors
/// There are such values and it is not said to be `lost`; or the database fails.
pub async fn retire_key(store: &Store, id: &str, lost: bool) -> Result<u64, RetireError> {
    let stored = store.sealed_under().await?;
    let number = stored.iter().find(|under| key_id_in_front(&under.front) == Some(id));
    let number = number.map_or(0, |under| u64::try_from(under.number).unwrap_or_default());
    if number > 0 && !lost {
        return Err(RetireError::Needed { id: id.to_owned(), number });
    }
    store.retire_key(id).await?;
    Ok(number)
}

/// Why a key was not retired.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    #[error(
        "{number} stored values are encrypted with the key {id}. Run `provider-connections keys rotate` with it in ENCRYPTION_KEYS after another key, or add --lost if the key is lost"
    )]
    Needed { id: String, number: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}
