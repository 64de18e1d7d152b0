use async_graphql::SimpleObject;

use crate::{graphql::scalars::Timestamptz, store::ConnectionRecord};

/// Why the last refresh failed.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProviderConnectionFailure {
    /// An error code, as in `extensions.code`.
    code: String,
    /// What happened and what to do about it, in English.
    message: String,
    /// When the refresh failed.
    at: Timestamptz,
    /// The earliest time of the next attempt; null if there won't be one.
    retry_at: Option<Timestamptz>,
}

impl ProviderConnectionFailure {
    /// The failure in a record, if it was read with the column `failure`.
    pub fn of(record: &ConnectionRecord) -> Option<Self> {
        let (code, message) = crate::connections::last_failure(record)?;
        Some(Self {
            code,
            message,
            at: Timestamptz(record.last_failed_at?),
            retry_at: crate::connections::retry_at(record).map(Timestamptz),
        })
    }
}
