//! A look-up may be the first to learn that an access token is no longer valid, because a signal
//! finds no connection whose account isn't known yet. A connection with a refresh token finds out
//! at its next refresh; one without would keep a token that nobody accepts.

use super::Connections;
use crate::{
    store::{ConnectionRecord, StoreError},
    upstream::display_name,
};

impl Connections {
    /// Ends a connection without a refresh token, unless its user has signed in since it was read.
    pub(super) async fn end_refused(&self, record: &ConnectionRecord) -> Result<(), StoreError> {
        if record.refreshable {
            return Ok(());
        }
        let provider = display_name(record.provider);
        let evidence = format!(
            "{provider} answered at its user-info endpoint that the token is no \
                                longer valid"
        );
        if self.parts.store.end_refused(record, &evidence).await? {
            tracing::warn!(
                provider = %record.provider,
                connection = %record.id,
                class = "token_refused",
                "the provider says that the access token is no longer valid: the user must sign in \
                 again"
            );
        }
        Ok(())
    }
}
