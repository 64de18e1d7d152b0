//! Thousands of webhooks of one user, who may have made them on purpose.

use domain::WebhookEvent;
use nhost_auth_simulator::{GrantScript, Provider};
use provider_connections::store::Now;

use super::with_a_receiver;
use crate::harness::Database;

/// So many: to look, for each of them, at all that were before it takes far longer than a statement
/// may.
const MANY: usize = 8_000;

impl Database {
    /// Adds so many webhooks in this state like the newest one of Google.
    async fn multiply_webhooks(&self, state: &str, by: usize) {
        let id = if self.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
        let columns = "connection_id, user_id, provider, occurred_at, attempts, due_at";
        self.execute(&format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {by})
             INSERT INTO provider_connection_webhook (message_id, type, state, {columns})
             SELECT {id}, '{granted}', '{state}', {columns} FROM provider_connection_webhook, n
             WHERE id = (SELECT MAX(id) FROM provider_connection_webhook)",
            granted = WebhookEvent::AccessGranted.as_str(),
        ))
        .await;
    }
}

with_a_receiver! {
    async fn one_user_with_thousands_stops_nobodys_webhooks(world: World, receiver: Receiver) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.send_webhooks().await;
        assert_eq!(receiver.kinds(), ["connection.connected"]);
        world.database.multiply_webhooks("delivered", MANY).await;
        world.database.multiply_webhooks("pending", MANY).await;
        world.advance(chrono::TimeDelta::seconds(1));
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let store = world.database.open(Now::Injected(world.clock())).await;
        // A statement that takes too long is ended.
        let claimed = store.claim_webhooks("the receiver", 8).await.unwrap();
        let mut users: Vec<_> = claimed.iter().map(|webhook| webhook.user_id).collect();
        users.sort_by_key(|user| *user != ada.id);
        assert_eq!(users, [ada.id, bob.id], "the first one of each");
        let first = claimed.iter().find(|webhook| webhook.user_id == ada.id).unwrap();
        let before = format!(
            "SELECT COUNT(*) FROM provider_connection_webhook WHERE state = 'pending' AND id < {}",
            first.id
        );
        assert_eq!(world.database.number(&before).await, 0);
        let others = store.claim_webhooks("the receiver", 8).await.unwrap();
        assert!(others.is_empty(), "those behind them wait");
        store.close().await;
    }
}
