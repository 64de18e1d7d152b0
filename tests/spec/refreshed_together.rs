//! The tokens of several refreshes are written in one transaction, and none of them depends on the
//! others.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Actor, BroughtScopes, ConnectionKey, Grant, Kind, KnownScopes, Provider, SaidScopes, Scopes,
    ScopesSource, Sealed,
};
use nhost_auth_simulator::{GrantScript, Provider as Upstream};
use provider_connections::{
    random::Random,
    store::{Carried, ConnectionRecord, Network, Now, Refreshed, Store, StoreError},
};
use sea_orm::{DbErr, RuntimeErr, TransactionTrait};
use uuid::Uuid;

use crate::harness::{Database, on_both_databases, on_both_empty_databases, until};

fn id() -> Uuid {
    Random::system().uuid()
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn grant(token: &str) -> Grant {
    Grant {
        access_token: Sealed::from_bytes(token.into()),
        refresh_token: None,
        access_token_expires_at: Some(at("2031-01-01T12:00:00Z")),
        refresh_token_expires_at: None,
        refresh_due_at: Some(at("2031-01-01T11:55:00Z")),
        scopes: BroughtScopes::Nothing,
    }
}

/// A network that loses this.
#[derive(Debug)]
struct Loses(Carried);

#[async_trait::async_trait]
impl Network for Loses {
    async fn carry(&self, what: Carried) -> Result<(), DbErr> {
        let lost = || DbErr::Conn(RuntimeErr::Internal("the network lost it".to_owned()));
        if what == self.0 { Err(lost()) } else { Ok(()) }
    }
}

/// Connections of as many users, with a first pair of tokens each.
struct Connections {
    store: Store,
    keys: Vec<ConnectionKey>,
}

impl Connections {
    async fn new(database: &Database, number: usize) -> Self {
        let store = database.open(Now::Database).await;
        let new_key = || ConnectionKey { user_id: id(), provider: Provider::Google };
        let keys: Vec<_> = std::iter::repeat_with(new_key).take(number).collect();
        for key in &keys {
            store.prepare(*key, id()).await.unwrap();
            let record = store.find(*key).await.unwrap().unwrap();
            let lease = store.take_lease(&record, id()).await.unwrap().unwrap();
            let first = Grant {
                refresh_token: Some(Sealed::from_bytes(b"first refresh token".into())),
                refresh_token_expires_at: Some(at("2032-01-01T12:00:00Z")),
                ..grant("first")
            };
            let written = store.commit_sign_in(lease, &first, &Actor::User, id()).await.unwrap();
            assert!(written.is_some());
        }
        database.execute("UPDATE provider_connection SET used_at = NULL").await;
        Self { store, keys }
    }

    async fn read(&self, place: usize) -> ConnectionRecord {
        self.store.find(self.keys[place]).await.unwrap().unwrap()
    }

    /// What a refresh of each connection has returned.
    async fn refreshed(&self) -> Vec<Refreshed> {
        let mut all = Vec::new();
        for place in 0..self.keys.len() {
            let record = self.read(place).await;
            let lease = self.store.take_lease(&record, id()).await.unwrap().unwrap();
            all.push(Refreshed {
                lease,
                grant: grant(&format!("token {place}")),
                kind: Kind::Refreshed,
                actor: Actor::Worker,
                commit_id: id(),
                unchanged_scopes: Some(record.scopes),
            });
        }
        all
    }

    async fn token(&self, place: usize) -> String {
        let record = self.read(place).await;
        String::from_utf8(record.access_token.unwrap().as_bytes().to_vec()).unwrap()
    }
}

on_both_empty_databases! {
    async fn each_has_its_own_tokens_and_its_own_event(database: Database) {
        let connections = Connections::new(&database, 5).await;
        let refreshed = connections.refreshed().await;
        let written = connections.store.commit_refreshes(&refreshed).await.unwrap();
        for (place, written) in written.into_iter().enumerate() {
            assert_eq!(written.unwrap().user_id, connections.keys[place].user_id);
            assert_eq!(connections.token(place).await, format!("token {place}"));
            let record = connections.read(place).await;
            assert_eq!((record.generation, record.leased_for), (2, None));
            let Refreshed { commit_id, .. } = refreshed[place];
            assert!(connections.store.was_committed(record.key(), commit_id).await.unwrap());
        }
        let events = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'refreshed'";
        assert_eq!(database.number(events).await, 5);
        let again = connections.store.commit_refreshes(&refreshed).await.unwrap();
        assert!(again.iter().all(Option::is_none), "and once");
        assert_eq!(database.number(events).await, 5);
    }

    async fn one_whose_lease_was_lost_is_not_written_and_the_others_are(database: Database) {
        let connections = Connections::new(&database, 4).await;
        let mut refreshed = connections.refreshed().await;
        refreshed[1].lease.owner = id();
        refreshed[2].lease.generation += 1;
        let written = connections.store.commit_refreshes(&refreshed).await.unwrap();
        let written: Vec<_> = written.iter().map(Option::is_some).collect();
        assert_eq!(written, [true, false, false, true]);
        assert_eq!(connections.token(0).await, "token 0");
        assert_eq!(connections.token(1).await, "first");
        assert_eq!(connections.token(2).await, "first");
        assert_eq!(connections.token(3).await, "token 3");
        assert!(connections.store.commit_refresh(&refreshed[1]).await.unwrap().is_none());
    }

    async fn each_keeps_what_its_own_response_lacks(database: Database) {
        let connections = Connections::new(&database, 4).await;
        let mut refreshed = connections.refreshed().await;
        let looked_at = "UPDATE provider_connection SET end_look_at = '2030-01-01T12:00:00+00:00'";
        database.execute(looked_at).await;
        let rotated = || Some(Sealed::from_bytes(b"second refresh token".into()));
        let end = |place: usize| {
            let user = connections.keys[place].user_id;
            let store = &connections.store;
            let key = ConnectionKey { user_id: user, provider: Provider::Google };
            async move {
                let record = store.find(key).await.unwrap().unwrap();
                let refresh_token = record.refresh_token.unwrap().as_bytes().to_vec();
                (String::from_utf8(refresh_token).unwrap(), record.refresh_token_expires_at)
            }
        };
        let before = Some(at("2032-01-01T12:00:00Z"));
        let nearer = Some(at("2031-06-01T12:00:00Z"));
        // The first has neither a refresh token nor its end.
        refreshed[1].grant.refresh_token = rotated();
        refreshed[1].kind = Kind::Rotated;
        refreshed[2].grant.refresh_token = rotated();
        refreshed[2].grant.refresh_token_expires_at = nearer;
        refreshed[3].grant.refresh_token_expires_at = before;
        let mut known_at = Vec::new();
        for place in 0..4 {
            known_at.push(connections.read(place).await.refresh_token_end_known_at);
        }
        let written = connections.store.commit_refreshes(&refreshed).await.unwrap();
        assert!(written.iter().all(Option::is_some));
        assert_eq!(end(0).await, ("first refresh token".into(), before));
        assert_eq!(end(1).await, ("second refresh token".into(), None));
        assert_eq!(end(2).await, ("second refresh token".into(), nearer));
        assert_eq!(end(3).await, ("first refresh token".into(), before));
        assert_eq!(connections.read(0).await.refresh_token_end_known_at, known_at[0]);
        assert_eq!(connections.read(1).await.refresh_token_end_known_at, None);
        assert!(connections.read(2).await.refresh_token_end_known_at > known_at[2], "a new end");
        assert_eq!(connections.read(3).await.refresh_token_end_known_at, known_at[3], "the same");
        let soon = "SELECT COUNT(*) FROM provider_connection WHERE end_look_at < '2029-01-01T12:00:00+00:00'";
        assert_eq!(database.number(soon).await, 1, "only the end that came closer is checked again");
    }

    async fn only_one_that_its_provider_has_ended_meanwhile_is_due_again(database: Database) {
        let connections = Connections::new(&database, 3).await;
        let refreshed = connections.refreshed().await;
        let signalled = refreshed[1].lease.connection_id;
        let hex = signalled.simple();
        let is_it = if database.is_sqlite() { format!("x'{hex}'") } else { format!("'{signalled}'") };
        database
            .execute(&format!(
                "UPDATE provider_connection SET signalled_at = '2026-01-01T12:00:00+00:00' WHERE id = {is_it}"
            ))
            .await;
        connections.store.commit_refreshes(&refreshed).await.unwrap();
        let due = connections.read(1).await.refresh_due_at.unwrap();
        assert_eq!(Some(due), connections.read(1).await.refreshed_at);
        for place in [0, 2] {
            assert_eq!(connections.read(place).await.refresh_due_at, grant("").refresh_due_at);
        }
    }

    async fn scopes_that_changed_meanwhile_are_written_too(
        database: Database
    ) {
        let connections = Connections::new(&database, 3).await;
        let mut refreshed = connections.refreshed().await;
        let said = SaidScopes {
            scopes: Scopes::parse("email https://www.googleapis.com/auth/calendar").unwrap(),
            source: ScopesSource::Answer,
        };
        for refreshed in &mut refreshed {
            refreshed.grant.scopes = BroughtScopes::Said(said.clone());
            refreshed.unchanged_scopes =
                Some(KnownScopes { said: Some(said.clone()), requested: None });
        }
        // As they were when they were read, but for two.
        let list = said.scopes.to_text();
        database
            .execute(&format!(
                "UPDATE provider_connection SET scopes_source = 'answer', scopes = '{list}'"
            ))
            .await;
        for (place, change) in [(1, "scopes = 'email'"), (2, "scopes_source = 'provider'")] {
            let hex = refreshed[place].lease.connection_id.simple();
            let is_it = if database.is_sqlite() { format!("x'{hex}'") } else { format!("'{hex}'") };
            database
                .execute(&format!("UPDATE provider_connection SET {change} WHERE id = {is_it}"))
                .await;
        }
        let written = connections.store.commit_refreshes(&refreshed).await.unwrap();
        for (place, written) in written.iter().enumerate() {
            if written.is_none() {
                assert_ne!(place, 0);
                assert_eq!(connections.token(place).await, "first");
                let alone = connections.store.commit_refresh(&refreshed[place]).await.unwrap();
                assert!(alone.is_some());
            }
        }
        for place in 0..3 {
            assert_eq!(connections.token(place).await, format!("token {place}"));
            assert_eq!(connections.read(place).await.scopes.said, Some(said.clone()));
        }
        let events = |kind: &str| {
            format!("SELECT COUNT(*) FROM provider_connection_event WHERE kind = '{kind}'")
        };
        assert_eq!(database.number(&events("refreshed")).await, 3);
        assert_eq!(database.number(&events("scopes_changed")).await, 1);
    }

    async fn after_a_lost_answer_a_retry_writes_nothing_twice(database: Database) {
        for lost in [Carried::Commit, Carried::CommitAnswer] {
            let connections = Connections::new(&database, 2).await;
            let refreshed = connections.refreshed().await;
            let store = connections.store.clone().through(Arc::new(Loses(lost)));
            let failed = store.commit_refreshes(&refreshed).await.unwrap_err();
            assert!(matches!(failed, StoreError::Unconfirmed(_)), "{failed:?}");
            for (place, refreshed) in refreshed.iter().enumerate() {
                let key = connections.keys[place];
                let is_written = lost == Carried::CommitAnswer;
                let committed = connections.store.was_committed(key, refreshed.commit_id).await;
                assert_eq!(committed.unwrap(), is_written);
                let token = if is_written { format!("token {place}") } else { "first".to_owned() };
                assert_eq!(connections.token(place).await, token);
                // A retry doesn't write it twice.
                let again = connections.store.commit_refresh(refreshed).await.unwrap();
                assert_eq!(again.is_some(), !is_written);
            }
        }
    }

    async fn only_those_that_a_user_has_asked_for_are_in_use(database: Database) {
        let connections = Connections::new(&database, 3).await;
        let mut refreshed = connections.refreshed().await;
        refreshed[1].actor = Actor::User;
        connections.store.commit_refreshes(&refreshed).await.unwrap();
        let used = "SELECT COUNT(*) FROM provider_connection WHERE used_at IS NOT NULL";
        assert_eq!(database.number(used).await, 1);
    }
}

#[tokio::test]
async fn one_that_someone_else_is_writing_does_not_hold_up_the_others_postgres() {
    let database = Database::postgres().await;
    let connections = Connections::new(&database, 3).await;
    let refreshed = connections.refreshed().await;
    let other = database.connect().await.begin().await.unwrap();
    let locked = refreshed[1].lease.connection_id;
    let write = format!("UPDATE provider_connection SET used_at = now() WHERE id = '{locked}'");
    sea_orm::ConnectionTrait::execute_unprepared(&other, &write).await.unwrap();
    let written = connections.store.commit_refreshes(&refreshed).await.unwrap();
    let written: Vec<_> = written.iter().map(Option::is_some).collect();
    assert_eq!(written, [true, false, true]);
    other.commit().await.unwrap();
    assert!(connections.store.commit_refresh(&refreshed[1]).await.unwrap().is_some());
    assert_eq!(connections.token(1).await, "token 1");
}

/// Makes the database refuse new tokens of this user.
async fn refuse(database: &Database, user_id: Uuid) {
    let sql = if database.is_sqlite() {
        format!(
            "CREATE TRIGGER refuse BEFORE UPDATE OF generation ON provider_connection
             WHEN NEW.user_id = x'{}' BEGIN SELECT RAISE(ABORT, 'refused'); END",
            user_id.simple()
        )
    } else {
        format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
             CREATE TRIGGER refuse BEFORE UPDATE OF generation ON provider_connection
             FOR EACH ROW WHEN (NEW.user_id = '{user_id}') EXECUTE FUNCTION refuse()"
        )
    };
    database.execute(&sql).await;
}

