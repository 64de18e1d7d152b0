//! The log of calls: each request and the status of its response. No secrets.

use chrono::{DateTime, Utc};

use crate::{Endpoint, Provider};

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// When it arrived.
    pub at: DateTime<Utc>,
    pub endpoint: Endpoint,
    /// The provider in the path, if it is a known one.
    pub provider: Option<Provider>,
    /// `None`: no response yet, or the connection was dropped.
    pub status: Option<u16>,
}

/// All calls since the last reset.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    log: Vec<Call>,
    /// Grows with each reset, so that the response to an older call is not written into a newer
    /// log.
    epoch: u64,
}

/// The call that a response belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallId {
    index: usize,
    epoch: u64,
}

impl Calls {
    pub(crate) fn arrived(&mut self, call: Call) -> CallId {
        self.log.push(call);
        CallId { index: self.log.len() - 1, epoch: self.epoch }
    }

    pub(crate) fn answered(&mut self, id: CallId, status: u16) {
        if id.epoch == self.epoch {
            self.log[id.index].status = Some(status);
        }
    }

    pub(crate) fn log(&self) -> &[Call] {
        &self.log
    }

    pub(crate) fn reset(&mut self) {
        self.log.clear();
        self.epoch += 1;
    }
}
