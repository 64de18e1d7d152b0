//! Acts on a provider's signal immediately: a grant that the provider reports as revoked ends here,
//! without waiting for the next refresh to fail.
//!
//! A signal may come late, twice, or not from whom it says. So it ends only what was neither signed in
//! to nor refreshed since ([`crate::store::SignalEffect`]), and one that proves too little only brings
//! the next refresh forward.

mod searches;

use std::fmt;

use domain::Provider;
use moka::sync::Cache;
use searches::Searches;
use secrecy::SecretString;
use uuid::Uuid;

use super::{Connections, grant::binding_of};
use crate::{
    metrics,
    signals::{Means, Signal, SignalId, Subject, TokenIdentifier},
    store::{
        EarlySignal, SealedRefreshToken, SignalAim, SignalEffect, Signalled, SignalledRows,
        StoreError,
    },
    upstream::display_name,
    vault::Field,
};

/// Signals that are known again without the database.
const REMEMBERED: u64 = 10_000;

/// Refresh tokens that are opened between two statements.
const PAGE: u64 = 500;

/// What was made of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Grants have ended.
    Ended,
    /// Connections are refreshed at once, to find out.
    Checked,
    /// It was heard before.
    Repeated,
    /// It changes nothing: nobody is connected with that account, or has been since.
    Nothing,
    /// It means nothing for connections.
    Noted,
    /// Too many refresh tokens are searched for: the provider has to send it again.
    Busy,
}

impl Heard {
    fn of(signalled: &Signalled) -> Self {
        match (signalled.repeated, signalled.ended.is_empty(), signalled.checked) {
            (true, ..) => Self::Repeated,
            (_, false, _) => Self::Ended,
            (_, _, 1..) => Self::Checked,
            _ => Self::Nothing,
        }
    }

    /// The outcome as metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Checked => "checked",
            Self::Repeated => "repeated",
            Self::Nothing => "nothing",
            Self::Noted => "noted",
            Self::Busy => "failed",
        }
    }
}

/// What this process remembers of signals.
pub struct SignalMemory {
    /// Signals that were acted on.
    known: Cache<Vec<u8>, ()>,
    searches: Searches,
}

impl Default for SignalMemory {
    fn default() -> Self {
        Self { known: Cache::new(REMEMBERED), searches: Searches::default() }
    }
}

impl fmt::Debug for SignalMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignalMemory")
    }
}

impl Connections {
    /// Does what a verified signal means.
    ///
    /// # Errors
    /// The database fails: the provider has to send it again.
    pub async fn hear(&self, signal: &Signal) -> Result<Heard, StoreError> {
        let heard = self.act_on(signal).await?;
        metrics::signal_received(signal.provider, heard.as_str());
        // The others may be many, and say nothing.
        if matches!(heard, Heard::Checked | Heard::Noted) {
            tracing::info!(
                provider = %signal.provider,
                signal = signal.name,
                outcome = heard.as_str(),
                "a provider sent a signal"
            );
        }
        Ok(heard)
    }

    async fn act_on(&self, signal: &Signal) -> Result<Heard, StoreError> {
        let Some(aim) = aim_of(signal.means) else { return Ok(Heard::Noted) };
        let known = &self.parts.work.signals.known;
        if known.contains_key(signal.id.as_bytes()) {
            return Ok(Heard::Repeated);
        }
        match &signal.subject {
            Subject::Account(id) => {
                let digests = self.parts.vault.account_digests(signal.provider.as_str(), id);
                self.apply(signal, SignalledRows::Account(&digests), aim, &signal.id).await
            }
            Subject::RefreshToken(token) => {
                let (this, signal, token) = (self.clone(), signal.clone(), token.clone());
                let search = async move { this.hear_of_token(&signal, &token, aim).await };
                let work = &self.parts.work;
                let heard = work.signals.searches.run(&work.tasks, &work.ending, search).await;
                heard.unwrap_or(Ok(Heard::Busy))
            }
            Subject::Unread => Ok(Heard::Noted),
        }
    }

