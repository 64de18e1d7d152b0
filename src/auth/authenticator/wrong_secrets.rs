//! Wrong service secrets: logged, and rate-limited per address.
//!
//! An address has a few tries. After that, each wrong secret makes the next try wait longer, and
//! what arrives in the meantime is not even compared, so that a right secret from there is rejected
//! too. An exception is an address that sent the right secret within the last day: it is always
//! compared. So someone who guesses behind the same proxy as Hasura can't lock Hasura out; they
//! have more tries than others, but against a secret of 32 or more characters.
//!
//! All of it is kept in this process only, and is limited in size; other replicas count on their
//! own.

mod log;

use std::{net::IpAddr, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use log::Log;
use moka::sync::Cache;

use super::Authenticator;
use crate::{
    auth::{AuthError, Caller, Reason, header},
    client_address::ClientAddress,
    clock::Clock,
};

/// Wrong secrets before the first pause: someone may have mistyped it.
const FREE: u32 = 5;
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(1);
/// After correcting a mistake, nobody has to wait longer than this.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// After this long without a wrong secret, an address starts over.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);
/// How long a right secret counts.
const TRUSTED: TimeDelta = TimeDelta::hours(24);
/// Addresses that are remembered. Beyond that, the least recently seen ones are forgotten.
const ADDRESSES: u64 = 10_000;

/// Which addresses sent which service secrets. Clones share their data.
#[derive(Clone)]
pub(super) struct WrongSecrets {
    clock: Clock,
    wrong: Cache<IpAddr, Tries>,
    right: Cache<IpAddr, DateTime<Utc>>,
    log: Arc<Log>,
}

#[derive(Clone, Copy)]
struct Tries {
    number: u32,
    last: DateTime<Utc>,
    /// Until then the next one is not compared.
    until: DateTime<Utc>,
}

impl Authenticator {
    /// The caller at an address. See [`Authenticator::authenticate`].
    pub async fn authenticate_from(
        &self,
        client: ClientAddress,
        headers: &HeaderMap,
    ) -> Result<Caller, AuthError> {
        if !headers.contains_key(header::SERVICE_SECRET) {
            return self.authenticate(headers).await;
        }
        self.wrong_secrets.admit(client)?;
        let caller = self.authenticate(headers).await;
        match &caller {
            Ok(Caller::Service(_)) => self.wrong_secrets.right(client),
            Err(error) if error.reason == Reason::ServiceSecretInvalid => {
                return Err(self.wrong_secrets.wrong(client, *error));
            }
            _ => {}
        }
        caller
    }
}

impl WrongSecrets {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            wrong: Cache::new(ADDRESSES),
            right: Cache::new(ADDRESSES),
            log: Arc::default(),
        }
    }

    /// Whether the secret that this address sends is compared.
    fn admit(&self, client: ClientAddress) -> Result<(), AuthError> {
        let now = self.clock.now();
        if self.is_trusted(client, now) {
            return Ok(());
        }
        self.pause(client, now).map_or(Ok(()), Err)
    }

    fn right(&self, client: ClientAddress) {
        self.right.insert(client.network(), self.clock.now());
    }

    /// Counts a compared secret, and returns what to tell its sender.
    fn wrong(&self, client: ClientAddress, error: AuthError) -> AuthError {
        let now = self.clock.now();
        let pause = self.pause(client, now);
        let entry = self.wrong.entry(client.network());
        let tries = entry.and_upsert_with(|known| {
            let known = known.map(moka::Entry::into_value);
            known.filter(|tries| now - tries.last < FORGOTTEN).map_or_else(
                || Tries { number: 1, last: now, until: now },
                // Only a trusted address is compared during a pause; that doesn't make the pause
                // longer.
                |tries| if pause.is_some() { tries } else { tries.and_one_more(now) },
            )
        });
        self.log.wrong(client, tries.value().number, now);
        pause.unwrap_or(error)
    }

    /// Until when no secret from this address is compared.
    fn pause(&self, client: ClientAddress, now: DateTime<Utc>) -> Option<AuthError> {
        let left = self.wrong.get(&client.network())?.until - now;
        // Setting the clock back makes no pause longer.
        let left = left.min(LONGEST_PAUSE);
        let seconds = u32::try_from((left + TimeDelta::milliseconds(999)).num_seconds()).ok()?;
        (left > TimeDelta::zero()).then(|| AuthError::too_many_wrong_secrets(seconds))
    }

    fn is_trusted(&self, client: ClientAddress, now: DateTime<Utc>) -> bool {
        self.right.get(&client.network()).is_some_and(|at| now - at < TRUSTED)
    }
}

impl Tries {
    fn and_one_more(self, now: DateTime<Utc>) -> Self {
        let number = self.number.saturating_add(1);
        let doublings = number.checked_sub(FREE);
        let pause = doublings.map_or(TimeDelta::zero(), |doublings| {
            (FIRST_PAUSE * 2_i32.pow(doublings.min(6))).min(LONGEST_PAUSE)
        });
        Self { number, last: now, until: now + pause }
    }
}
