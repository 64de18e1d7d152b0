//! The lease on a connection's row: the right of one server to call the upstream for that
//! connection.

use domain::Lease;

use super::Connections;

use crate::{
    metrics,
    store::{ConnectionRecord, StoreError},
};

impl Connections {
    /// Takes the lease, if it is available.
    pub(in crate::connections) async fn take_lease(
        &self,
        record: &ConnectionRecord,
    ) -> Result<Option<Lease>, StoreError> {
        let taken = self.parts.store.take_lease(record, self.parts.random.uuid()).await?;
        if taken.is_some() && record.abandoned {
            metrics::lease_expired();
            tracing::warn!(
                connection = %record.id,
                provider = %record.provider,
                "another server's call for this connection ended without a commit, because that \
                 server died or lost its network. The call is repeated, which most providers \
                 accept; find out why the other server stopped"
            );
        }
        Ok(taken)
    }

    /// Releases the lease without a commit. If that fails, it expires.
    pub(in crate::connections) async fn give_back(&self, lease: Lease) {
        metrics::lease_released();
        if let Err(error) = self.parts.store.release_lease(lease).await {
            tracing::warn!(cause = error.causes(), "a lease could not be released");
        }
    }
}
