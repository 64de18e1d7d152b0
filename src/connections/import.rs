//! Creates a connection from a refresh token of another system.
//!
//! One refresh, under the lease of the connection, proves that the token works. It may be
//! single-use, and its result exists nowhere else, so a digest of it is stored before it is sent
//! (`store/imports.rs`): another import, after a kill at any moment, finds what happened
//! to it, and sends it again only if it can't have been used. The token itself is stored only after
//! it has proved to work.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use domain::{
    Answer, BroughtScopes, ConnectionKey, Health, ImportState, Kind, Lease, Provider, State,
    classify,
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{
    Connections, Error, Subject,
    demand::RETRY_AFTER,
    error::{ImportRefusal, InternalError},
    grant::binding_of,
    pause::Pause,
    pending_commit::Committed,
    upstream_health::{A_CALL_TAKES, Failed, answer},
};
use crate::{
    store::{Buried, ConnectionRecord, ImportRecord},
    upstream::UpstreamError,
};

/// The longest refresh token that is accepted, in bytes: those of Microsoft are about 2 KB.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A token that was refused without a clear reason is not sent again sooner.
const ASKS_AGAIN: Duration = Duration::from_mins(1);

/// What to do if something stands in the way of an import.
#[expect(clippy::struct_excessive_bools, reason = "a set of options, one flag each")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Replaces a connection from a sign-in or an earlier import.
    pub replace: bool,
    /// Connects a user again who has disconnected the provider.
    pub reconnect: bool,
    /// Sends a token again whose earlier import was interrupted: it may have been used up.
    pub retry_interrupted: bool,
    /// Sends a token again that was found dead: if the client credentials were wrong, it may work.
    pub retry_dead: bool,
}

/// A token that has become a connection.
#[derive(Clone, Debug)]
pub enum Imported {
    /// By this call: it works.
    Now(Arc<ConnectionRecord>),
    /// By an earlier call; nothing was sent.
    Before(Arc<ConnectionRecord>),
}

impl Imported {
    /// The current connection.
    pub fn into_record(self) -> Arc<ConnectionRecord> {
        match self {
            Self::Now(record) | Self::Before(record) => record,
        }
    }
}

/// What to do with a token in its current state.
#[derive(Debug)]
enum Step {
    /// Send it. If there is a record, it was refused, found dead or interrupted before.
    Send(Option<ImportRecord>),
    /// Another call for this connection is running.
    Wait,
    Done(Box<ConnectionRecord>),
}

/// A token that is being sent to its provider.
struct Sending<'a> {
    key: ConnectionKey,
    token: &'a SecretString,
    /// The digest under which it is stored.
    digest: Vec<u8>,
    /// What was known about it.
    known: Option<ImportRecord>,
}

impl Connections {
    /// Creates a connection from a refresh token of this user at this provider, after the provider
    /// has accepted it. Repeating the call sends nothing.
    pub async fn import(
        &self,
        user_id: Uuid,
        provider: Provider,
        refresh_token: SecretString,
        options: ImportOptions,
    ) -> Result<Imported, Error> {
        check(provider, &refresh_token)?;
        let key = ConnectionKey { user_id, provider };
        let (this, tasks) = (self.clone(), &self.parts.work.tasks);
        // A caller that disconnects cancels nothing.
        let task = tasks.spawn(async move { this.import_task(key, refresh_token, options).await });
        task.await.unwrap_or(Err(InternalError::TaskLost.into()))
    }

    /// What an import would do. It sends and writes nothing. `None`: send the token.
    pub async fn preview_import(
        &self,
        key: ConnectionKey,
        refresh_token: &SecretString,
        options: ImportOptions,
    ) -> Result<Option<Imported>, Error> {
        check(key.provider, refresh_token)?;
        let digests = self.parts.vault.token_digests(binding_of(key), refresh_token);
        Ok(match self.next_step(key, &digests, options).await? {
            Step::Done(record) => Some(Imported::Before(Arc::new(*record))),
            Step::Send(_) | Step::Wait => None,
        })
    }

