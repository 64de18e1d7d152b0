//! Servers that die at any point of their work: what was committed is told all the same, under one
//! id.

use nhost_auth_simulator::GrantScript;

use super::{Receiver, SECRET};
use crate::harness::{Binary, CONNECT, Cluster, Database, Replica, on_both_empty_databases};

impl Cluster {
    /// The process of this name, which sends webhooks.
    pub fn sending(&self, name: &str, receiver: &Receiver) -> Binary {
        sends(self.binary(name), receiver)
    }

    /// Ends the claims of servers that have died, as time would.
    pub async fn end_webhook_claims(&self) {
        let end =
            "UPDATE provider_connection_webhook SET claimed_until = NULL, due_at = occurred_at";
        self.database.execute(end).await;
    }
}

/// Sends webhooks there.
pub fn sends(binary: Binary, receiver: &Receiver) -> Binary {
    binary
        .env("WEBHOOK_URL", &receiver.url)
        .env("WEBHOOK_SECRET", SECRET)
        .env("WEBHOOK_ALLOW_PRIVATE_ADDRESSES", "true")
}

/// Dies at the point, after at least and at most so many arrivals.
async fn told_in_spite_of_a_death_at(point: &str, [fewest, most]: [usize; 2], database: Database) {
    let receiver = Receiver::start().await;
    let cluster = Cluster::over(database).await;
    let dying = Replica::start(cluster.sending("dying", &receiver).env("CRASH_AT", point)).await;
    let ada = cluster.member("ada@example.com");
    cluster.simulator.sign_in(
        ada.id,
        nhost_auth_simulator::Provider::Google,
        GrantScript::stable(),
    );
    // It may die before it has answered.
    let _ = ada.ask(&dying, CONNECT).await;
    dying.process.end().await;
    let sent = receiver.all().len();
    assert!((fewest..=most).contains(&sent), "{point}: {sent}");
    cluster.end_webhook_claims().await;
    let _next = Replica::start(cluster.sending("next", &receiver)).await;
    receiver.until(fewest + 1).await;
    let all = receiver.all();
    assert_eq!(all.last().unwrap().kind(), "connection.connected");
    assert!(all.iter().all(|of| of.id == all[0].id && of.text == all[0].text), "{all:?}");
}

on_both_empty_databases! {
    async fn a_death_between_the_commit_and_the_first_attempt_delays_it(database: Database) {
        // Nothing has woken the job that sends, but its own clock may have.
        told_in_spite_of_a_death_at("commit.untold", [0, 1], database).await;
    }

    async fn a_death_before_it_is_sent_delays_it(database: Database) {
        told_in_spite_of_a_death_at("webhook.claimed", [0, 0], database).await;
    }

    async fn a_death_before_its_arrival_is_noted_sends_it_twice_under_one_id(database: Database) {
        told_in_spite_of_a_death_at("webhook.answered", [1, 1], database).await;
    }
}
