//! `connections revoke`: revokes many grants, here and at their providers, with a receipt for each.
//!
//! 1. Every connection is removed, one transaction each, which also leaves its tombstone, its
//!    revocation in the outbox and the receipt that is owed.
//! 2. The outbox is worked off at the pace of each provider, by this process and by the `revoke` job
//!    of every server: a claim in the database keeps them apart. Whoever takes a revocation out of
//!    it settles the receipt in the same transaction.
//! 3. A receipt that is settled is written down, and only then removed from the database.
//!
//! So a process that is killed at any point leaves only work in the database, which the next run of
//! the same command finds.

use std::{io, time::Duration};

use domain::{Actor, Lane, Provider, Target, Targets};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::{
    Connections,
    jobs::{AT_PROVIDER, Told},
};
use crate::{
    store::{DueRevocation, Receipt, Selection, StoreError},
    upstream::Direct,
};

/// Rows per read, and receipts per write.
const PAGE: u64 = 200;

/// After this many failed calls in a row, the provider is left to the servers' jobs.
const STOP_AFTER: usize = 8;

/// How long to wait for revocations that another process has claimed: the lifetime of a claim, plus
/// the last call in it.
const CLAIMS_END: Duration = Duration::from_secs(75);
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Receives the progress.
pub trait Reporter {
    /// This many more connections were deleted here.
    fn removed(&mut self, number: u64);

    /// Writes receipts: when this returns, they survive this process. Those without an outcome are
    /// not final.
    ///
    /// # Errors
    /// They can't be written.
    fn write(&mut self, receipts: &[Receipt]) -> io::Result<()>;

    /// This many are being revoked by another process, or were when it died.
    fn waits_for(&mut self, number: u64);

    /// A provider fails repeatedly, and is left to the servers' jobs.
    fn stopped(&mut self, provider: Provider);
}

/// The result of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevokedMany {
    /// Connections that were deleted here.
    pub removed: u64,
    /// Receipts that are final.
    pub settled: u64,
    /// Grants that still have to be revoked at the provider.
    pub pending: u64,
}

