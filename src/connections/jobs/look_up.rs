//! Asks providers for the account of a connection after each sign-in. This happens outside the
//! lease, and no caller waits for it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use domain::{Lane, LookUpEnd, Provider, Target, Targets};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use super::{
    Failed, MINUTE, SLICE,
    batches::BATCH,
    under_way::{Panicked, UnderWay},
};
use crate::{
    connections::{Connections, demand::lives, grant::binding},
    store::{ConnectionRecord, DueLookUp, KnownAccount, StoreError},
    upstream::{NoProfile, NotNow, Profile},
    vault::Field,
};

/// How often a provider is asked, at growing intervals, within about six hours.
const ATTEMPTS: i32 = 12;
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_hours(6);

/// How long a run starts new calls. Users who sign in after that, even with a provider that does
/// not hang, wait for the next run.
const BEGINS_FOR: Duration = Duration::from_secs(2);

/// If accounts are not looked up: when stored accounts are removed again, each time by reading all
/// rows. Another server may still look accounts up until it gets the same settings.
const FORGETS_AGAIN: Duration = Duration::from_mins(10);
/// The same after there were none.
const LOOKS_AGAIN: Duration = Duration::from_hours(24);

/// Sign-ins whose providers must be asked.
#[derive(Debug, Default)]
pub struct LookUps {
    /// Counts them.
    sign_ins: watch::Sender<u64>,
    /// If accounts are not looked up: how far stored accounts are removed.
    forgotten: Mutex<Forgotten>,
}

/// How far stored accounts are removed, and how many there were.
#[derive(Clone, Copy, Debug, Default)]
struct Forgotten {
    to: Uuid,
    number: u64,
}

impl LookUps {
    fn forgotten(&self) -> MutexGuard<'_, Forgotten> {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    /// A sign-in was written: its provider is asked at once.
    pub(in crate::connections) fn wake_look_up(&self) {
        if self.parts.account_lookup {
            self.parts.work.look_ups.sign_ins.send_modify(|number| *number += 1);
        }
    }

