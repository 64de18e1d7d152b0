use uuid::Uuid;

use crate::Provider;

/// Whose connection to what. There is at most one for each key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionKey {
    pub user_id: Uuid,
    pub provider: Provider,
}
