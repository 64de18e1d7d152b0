use std::{collections::HashMap, sync::Arc, time::Duration};

use async_graphql::dataloader::{DataLoader, Loader};
use uuid::Uuid;

use crate::{
    connections::{Connections, Error},
    store::{Columns, ConnectionRecord, Provider},
};

/// Loads users' connections: however many aliases a request has, one statement.
pub type ConnectionLoader = DataLoader<ConnectionsOfUser>;

#[derive(Debug)]
pub struct ConnectionsOfUser(Connections);

/// A user's connections: which, and with which columns at least.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionsKey {
    pub user_id: Uuid,
    /// `None`: to every provider.
    pub providers: Option<Vec<Provider>>,
    pub columns: Columns,
}

pub fn loader(connections: Connections) -> ConnectionLoader {
    // All fields of a request have asked before the first statement is sent: no time needs to
    // pass for that.
    DataLoader::new(ConnectionsOfUser(connections), tokio::spawn).delay(Duration::ZERO)
}

impl Loader<ConnectionsKey> for ConnectionsOfUser {
    type Value = Vec<Arc<ConnectionRecord>>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[ConnectionsKey],
    ) -> Result<HashMap<ConnectionsKey, Self::Value>, Self::Error> {
        let mut users: Vec<_> = keys.iter().map(|key| key.user_id).collect();
        users.sort_unstable();
        users.dedup();
        let columns = keys.iter().fold(Columns::default(), |all, key| all.union(key.columns));
        // Those that anybody named, unless somebody wants them all.
        let named: Option<Vec<_>> = keys.iter().map(|key| key.providers.as_deref()).collect();
        let providers = named.map(|named| {
            Provider::ALL
                .iter()
                .copied()
                .filter(|provider| named.iter().any(|named| named.contains(provider)))
                .collect::<Vec<_>>()
        });
        let mut of_user: HashMap<Uuid, Self::Value> = HashMap::new();
        for record in self.0.list(&users, providers.as_deref(), columns).await? {
            of_user.entry(record.user_id).or_default().push(Arc::new(record));
        }
        let wanted = |key: &ConnectionsKey| {
            let mut records = of_user.get(&key.user_id).cloned().unwrap_or_default();
            if let Some(providers) = &key.providers {
                records.retain(|record| providers.contains(&record.provider));
            }
            records
        };
        Ok(keys.iter().map(|key| (key.clone(), wanted(key))).collect())
    }
}
