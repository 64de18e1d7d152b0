//! The network between a server and its database. In production it is a no-op; a test installs one
//! that fails on command, for one replica only and without waiting.

use std::{fmt::Debug, sync::Arc};

use sea_orm::DbErr;

/// A message between a server and its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    Statement,
    /// The database has executed the statement.
    Answer,
    /// A `COMMIT`, or a statement that is a transaction of its own.
    Commit,
    /// The database has committed.
    CommitAnswer,
}

/// A network that a test controls.
#[async_trait::async_trait]
pub trait Network: Debug + Send + Sync {
    /// Returns when it has arrived, or fails if it never will.
    async fn carry(&self, what: Carried) -> Result<(), DbErr>;
}

/// The connection to the database.
#[derive(Clone, Debug, Default)]
pub(super) struct Route(Option<Arc<dyn Network>>);

impl Route {
    pub fn through(network: Arc<dyn Network>) -> Self {
        Self(Some(network))
    }

    pub async fn carry(&self, what: Carried) -> Result<(), DbErr> {
        match &self.0 {
            None => Ok(()),
            Some(network) => network.carry(what).await,
        }
    }
}
