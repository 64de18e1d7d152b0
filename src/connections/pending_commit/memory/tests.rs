use domain::{Actor, Grant, Sealed};

use super::*;
use crate::random::Random;

fn at(second: u32) -> DateTime<Utc> {
    format!("2026-01-01T12:00:{second:02}Z").parse().unwrap()
}

/// A connection that was read at that second.
fn row(id: Uuid, generation: i64, second: u32) -> ConnectionRecord {
    ConnectionRecord {
        refusal_count: 0,
        first_refused_at: None,
        leased_for: None,
        id,
        user_id: Uuid::from_u128(1),
        provider: Provider::Google,
        state: State::Active,
        generation,
        connected_at: at(0),
        now: at(second),
        access_token: None,
        refresh_token: Some(Sealed::from_bytes(vec![1])),
        access_token_expires_at: None,
        refreshable: true,
        refresh_token_expires_at: None,
        refresh_token_end_known_at: None,
        refresh_token_granted_at: None,
        refresh_token_unproven: false,
        account: None,
        profile: None,
        profile_connected_at: None,
        account_digest: None,
        look_up_end: None,
        refreshed_at: None,
        failure_count: 0,
        first_failed_at: None,
        last_failed_at: None,
        last_failure: None,
        refresh_due_at: None,
        abandoned: false,
    }
}

/// Tokens of a sign-in that follow it.
fn commit(before: &ConnectionRecord) -> PendingCommit {
    PendingCommit {
        commit_id: Random::system().uuid(),
        lease_owner: Random::system().uuid(),
        connection_id: before.id,
        key: before.key(),
        generation: before.generation,
        first: false,
        read_at: before.now,
        kind: Kind::Connected,
        actor: Actor::User,
        grant: Grant {
            refresh_token_expires_at: None,
            access_token: Sealed::from_bytes(vec![2]),
            refresh_token: None,
            access_token_expires_at: None,
            refresh_due_at: None,
        },
    }
}

const ID: Uuid = Uuid::from_u128(7);

#[test]
fn what_was_removed_is_not_held_again_and_what_was_read_later_is() {
    let memory = InMemory::default();
    let before = row(ID, 3, 10);
    memory.hold(&commit(&before), &before);
    assert_eq!(memory.remove(before.key(), at(20)), Some(ID));
    assert_eq!(memory.remove(before.key(), at(20)), None);
    for late in [row(ID, 3, 10), row(ID, 4, 20)] {
        memory.hold(&commit(&late), &late);
        assert!(memory.is_empty(), "it was fetched before the connection was removed");
    }
    let anew = row(Uuid::from_u128(8), 0, 21);
    memory.hold(&commit(&anew), &anew);
    assert_eq!(memory.get(anew.key()).unwrap().id, anew.id);
}

#[test]
fn the_newest_is_held_in_whatever_order_they_come() {
    let memory = InMemory::default();
    let (older, newer) = (row(ID, 3, 10), row(ID, 4, 11));
    let newest = commit(&newer);
    memory.hold(&newest, &newer);
    memory.hold(&commit(&older), &older);
    assert_eq!(memory.get(newer.key()).unwrap().generation, 5);
    memory.let_go(&newest);
    assert!(memory.is_empty());
}

#[test]
fn what_is_held_is_newer_than_the_row_that_it_follows_alone() {
    let memory = InMemory::default();
    let before = row(ID, 3, 10);
    memory.hold(&commit(&before), &before);
    assert_eq!(memory.newest(row(ID, 3, 12)).generation, 4);
    assert_eq!(memory.newest(row(ID, 5, 12)).generation, 5);
    // Disconnected and connected again, by another replica.
    let anew = row(Uuid::from_u128(8), 1, 12);
    assert_eq!(memory.newest(anew.clone()).id, anew.id);
}

#[test]
fn a_sign_in_without_a_refresh_token_is_held_with_the_older_one_as_unproven() {
    let memory = InMemory::default();
    let before = row(ID, 3, 10);
    memory.hold(&commit(&before), &before);
    let held = memory.get(before.key()).unwrap();
    assert!(held.refreshable && held.refresh_token_unproven);
}