/// Why a run ended early. Everything done so far stays, and a run with the same selection
/// continues.
#[derive(Debug, thiserror::Error)]
pub enum RevokeManyError {
    #[error("{}", .0.causes())]
    Store(#[from] StoreError),
    #[error("the receipts can't be written, and stay in the database: {0}")]
    Receipts(#[from] io::Error),
}

/// A provider whose grants this server could revoke, if it had client credentials for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CantRevoke(pub Provider);

/// The results of a provider so far.
struct Line {
    provider: Provider,
    failures: usize,
    /// There was nothing to claim.
    is_idle: bool,
}

impl Connections {
    /// Whether this server can revoke grants at the provider.
    pub fn revokes(&self, provider: Provider) -> bool {
        self.parts.direct.revokes(provider)
    }

    /// Providers whose revocation endpoint can't be called because client credentials are missing.
    pub fn cannot_revoke(&self, providers: &[Provider]) -> Vec<CantRevoke> {
        let lacks = |of: &&Provider| Direct::has_revocation(**of) && !self.revokes(**of);
        providers.iter().filter(lacks).map(|provider| CantRevoke(*provider)).collect()
    }

    /// Ends the grants of all that `selection` says, and of what an earlier run of the same left.
    ///
    /// # Errors
    /// The database fails, or receipts can't be written.
    pub async fn revoke_many(
        &self,
        selection: &Selection,
        reporter: &mut impl Reporter,
    ) -> Result<RevokedMany, RevokeManyError> {
        let mut so_far = RevokedMany::default();
        self.remove_all(selection, reporter, &mut so_far).await?;
        self.tell_all(selection, reporter, &mut so_far).await?;
        let store = &self.parts.store;
        let mut after = None;
        loop {
            let pending = store.unsettled_receipts(selection, after, PAGE).await?;
            let Some(last) = pending.last() else { break };
            after = Some(last.id);
            so_far.pending += pending.len() as u64;
            reporter.write(&pending)?;
        }
        Ok(so_far)
    }

    /// This comes first: from now on no server returns or refreshes their tokens.
    async fn remove_all(
        &self,
        selection: &Selection,
        reporter: &mut impl Reporter,
        so_far: &mut RevokedMany,
    ) -> Result<(), RevokeManyError> {
        let parts = &self.parts;
        let mut after = None;
        loop {
            let page = parts.store.selected(selection, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for connection in &page {
                let (receipt, revokes) = (parts.random.uuid(), self.revokes(connection.provider));
                let removed = parts
                    .store
                    .remove_selected(selection, connection, receipt, revokes, &Actor::Service)
                    .await?;
                so_far.removed += u64::from(removed);
                reporter.removed(1);
                fail::fail_point!("revoke_many.removed");
            }
            self.write_settled(selection, reporter, so_far).await?;
        }
    }

    /// Revokes at the providers, a few calls at a time, and writes the receipts as they become
    /// final.
    async fn tell_all(
        &self,
        selection: &Selection,
        reporter: &mut impl Reporter,
        so_far: &mut RevokedMany,
    ) -> Result<(), RevokeManyError> {
        let store = &self.parts.store;
        let mut lines: Vec<Line> = selection
            .providers
            .iter()
            .filter(|provider| self.revokes(**provider))
            .map(|provider| Line { provider: *provider, failures: 0, is_idle: false })
            .collect();
        for line in &lines {
            // The table row with its pace.
            store.health(Targets::revocation(line.provider)).await?;
        }
        let patience = Instant::now() + CLAIMS_END;
        loop {
            let (claimed, wait) = self.claim_round(selection, &mut lines).await?;
            let calls = claimed.into_iter().map(async |due| (due.provider, self.revoke(due).await));
            let told = join_all(calls).await;
            fail::fail_point!("revoke_many.told");
            let called = !told.is_empty();
            for (provider, told) in told {
                if let Some(line) = lines.iter_mut().find(|line| line.provider == provider) {
                    line.hear(told, reporter);
                }
            }
            self.write_settled(selection, reporter, so_far).await?;
            if called {
                continue;
            }
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
                continue;
            }
            store.settle_orphans(selection).await?;
            self.write_settled(selection, reporter, so_far).await?;
            let others = store.count_being_told(selection).await?;
            if others == 0 || Instant::now() > patience {
                return Ok(());
            }
            reporter.waits_for(others);
            tokio::time::sleep(LOOK_AGAIN).await;
            for line in &mut lines {
                line.is_idle = false;
            }
        }
    }

    /// Claims as many as the pace of each provider allows. If none: how long until it allows one.
    async fn claim_round(
        &self,
        selection: &Selection,
        lines: &mut [Line],
    ) -> Result<(Vec<DueRevocation>, Option<Duration>), StoreError> {
        let mut claimed = Vec::new();
        let mut shortest: Option<Duration> = None;
        for line in lines.iter_mut().filter(|line| line.is_open()) {
            let target = Target::Revocation(line.provider);
            let wanted = u32::try_from(AT_PROVIDER).unwrap_or(1);
            let turns = match self.pace(target, Lane::Healthy, wanted).await? {
                Ok(turns) => turns,
                Err(wait) => {
                    shortest = Some(shortest.map_or(wait, |shortest| shortest.min(wait)));
                    continue;
                }
            };
            let selection = selection.at(line.provider);
            let due = self.parts.store.claim_owed(&selection, turns.into()).await?;
            let unused = turns.saturating_sub(u32::try_from(due.len()).unwrap_or(turns));
            if unused > 0 {
                self.give_back_turns(target, Lane::Healthy, unused).await?;
            }
            line.is_idle = due.is_empty();
            claimed.extend(due);
        }
        Ok((claimed, shortest))
    }

    /// Writes final receipts, and then removes them.
    async fn write_settled(
        &self,
        selection: &Selection,
        reporter: &mut impl Reporter,
        so_far: &mut RevokedMany,
    ) -> Result<(), RevokeManyError> {
        let store = &self.parts.store;
        loop {
            let settled = store.settled_receipts(selection, PAGE).await?;
            if settled.is_empty() {
                return Ok(());
            }
            fail::fail_point!("revoke_many.settled");
            reporter.write(&settled)?;
            fail::fail_point!("revoke_many.written");
            store.forget_receipts(&settled).await?;
            so_far.settled += settled.len() as u64;
        }
    }
}

impl Line {
    fn is_open(&self) -> bool {
        self.failures < STOP_AFTER && !self.is_idle
    }

    fn hear(&mut self, told: Told, reporter: &mut impl Reporter) {
        if told != Told::Later {
            self.failures = 0;
            return;
        }
        self.failures += 1;
        if self.failures == STOP_AFTER {
            reporter.stopped(self.provider);
        }
    }
}