    async fn import_task(
        self,
        key: ConnectionKey,
        token: SecretString,
        options: ImportOptions,
    ) -> Result<Imported, Error> {
        let digests = self.parts.vault.token_digests(binding_of(key), &token);
        let mut pause = Pause::new();
        loop {
            if pause.waited() > Lease::LASTS {
                return Err(Error::import_later(key.provider, RETRY_AFTER));
            }
            let known = match self.next_step(key, &digests, options).await? {
                Step::Done(record) => return Ok(Imported::Before(Arc::new(*record))),
                Step::Send(known) => known,
                Step::Wait => {
                    pause.wait().await;
                    continue;
                }
            };
            let record = self.row_to_import(key).await?;
            if record.leased_for.is_some() {
                pause.wait_at_most(record.leased_for).await;
                continue;
            }
            // With the lane of failed connections: it waits for those that work, and its failures
            // say nothing about the provider. Before the lease, which is only for the call.
            let suspect = as_suspect(&record, known.as_ref());
            let turn = match self.turn(&suspect).await {
                Ok(turn) => turn,
                Err(error) => {
                    self.clear_row(&record).await;
                    return Err(error.of_import());
                }
            };
            let Some(lease) = self.take_lease(&record).await? else {
                pause.wait().await;
                continue;
            };
            fail::fail_point!("import.leased");
            // Another process may have sent it in the meantime.
            if self.parts.store.find_import(&digests).await? != known {
                self.give_back(lease).await;
                continue;
            }
            let digest = known.as_ref().map(|known| &known.digest).or(digests.first());
            let digest = digest.cloned().unwrap_or_default();
            let sending = Sending { key, token: &token, digest, known };
            let imported = self.send(lease, &record, &suspect, &sending).await;
            if imported.is_ok() && turn.news {
                let _ = self.note(&suspect, Answer::Renewed).await;
            }
            return imported;
        }
    }

    /// What to do with a token of this connection, or why it is not sent.
    async fn next_step(
        &self,
        key: ConnectionKey,
        digests: &[Vec<u8>],
        options: ImportOptions,
    ) -> Result<Step, Error> {
        let store = &self.parts.store;
        let refused = |why| Err(Error::ImportRefused { provider: key.provider, why });
        let known = store.find_import(digests).await?;
        let (row, held) = self.row_and_held(key).await;
        let row = row?;
        let waits = row.as_ref().is_some_and(|row| row.leased_for.is_some());
        let row = match row {
            Some(row) if row.state != State::Connecting => Some(held.newest(row)),
            _ => held.get(key),
        };
        if let (Some(known), Some(row)) = (&known, &row) {
            let has_brought = known.state == ImportState::Sent
                && row.id == known.connection_id
                && row.generation > known.generation;
            if known.state == ImportState::Proved || has_brought {
                return Ok(Step::Done(Box::new(row.clone())));
            }
        }
        match known.as_ref().map(|known| known.state) {
            Some(ImportState::Proved) => return refused(ImportRefusal::UsedUp),
            Some(ImportState::Sent) if waits => return Ok(Step::Wait),
            Some(ImportState::Sent) if !options.retry_interrupted => {
                return refused(ImportRefusal::Interrupted);
            }
            Some(ImportState::Dead) if !options.retry_dead => {
                let evidence = known.and_then(|known| known.evidence).unwrap_or_default();
                return Err(Error::ImportDead { provider: key.provider, evidence });
            }
            _ => {}
        }
        if row.is_some() && !options.replace {
            return refused(ImportRefusal::AlreadyConnected);
        }
        match store.buried(key).await? {
            Some(Buried::User) => return refused(ImportRefusal::UserDeleted),
            Some(Buried::Connection) if row.is_none() && !options.reconnect => {
                return refused(ImportRefusal::Disconnected);
            }
            _ => {}
        }
        let asked = known.as_ref().filter(|known| known.state == ImportState::Refused);
        if let Some(last) = asked.and_then(|known| known.last_failed_at) {
            let since = (self.parts.clock.now() - last).to_std().unwrap_or_default();
            if let Some(wait) = ASKS_AGAIN.checked_sub(since).filter(|wait| !wait.is_zero()) {
                let evidence = known.and_then(|known| known.evidence).unwrap_or_default();
                return Err(Error::import_unclear(key.provider, evidence, wait));
            }
        }
        Ok(Step::Send(known))
    }