    /// Resolves whenever someone has signed in.
    pub(super) fn sign_ins(&self) -> BoxStream<'static, ()> {
        let sign_ins = self.parts.work.look_ups.sign_ins.subscribe();
        let next = async |mut of: watch::Receiver<u64>| of.changed().await.ok().map(|()| ((), of));
        stream::unfold(sign_ins, next).boxed()
    }

    /// Looks up the accounts of all sign-ins that are due, a few at a time per provider, so that
    /// one that hangs does not hold up the others. Returns how long there is nothing more to do.
    pub async fn look_up_due(&self) -> Result<Duration, Failed> {
        if !self.parts.account_lookup {
            return self.forget_accounts().await;
        }
        let until = Instant::now() + BEGINS_FOR;
        let mut wait = MINUTE;
        let mut providers = Vec::new();
        for due in self.parts.store.look_ups_due().await? {
            match (due.earliest - due.now).to_std() {
                Ok(left) if !left.is_zero() => wait = wait.min(left),
                _ => providers.push(due.provider),
            }
        }
        let mut under_way = UnderWay::default();
        let (mut asked, mut failed) = (false, None);
        loop {
            if failed.is_none() && Instant::now() < until {
                let begun = self.begin_look_ups(&mut providers, &mut under_way).await;
                match begun {
                    Ok(paced) => wait = wait.min(paced.unwrap_or(wait)),
                    Err(error) => failed = Some(Failed::from(error)),
                }
            }
            match under_way.ended().await {
                None if failed.is_some() => return failed.map_or(Ok(wait), Err),
                // A repeated look-up is due sooner than was known.
                None if asked || !providers.is_empty() => return Ok(Duration::ZERO),
                None => return Ok(wait),
                Some(Ok(())) => asked = true,
                Some(Err(Panicked)) => failed = Some(Failed("a look-up panicked".to_owned())),
            }
        }
    }

    /// Removes stored accounts, for as long as one run may take. Returns how long there is nothing
    /// more to do.
    async fn forget_accounts(&self) -> Result<Duration, Failed> {
        let look_ups = &self.parts.work.look_ups;
        let until = Instant::now() + SLICE;
        while Instant::now() < until {
            let Forgotten { to, number } = *look_ups.forgotten();
            let Some((last, more)) = self.parts.store.forget_accounts_behind(to, BATCH).await?
            else {
                *look_ups.forgotten() = Forgotten::default();
                return Ok(if number > 0 { FORGETS_AGAIN } else { LOOKS_AGAIN });
            };
            *look_ups.forgotten() = Forgotten { to: last, number: number + more };
        }
        Ok(Duration::ZERO)
    }

    /// Starts as many look-ups as there are places and turns for; providers without due look-ups
    /// are dropped. Returns how long to wait for a provider whose rate is used up.
    async fn begin_look_ups(
        &self,
        providers: &mut Vec<Provider>,
        under_way: &mut UnderWay,
    ) -> Result<Option<Duration>, StoreError> {
        providers.sort_by_key(|provider| under_way.with(*provider));
        let mut more = Vec::new();
        let mut paced: Option<Duration> = None;
        for provider in providers.drain(..) {
            let free = u32::try_from(under_way.free(provider)).unwrap_or_default();
            if free == 0 {
                more.push(provider);
                continue;
            }
            let target = Target::UserInfo(provider);
            let turns = match self.user_info_turns(provider, free).await? {
                Ok(turns) => turns,
                Err(wait) => {
                    paced = Some(paced.map_or(wait, |paced| paced.min(wait)));
                    continue;
                }
            };
            let claimed = self.parts.store.claim_look_ups(provider, turns).await?;
            let unused = turns.saturating_sub(u32::try_from(claimed.len()).unwrap_or(turns));
            if unused > 0 {
                self.give_back_turns(target, Lane::Healthy, unused).await?;
            } else {
                more.push(provider);
            }
            for due in claimed {
                let this = self.clone();
                under_way.begin(provider, async move { this.look_up(due).await });
            }
        }
        *providers = more;
        Ok(paced)
    }

    /// Up to `wanted` turns at the pace at which all replicas together ask this provider.
    async fn user_info_turns(
        &self,
        provider: Provider,
        wanted: u32,
    ) -> Result<Result<u32, Duration>, StoreError> {
        let target = Target::UserInfo(provider);
        if let Ok(turns) = self.pace(target, Lane::Healthy, wanted).await? {
            return Ok(Ok(turns));
        }
        // Reading its health creates its row; there is no other reason to read it here.
        self.parts.store.health(Targets::user_info(provider)).await?;
        self.pace(target, Lane::Healthy, wanted).await
    }

    /// Asks once, and records the result.
    async fn look_up(&self, due: DueLookUp) {
        fail::fail_point!("look_up.claimed");
        let DueLookUp { record, attempts } = due;
        let known = record.profile_connected_at == Some(record.connected_at);
        let noted = if known || record.look_up_end.is_some() {
            self.look_up_outstanding_scopes(&record, attempts).await
        } else {
            self.look_up_account(&record, attempts).await
        };
        if let Err(error) = noted {
            // Its claim expires, and the look-up is repeated.
            tracing::warn!(
                cause = error.causes(),
                connection = %record.id,
                "the account of a connection could not be stored: check that the database is up"
            );
        }
    }

    /// An earlier attempt found the account, or that the provider does not return it. Only the
    /// scopes were missing.
    async fn look_up_outstanding_scopes(
        &self,
        record: &ConnectionRecord,
        attempts: i32,
    ) -> Result<(), StoreError> {
        match self.look_up_scopes(record, None).await {
            Err(NotNow) if attempts < ATTEMPTS => {
                let wait = self.retry_look_up_in(attempts);
                self.parts.store.put_off_look_up(record, wait).await
            }
            // If the provider could never be asked, the next refresh may return them.
            _ => self.parts.store.end_look_up(record, record.look_up_end).await,
        }
    }

    async fn look_up_account(
        &self,
        record: &ConnectionRecord,
        attempts: i32,
    ) -> Result<(), StoreError> {
        let account = self.ask_account(record).await;
        // Before the account is stored, which ends the look-up.
        let scopes = self.look_up_scopes(record, account.as_ref().ok()).await;
        let outstanding = scopes.is_err() && attempts < ATTEMPTS;
        match account {
            Ok(profile) => {
                if record.refresh_token_unproven && record.account.is_none() {
                    self.note_account(record, &profile.id()).await;
                }
                self.keep_profile(record, &profile, outstanding).await?;
            }
            Err(NoProfile::NotSaid) => self.parts.store.end_look_up(record, None).await?,
            Err(NoProfile::TokenEnded) => {
                self.end_refused(record).await?;
                self.parts.store.end_look_up(record, Some(LookUpEnd::Refused)).await?;
            }
            Err(NoProfile::Ended(end)) => {
                tracing::info!(
                    provider = %record.provider,
                    connection = %record.id,
                    class = end.as_str(),
                    "the provider does not return the account: account is null until the next \
                     sign-in"
                );
                self.parts.store.end_look_up(record, Some(end)).await?;
            }
            Err(NoProfile::NotNow(_)) if attempts >= ATTEMPTS => {
                tracing::warn!(
                    provider = %record.provider,
                    connection = %record.id,
                    "the account could not be looked up in {ATTEMPTS} attempts: account is null \
                     until the next sign-in"
                );
                let end = Some(LookUpEnd::Unavailable);
                self.parts.store.end_look_up(record, end).await?;
            }
            Err(NoProfile::NotNow(retry_after)) => {
                let wait = self.retry_look_up_in(attempts).max(retry_after.unwrap_or_default());
                return self.parts.store.put_off_look_up(record, wait).await;
            }
        }
        if outstanding {
            let wait = self.retry_look_up_in(attempts);
            self.parts.store.put_off_look_up(record, wait).await?;
        }
        Ok(())
    }

    /// With the stored access token while it is valid: none is refreshed for this.
    async fn ask_account(&self, record: &ConnectionRecord) -> Result<Profile, NoProfile> {
        let token = record
            .access_token
            .as_ref()
            .filter(|_| lives(record, record.now))
            .and_then(|sealed| {
                self.parts.vault.open(binding(record), Field::AccessToken, sealed).ok()
            })
            .ok_or(NoProfile::NotNow(None))?;
        let answer = self.parts.accounts.profile(record.provider, &token).await;
        fail::fail_point!("look_up.answered");
        answer
    }

    /// Stores the account that the provider returned. The look-up continues if the scopes are still
    /// missing. Returns the connection with it, as early signals about that account have left it.
    pub(in crate::connections) async fn keep_profile(
        &self,
        record: &ConnectionRecord,
        profile: &Profile,
        scopes_outstanding: bool,
    ) -> Result<ConnectionRecord, StoreError> {
        let (vault, id) = (&self.parts.vault, profile.id());
        let digests = vault.account_digests(record.provider.as_str(), &id);
        // If the old account can't be decrypted, it may have been a different one: a switch must
        // not go unreported.
        let changed = record.profile.is_some() && {
            let before = self.profile_of(record).ok().flatten();
            before.is_none_or(|before| before.id != profile.id)
        };
        let known = KnownAccount {
            profile: vault.seal(binding(record), Field::Profile, &profile.to_json()),
            digests,
            changed,
            scopes_outstanding,
        };
        let kept = self.parts.store.keep_account(record, &known).await?;
        self.has_heard_early(record.provider, &kept.early);
        Ok(kept.record.unwrap_or_else(|| ConnectionRecord {
            profile: Some(known.profile),
            profile_connected_at: Some(record.connected_at),
            account_digest: known.digests.into_iter().next(),
            look_up_end: None,
            ..record.clone()
        }))
    }

    fn retry_look_up_in(&self, attempts: i32) -> Duration {
        let doublings = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or_default();
        let wait = LONGEST_RETRY.min(FIRST_RETRY * 2_u32.pow(doublings));
        // Spread out, so that look-ups of one busy moment don't return at the same time.
        let jitter = self.jitter(TimeDelta::from_std(wait / 2).unwrap_or_default());
        wait + jitter.to_std().unwrap_or_default()
    }
}