    async fn apply(
        &self,
        signal: &Signal,
        of: SignalledRows<'_>,
        aim: SignalAim,
        id: &SignalId,
    ) -> Result<Heard, StoreError> {
        let evidence = format!("{} said: {}", display_name(signal.provider), signal.name);
        let effect = SignalEffect {
            provider: signal.provider,
            of,
            aim,
            at: signal.at,
            since: signal.since,
            id: id.as_bytes(),
            evidence: &evidence,
        };
        let signalled = self.parts.store.signal(&effect).await?;
        self.has_heard(signal.provider, signal.name, &signalled);
        let heard = Heard::of(&signalled);
        if heard != Heard::Nothing {
            self.parts.work.signals.known.insert(id.as_bytes().to_vec(), ());
        }
        Ok(heard)
    }

    /// Called once the effect of signals is committed: logs what ended, and wakes the worker for what
    /// is to be refreshed.
    pub(super) fn has_heard(&self, provider: Provider, signal: &str, signalled: &Signalled) {
        for (connection, _) in &signalled.ended {
            tracing::warn!(
                %provider,
                %connection,
                class = "signal",
                signal,
                "the provider says that the grant was revoked: the user must sign in again"
            );
        }
        if signalled.checked > 0 {
            self.parts.work.busy.wake();
        }
    }

    /// The same for signals that came before the account was known, and were counted as nothing.
    pub(super) fn has_heard_early(&self, provider: Provider, early: &[EarlySignal]) {
        for EarlySignal { evidence, signalled } in early {
            self.has_heard(provider, evidence, signalled);
            let heard = Heard::of(signalled);
            metrics::signal_received(provider, heard.as_str());
            if heard == Heard::Checked {
                tracing::info!(
                    %provider,
                    signal = evidence.as_str(),
                    outcome = heard.as_str(),
                    "a provider sent a signal before the account of a sign-in was known"
                );
            }
        }
    }

    /// A provider that names a refresh token, and not whose it is. Nothing of the token is kept that
    /// could be looked up, so all of that provider's are opened: a few hundred thousand in a second.
    async fn hear_of_token(
        &self,
        signal: &Signal,
        token: &TokenIdentifier,
        aim: SignalAim,
    ) -> Result<Heard, StoreError> {
        let memory = &self.parts.work.signals;
        // The same may have been searched for while this one waited.
        if memory.known.contains_key(signal.id.as_bytes()) {
            return Ok(Heard::Repeated);
        }
        let holders = self.holders_of(signal.provider, token).await?;
        // A beginning that several tokens have ends none of them.
        let is_certain = aim != SignalAim::End || holders.len() == 1;
        let aim = if is_certain { aim } else { SignalAim::Check };
        let mut outcome = Heard::Nothing;
        for connection in holders {
            let name = [signal.id.as_bytes(), connection.as_bytes()].concat();
            let id = SignalId::of("of a connection", &name);
            let heard = self.apply(signal, SignalledRows::Connection(connection), aim, &id).await?;
            if outcome == Heard::Nothing || heard == Heard::Ended {
                outcome = heard;
            }
        }
        // Nobody is made to search twice for the same signal, found or not.
        memory.known.insert(signal.id.as_bytes().to_vec(), ());
        Ok(outcome)
    }

    async fn holders_of(
        &self,
        provider: Provider,
        token: &TokenIdentifier,
    ) -> Result<Vec<Uuid>, StoreError> {
        let mut holders = Vec::new();
        let mut after = Uuid::nil();
        loop {
            let page = self.parts.store.refresh_tokens_behind(provider, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(holders) };
            after = last.connection_id;
            let named = page.iter().filter(|sealed| {
                // One that does not open is nobody's to compare with; reads report it.
                self.opened(provider, sealed).is_some_and(|opened| token.names(&opened))
            });
            holders.extend(named.map(|sealed| sealed.connection_id));
        }
    }

    fn opened(&self, provider: Provider, sealed: &SealedRefreshToken) -> Option<SecretString> {
        let key = domain::ConnectionKey { user_id: sealed.user_id, provider };
        let binding = binding_of(key);
        self.parts.vault.open(binding, Field::RefreshToken, &sealed.refresh_token).ok()
    }
}

/// `None`: nothing is done about connections.
fn aim_of(means: Means) -> Option<SignalAim> {
    match means {
        Means::Ended => Some(SignalAim::End),
        Means::Doubtful => Some(SignalAim::Check),
        Means::Unsigned => Some(SignalAim::CheckRarely),
        Means::Restored => Some(SignalAim::Revive),
        Means::Noted => None,
    }
}