on_both_databases! {
    async fn one_that_the_database_refuses_costs_nobody_their_tokens(world: World) {
        let replica =
            world.replica_with(|config| config.refresh.pacing.concurrency = 16).await;
        let mut users = Vec::new();
        for number in 0..6 {
            let user = world.user(&format!("user-{number}@example.com"));
            user.connected(Upstream::Google, GrantScript::rotating_single_use()).await;
            users.push(user);
        }
        let refused = &users[2];
        refuse(&world.database, refused.id).await;
        world.advance(TimeDelta::minutes(56));
        replica.work().await;
        let generation = async |user_id: Uuid| {
            world.row(user_id, Upstream::Google).await.unwrap().generation
        };
        for user in users.iter().filter(|user| user.id != refused.id) {
            until(async || generation(user.id).await == 2).await;
        }
        assert_eq!(generation(refused.id).await, 1);
        assert_eq!(replica.connections.unwritten_commits(), 1);

        // Its own tokens wait until the database takes them.
        let drop_it = if world.database.is_sqlite() {
            "DROP TRIGGER refuse"
        } else {
            "DROP TRIGGER refuse ON provider_connection"
        };
        world.database.execute(drop_it).await;
        until(async || generation(refused.id).await == 2).await;
        until(async || replica.connections.unwritten_commits() == 0).await;
    }
}