    /// Its row, or a new one.
    async fn row_to_import(&self, key: ConnectionKey) -> Result<ConnectionRecord, Error> {
        let store = &self.parts.store;
        loop {
            if let Some(row) = store.find(key).await? {
                return Ok(row);
            }
            store.prepare(key, self.parts.random.uuid()).await?;
        }
    }

    /// Removes a new row that turned out not to be needed, unless someone else uses it.
    async fn clear_row(&self, record: &ConnectionRecord) {
        if record.state == State::Connecting {
            let nobody = [Uuid::nil(); 2];
            if let Err(error) = self.parts.store.clear_prepared(record.id, nobody).await {
                tracing::warn!(cause = error.causes(), "a row without tokens could not be removed");
            }
        }
    }

    /// Records and logs the result of a token that was sent without success.
    async fn not_imported(
        &self,
        suspect: &ConnectionRecord,
        sending: &Sending<'_>,
        error: &UpstreamError,
    ) -> Result<Infallible, Error> {
        let Sending { key: ConnectionKey { provider, .. }, digest, known, .. } = sending;
        let (provider, store) = (*provider, &self.parts.store);
        let evidence = error.evidence();
        tracing::warn!(
            %error,
            %provider,
            connection_id = %suspect.id,
            "a refresh token could not be imported"
        );
        if error.may_have_worked() {
            // It stays recorded as sent.
            return Err(Error::ImportRefused { provider, why: ImportRefusal::Interrupted });
        }
        let answer = answer(error).unwrap_or(Answer::Unavailable(None));
        let health = self.note(suspect, answer).await;
        if !answer.refuses_grant() {
            store.take_back_import(digest, known.as_ref()).await?;
            let retry_after = answer.patience().max(RETRY_AFTER);
            return Err(match answer {
                Answer::NotEnabled => Error::ProviderNotEnabled(provider),
                Answer::ClientRefused => Error::ImportClientRefused { provider, evidence },
                _ => Error::import_later(provider, retry_after),
            });
        }
        // No token is declared dead on a guess: if the database doesn't answer, the result is
        // unclear.
        let (health, now) = health
            .map_or_else(|| (Health::default(), suspect.now), |known| (known.health, known.now));
        let verdict = classify(answer, &suspect.history(), &health, now);
        let dead = verdict.state == State::ReauthenticationRequired;
        let state = if dead { ImportState::Dead } else { ImportState::Refused };
        store.import_failed(digest, state, answer, &verdict, &evidence).await?;
        Err(if dead {
            Error::ImportDead { provider, evidence }
        } else if verdict.wrong_client {
            Error::ImportClientRefused { provider, evidence }
        } else {
            Error::import_unclear(provider, evidence, verdict.retry_in.max(ASKS_AGAIN))
        })
    }

