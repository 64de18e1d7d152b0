//! What a provider says by itself is heard at once: a grant that it says has ended ends here, without
//! waiting for the next refresh to be refused.
//!
//! A signal may come late, twice, or not from whom it says. So it ends only what was neither signed in
//! to nor refreshed since ([`crate::store::SignalEffect`]), and one that proves too little only brings
//! the next refresh forward.

use std::fmt;

use domain::Provider;
use moka::sync::Cache;
use secrecy::SecretString;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Connections, grant::binding_of};
use crate::{
    metrics,
    signals::{Means, Signal, SignalId, Subject, TokenIdentifier},
    store::{SealedRefreshToken, SignalEffect, Signalled, SignalledRows, StoreError},
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
}

impl Heard {
    /// The outcome as metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Checked => "checked",
            Self::Repeated => "repeated",
            Self::Nothing => "nothing",
            Self::Noted => "noted",
        }
    }
}

/// What this process remembers of signals.
pub struct SignalMemory {
    /// Signals that were acted on.
    known: Cache<Vec<u8>, ()>,
    /// Held while refresh tokens are searched: one search at a time.
    search: Mutex<()>,
}

impl Default for SignalMemory {
    fn default() -> Self {
        Self { known: Cache::new(REMEMBERED), search: Mutex::default() }
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
                "a provider has sent a signal"
            );
        }
        Ok(heard)
    }

    async fn act_on(&self, signal: &Signal) -> Result<Heard, StoreError> {
        if signal.means == Means::Noted {
            return Ok(Heard::Noted);
        }
        let known = &self.parts.work.signals.known;
        if known.contains_key(signal.id.as_bytes()) {
            return Ok(Heard::Repeated);
        }
        match &signal.subject {
            Subject::Account(id) => {
                let digests = self.parts.vault.account_digests(signal.provider.as_str(), id);
                let ends = signal.means == Means::Ended;
                self.apply(signal, SignalledRows::Account(&digests), ends, &signal.id).await
            }
            Subject::RefreshToken(token) => self.hear_of_token(signal, token).await,
        }
    }

    async fn apply(
        &self,
        signal: &Signal,
        of: SignalledRows<'_>,
        ends: bool,
        id: &SignalId,
    ) -> Result<Heard, StoreError> {
        let evidence = format!("{} said: {}", display_name(signal.provider), signal.name);
        let effect = SignalEffect {
            provider: signal.provider,
            of,
            ends,
            at: signal.at,
            id: id.as_bytes(),
            content: signal.content.as_ref().map(SignalId::as_bytes),
            evidence: &evidence,
        };
        let Signalled { repeated, ended, checked } = self.parts.store.signal(&effect).await?;
        for (connection, key) in &ended {
            tracing::warn!(
                provider = %key.provider,
                %connection,
                class = "signal",
                signal = signal.name,
                "the provider says that the grant has ended: the user has to sign in again"
            );
        }
        if checked > 0 {
            self.parts.work.busy.wake();
        }
        let heard = match (repeated, ended.is_empty(), checked) {
            (true, ..) => Heard::Repeated,
            (_, false, _) => Heard::Ended,
            (_, _, 1..) => Heard::Checked,
            _ => Heard::Nothing,
        };
        if heard != Heard::Nothing {
            self.parts.work.signals.known.insert(id.as_bytes().to_vec(), ());
        }
        Ok(heard)
    }

    /// A provider that names a refresh token, and not whose it is. Nothing of the token is kept that
    /// could be looked up, so all of that provider's are opened: a few hundred thousand in a second.
    async fn hear_of_token(
        &self,
        signal: &Signal,
        token: &TokenIdentifier,
    ) -> Result<Heard, StoreError> {
        let memory = &self.parts.work.signals;
        let _search = memory.search.lock().await;
        if memory.known.contains_key(signal.id.as_bytes()) {
            return Ok(Heard::Repeated);
        }
        let holders = self.holders_of(signal.provider, token).await?;
        // A beginning that several tokens have ends none of them.
        let ends = signal.means == Means::Ended && holders.len() == 1;
        let mut outcome = Heard::Nothing;
        for connection in holders {
            let name = [signal.id.as_bytes(), connection.as_bytes()].concat();
            let id = SignalId::of("of a connection", &name);
            let heard =
                self.apply(signal, SignalledRows::Connection(connection), ends, &id).await?;
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
