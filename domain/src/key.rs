use uuid::Uuid;

use crate::Provider;

/// The user and the provider of a connection. There is at most one for each key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionKey {
    pub user_id: Uuid,
    pub provider: Provider,
}