    /// Sends the token under the lease, and writes the result.
    async fn send(
        &self,
        lease: Lease,
        record: &ConnectionRecord,
        suspect: &ConnectionRecord,
        sending: &Sending<'_>,
    ) -> Result<Imported, Error> {
        let Sending { key, token, digest, known } = sending;
        let store = self.parts.store.until(lease.deadline.into());
        let subject = Subject::service(key.user_id);
        if let Err(error) = store.begin_import(&lease, *key, digest).await {
            self.give_back(lease).await;
            return Err(error.into());
        }
        fail::fail_point!("import.noted");
        // A slow database has used up the time for the call. Another process may be at work by now,
        // so the record stays.
        if lease.deadline.saturating_duration_since(Instant::now()) < A_CALL_TAKES {
            self.give_back(lease).await;
            return Err(Error::ImportRefused {
                provider: key.provider,
                why: ImportRefusal::Interrupted,
            });
        }
        let mut session = match self.call(&lease, record, token, &subject).await {
            Ok(session) => session,
            Err(Failed::NotCalled(error)) => {
                store.take_back_import(digest, known.as_ref()).await?;
                self.give_back(lease).await;
                return Err(error.of_import());
            }
            Err(Failed::Upstream(error)) => {
                let Err(error) = self.not_imported(suspect, sending, &error).await;
                self.give_back(lease).await;
                return Err(error);
            }
        };
        fail::fail_point!("import.answered");
        // A provider that doesn't rotate omits the refresh token: it is the one that was sent.
        session.refresh_token.get_or_insert_with(|| (*token).clone());
        // A refresh that returns no scopes keeps the known ones, but here those belong to an
        // earlier grant.
        if session.scopes == BroughtScopes::Nothing {
            session.scopes = BroughtScopes::Unknown;
        }
        let written = self.commit(lease, record, &session, Kind::Connected, subject.actor()).await;
        fail::fail_point!("import.committed");
        match written {
            Committed::Yes(record) => {
                // If this can't be recorded, the connection's generation shows it.
                if let Err(error) = self.parts.store.import_proved(digest).await {
                    tracing::warn!(cause = error.causes(), "an import could not be recorded");
                }
                Ok(Imported::Now(Arc::new(record)))
            }
            // The user has signed in in the meantime: that sign-in counts.
            Committed::Overtaken(Some(_)) => Err(Error::ImportRefused {
                provider: key.provider,
                why: ImportRefusal::AlreadyConnected,
            }),
            Committed::Overtaken(None) => Err(Error::ImportRefused {
                provider: key.provider,
                why: ImportRefusal::Disconnected,
            }),
        }
    }
}

fn check(provider: Provider, token: &SecretString) -> Result<(), Error> {
    let bad = |what: &str| Err(Error::BadInput(what.to_owned()));
    let token = token.expose_secret();
    if provider == Provider::Twitter {
        return bad(
            "Twitter's tokens can't be refreshed, so none can be imported. Ask the user to \
                    sign in.",
        );
    }
    if token.is_empty() || token.len() > LONGEST_TOKEN {
        return bad(
            "refreshToken is empty, or longer than 16 KiB. Pass the refresh token exactly as the \
             provider issued it.",
        );
    }
    if token.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        return bad(
            "refreshToken contains white space or control characters. Pass the refresh token \
             exactly as the provider issued it, not encrypted and without quotes.",
        );
    }
    Ok(())
}

/// The row with the history of the token that is sent for it. It does not count as a healthy
/// connection until the token has proved to work.
fn as_suspect(record: &ConnectionRecord, known: Option<&ImportRecord>) -> ConnectionRecord {
    let failed = |at: Option<_>| Some(at.unwrap_or(record.now));
    let known = known.filter(|known| known.state == ImportState::Refused);
    ConnectionRecord {
        state: if known.is_some() { State::RefreshFailing } else { State::Active },
        // The grant is old, wherever it was made: other recent refreshes show whether the provider
        // works.
        connected_at: record.now - TimeDelta::days(1),
        refreshed_at: None,
        failure_count: known.map_or(0, |known| known.failure_count),
        first_failed_at: failed(known.and_then(|known| known.first_failed_at)),
        last_failed_at: failed(known.and_then(|known| known.last_failed_at)),
        refusal_count: known.map_or(0, |known| known.refusal_count),
        first_refused_at: known.and_then(|known| known.first_refused_at),
        ..record.clone()
    }
}
