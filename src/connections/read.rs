use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::SecretString;
use tracing::Instrument;

use super::{
    Connections, Demand, Error, Subject,
    demand::{lives, settled},
    grant::binding,
    story,
};
use crate::{metrics, store::ConnectionRecord, telemetry::spans, vault::Field};

/// How long an access token must still be valid when it is returned: 0 to 3600 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinValidFor(TimeDelta);

impl MinValidFor {
    pub const LONGEST_SECONDS: i32 = 3600;

    pub fn seconds(seconds: i32) -> Result<Self, Error> {
        if (0..=Self::LONGEST_SECONDS).contains(&seconds) {
            Ok(Self(TimeDelta::seconds(seconds.into())))
        } else {
            Err(Error::BadInput(format!(
                "minValidFor must be from 0 to {} seconds, but is {seconds}.",
                Self::LONGEST_SECONDS
            )))
        }
    }

    pub(super) fn delta(self) -> TimeDelta {
        self.0
    }
}

/// A connection and its access token, as fresh as requested, or the reason why there is none.
#[derive(Clone, Debug)]
pub struct Reading {
    pub record: Arc<ConnectionRecord>,
    pub access_token: Result<SecretString, Error>,
}

impl Connections {
    /// Reads the access token, after refreshing it if it expires within `min_valid_for`. A token
    /// that is still valid is returned even if the refresh fails.
    ///
    /// `record` was read with the columns `access_token`, `expiry`, `refreshed_at`, `failure` and
    /// `scopes`.
    pub async fn read(
        &self,
        subject: &Subject,
        record: Arc<ConnectionRecord>,
        min_valid_for: MinValidFor,
    ) -> Reading {
        let span = spans::story("read", record.provider);
        let reading = Box::pin(self.read_fresh(subject, record, min_valid_for));
        let reading = reading.instrument(span.clone()).await;
        story::end(&span, reading.access_token.as_ref().map(|_| reading.record.id));
        reading
    }

    async fn read_fresh(
        &self,
        subject: &Subject,
        record: Arc<ConnectionRecord>,
        min_valid_for: MinValidFor,
    ) -> Reading {
        let demand = Demand::ValidFor(min_valid_for);
        let outcome = match settled(&record, demand) {
            Some(settled) => Err(settled.err()),
            None => Ok(self.meet(subject, record.provider, demand).await),
        };
        let (record, error) = match outcome {
            Err(error) => (record, error),
            Ok(outcome) => (outcome.record.unwrap_or(record), outcome.error),
        };
        let access_token = match error {
            Some(error) if !lives(&record, record.now) => Err(error),
            // The connection is gone, or can't be read: a token read before is not returned.
            Some(error @ (Error::NotConnected(_) | Error::Forbidden(_))) => Err(error),
            _ => match self.has_required_scopes(&record) {
                Ok(()) => self.open_access_token(&record),
                Err(error) => Err(error),
            },
        };
        if access_token.is_ok() {
            if let Some(expires_at) = record.access_token_expires_at {
                metrics::token_handed_out(record.provider, expires_at - record.now);
            }
            self.note_read(&record, subject.actor());
        }
        Reading { record, access_token }
    }

    fn open_access_token(&self, record: &ConnectionRecord) -> Result<SecretString, Error> {
        let sealed = record.access_token.as_ref().ok_or(Error::NotConnected(record.provider))?;
        self.parts
            .vault
            .open(binding(record), Field::AccessToken, sealed)
            .map_err(|error| Error::unopened(record, &error))
    }
}
