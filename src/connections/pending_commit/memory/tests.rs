use domain::{Actor, Grant, Provider, Sealed};

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
        read: Instant::now(),
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
        scopes: domain::KnownScopes::default(),
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
            scopes: domain::BroughtScopes::Nothing,
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
    memory.let_go(&newest, true);
    assert!(memory.is_empty());
}

#[test]
fn what_is_held_is_newer_than_the_row_that_it_follows_alone() {
    let memory = InMemory::default();
    let before = row(ID, 3, 10);
    memory.hold(&commit(&before), &before);
    let held = memory.held_of(|_| true);
    assert_eq!(held.newest(row(ID, 3, 12)).generation, 4);
    assert_eq!(held.newest(row(ID, 5, 12)).generation, 5);
    // Disconnected and connected again, by another replica.
    let anew = row(Uuid::from_u128(8), 1, 12);
    assert_eq!(held.newest(anew.clone()).id, anew.id);
}

#[test]
fn what_was_held_when_a_read_began_is_newer_than_what_it_read() {
    let memory = InMemory::default();
    let before = row(ID, 3, 10);
    let (first, all) = (PendingCommit { first: true, ..commit(&before) }, |_: &ConnectionKey| true);
    memory.hold(&first, &before);
    let when_it_began = memory.held_of(all);
    // While the database is read.
    memory.let_go(&first, true);
    let held = memory.around(when_it_began, memory.held_of(all));
    assert_eq!(held.newest(row(ID, 3, 11)).generation, 4);
    assert_eq!(held.new_ones().count(), 1);
    assert!(memory.around(HeldOf::default(), memory.held_of(all)).is_empty());
}

#[test]
fn what_was_held_when_a_read_began_is_not_newer_than_what_is_held_now() {
    let memory = InMemory::default();
    let (older, newer, all) = (row(ID, 3, 10), row(ID, 4, 11), |_: &ConnectionKey| true);
    memory.hold(&commit(&older), &older);
    let when_it_began = memory.held_of(all);
    memory.hold(&commit(&newer), &newer);
    assert_eq!(
        memory.around(when_it_began, memory.held_of(all)).get(newer.key()).unwrap().generation,
        5
    );
}

#[test]
fn what_is_not_written_while_the_database_is_read_is_not_returned() {
    let memory = InMemory::default();
    let (before, all) = (row(ID, 3, 10), |_: &ConnectionKey| true);
    let overtaken = commit(&before);
    memory.hold(&overtaken, &before);
    let when_it_began = memory.held_of(all);
    memory.let_go(&overtaken, false);
    assert!(memory.around(when_it_began, memory.held_of(all)).is_empty());
}

#[test]
fn a_first_connection_stays_one_until_it_is_read() {
    let memory = InMemory::default();
    let (before, all) = (row(ID, 0, 10), |_: &ConnectionKey| true);
    let first = PendingCommit { first: true, ..commit(&before) };
    memory.hold(&first, &before);
    let when_it_began = memory.held_of(all);
    memory.let_go(&first, true);
    // Refreshed, which the database does not take.
    let before = row(ID, 1, 11);
    memory.hold(&PendingCommit { kind: Kind::Refreshed, ..commit(&before) }, &before);
    let held = memory.around(when_it_began, memory.held_of(all));
    assert_eq!(held.new_ones().map(|new| new.generation).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_connection_that_was_made_again_is_newer_whatever_its_generation() {
    let memory = InMemory::default();
    let (removed, all) = (row(ID, 5, 10), |_: &ConnectionKey| true);
    memory.hold(&commit(&removed), &removed);
    let when_it_began = memory.held_of(all);
    let again = row(Uuid::from_u128(8), 0, 20);
    memory.hold(&commit(&again), &again);
    assert_eq!(memory.get(again.key()).unwrap().id, again.id);
    let held = memory.around(when_it_began, memory.held_of(all));
    assert_eq!(held.get(again.key()).unwrap().id, again.id);
}

#[test]
fn a_removal_leaves_what_was_connected_after_it() {
    let memory = InMemory::default();
    let later = row(ID, 0, 20);
    memory.hold(&commit(&later), &later);
    assert_eq!(memory.remove(later.key(), at(19)), None);
    assert!(memory.get(later.key()).is_some());
}

#[test]
fn what_was_held_when_a_read_began_and_then_removed_is_not_returned() {
    let memory = InMemory::default();
    let (before, all) = (row(ID, 3, 10), |_: &ConnectionKey| true);
    memory.hold(&commit(&before), &before);
    let when_it_began = memory.held_of(all);
    memory.remove(before.key(), at(11));
    assert!(memory.around(when_it_began, memory.held_of(all)).is_empty());
}

#[test]
fn a_sign_in_without_a_refresh_token_is_held_with_the_older_one_as_unproven() {
    let memory = InMemory::default();
    let before = row(ID, 3, 10);
    memory.hold(&commit(&before), &before);
    let held = memory.get(before.key()).unwrap();
    assert!(held.refreshable && held.refresh_token_unproven);
}

#[test]
fn what_is_held_has_the_scopes_of_its_tokens_or_those_of_before() {
    let scopes = |list| domain::Scopes::parse(list).unwrap();
    let memory = InMemory::default();
    let mut before = row(ID, 3, 10);
    before.scopes.requested = Some(scopes("email openid"));
    let mut refreshed = commit(&before);
    refreshed.kind = Kind::Refreshed;
    memory.hold(&refreshed, &before);
    assert_eq!(memory.get(before.key()).unwrap().scopes, before.scopes);
    let held = memory.get(before.key()).unwrap();
    let mut refreshed = commit(&held);
    refreshed.kind = Kind::Refreshed;
    refreshed.grant.scopes = domain::BroughtScopes::Said(domain::SaidScopes {
        scopes: scopes("email"),
        source: domain::ScopesSource::Answer,
    });
    memory.hold(&refreshed, &held);
    let held = memory.get(before.key()).unwrap().scopes;
    assert_eq!(
        held.scopes().unwrap(),
        (std::borrow::Cow::Owned(scopes("email")), domain::ScopesSource::Answer)
    );
}
