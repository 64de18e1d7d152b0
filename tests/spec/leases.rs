//! Leases: one holder at a time by the database's clock, and a holder that was paused for too long
//! can't write over what came after it.

use chrono::{DateTime, Utc};
use domain::{
    Actor, Answer, ConnectionKey, FailureCode, Grant, Lease, Provider, Sealed, State, Verdict,
};
use futures_util::future::join_all;
use provider_connections::{
    clock::Clock,
    random::Random,
    store::{ConnectionRecord, Now, Store},
};
use uuid::Uuid;

use crate::harness::{Database, on_both_empty_databases};

/// A connection in a database that other tests do not see.
struct Connection {
    store: Store,
    key: ConnectionKey,
}

impl Connection {
    async fn new(database: &Database, now: Now) -> Self {
        let store = database.open(now).await;
        let key = ConnectionKey { user_id: id(), provider: Provider::Google };
        store.prepare(key, id()).await.unwrap();
        Self { store, key }
    }

    async fn read(&self) -> ConnectionRecord {
        self.store.find(self.key).await.unwrap().unwrap()
    }

    async fn take(&self) -> Option<Lease> {
        self.store.take_lease(&self.read().await, id()).await.unwrap()
    }

    async fn commit(&self, lease: Lease, token: &str) -> Option<ConnectionRecord> {
        let grant = Grant {
            refresh_token_expires_at: None,
            access_token: Sealed::from_bytes(token.into()),
            refresh_token: None,
            access_token_expires_at: None,
            refresh_due_at: None,
            scopes: domain::BroughtScopes::Nothing,
        };
        self.store.commit_sign_in(lease, &grant, &Actor::User, lease.owner).await.unwrap()
    }

    async fn fail(&self, lease: Lease) -> Option<ConnectionRecord> {
        let verdict = Verdict {
            state: State::RefreshFailing,
            code: FailureCode::UpstreamUnavailable,
            counts: true,
            retry_in: std::time::Duration::from_mins(1),
            wrong_client: false,
            asks_another: false,
        };
        self.store
            .commit_failure(lease, Answer::Ambiguous, &verdict, &Actor::User, "")
            .await
            .unwrap()
    }

    async fn token(&self) -> Vec<u8> {
        self.read().await.access_token.unwrap().as_bytes().to_vec()
    }
}

fn id() -> Uuid {
    Random::system().uuid()
}

/// Sets when the lease ends, by the database's clock.
async fn end_lease(database: &Database, seconds_from_now: i32) {
    let at = if database.is_sqlite() {
        format!("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '{seconds_from_now} seconds')")
    } else {
        format!("statement_timestamp() + interval '{seconds_from_now} seconds'")
    };
    database.execute(&format!("UPDATE provider_connection SET lease_until = {at}")).await;
}

fn at(time: &str) -> Now {
    let time: DateTime<Utc> = time.parse().unwrap();
    Now::Injected(Clock::from_fn(move || time))
}

on_both_empty_databases! {
    async fn one_of_many_takes_it(database: Database) {
        let connection = Connection::new(&database, Now::Database).await;
        let record = connection.read().await;
        let taken = (0..20).map(|_| connection.store.take_lease(&record, id()));
        let taken = join_all(taken).await;
        assert_eq!(taken.iter().filter(|lease| matches!(lease, Ok(Some(_)))).count(), 1);
        assert_eq!(taken.iter().filter(|lease| matches!(lease, Ok(None))).count(), 19);
    }

    async fn it_lasts_twelve_seconds_by_the_databases_clock(database: Database) {
        let connection = Connection::new(&database, Now::Database).await;
        connection.take().await.unwrap();
        let left = if database.is_sqlite() {
            "SELECT CAST((julianday(lease_until) - julianday('now')) * 86400000 AS INTEGER) FROM provider_connection"
        } else {
            "SELECT CAST(extract(epoch FROM lease_until - statement_timestamp()) * 1000 AS BIGINT) FROM provider_connection"
        };
        let left = database.number(left).await;
        assert!((8_000..=12_000).contains(&left), "{left} ms are left of it");
    }

    async fn one_that_has_not_ended_is_respected_and_one_that_has_is_not(database: Database) {
        let connection = Connection::new(&database, Now::Database).await;
        let first = connection.take().await.unwrap();
        end_lease(&database, 5).await;
        assert!(connection.take().await.is_none());
        end_lease(&database, -1).await;
        let second = connection.take().await.unwrap();
        assert_ne!(first.owner, second.owner);
        assert!(connection.take().await.is_none(), "it lasts anew");
    }

    async fn one_that_was_given_back_is_free(database: Database) {
        let connection = Connection::new(&database, Now::Database).await;
        let lease = connection.take().await.unwrap();
        connection.commit(lease, "first").await.unwrap();
        let lease = connection.take().await.unwrap();
        connection.store.release_lease(lease).await.unwrap();
        connection.take().await.unwrap();
        assert_eq!(connection.token().await, b"first");
    }

    async fn who_read_an_older_generation_can_not_take_it(database: Database) {
        let connection = Connection::new(&database, Now::Database).await;
        let stale = connection.read().await;
        let lease = connection.take().await.unwrap();
        connection.commit(lease, "first").await.unwrap();
        assert!(connection.store.take_lease(&stale, id()).await.unwrap().is_none());
        connection.take().await.unwrap();
    }

    async fn a_holder_that_was_overtaken_writes_nothing(database: Database) {
        let connection = Connection::new(&database, Now::Database).await;
        let paused = connection.take().await.unwrap();
        end_lease(&database, -1).await;
        let next = connection.take().await.unwrap();
        // While the next one is at it …
        assert!(connection.commit(paused, "paused").await.is_none());
        assert!(connection.fail(paused).await.is_none());
        connection.store.release_lease(paused).await.unwrap();
        assert!(connection.take().await.is_none(), "it is still the next one's");
        // … and after it has written.
        connection.commit(next, "next").await.unwrap();
        assert!(connection.commit(paused, "paused").await.is_none());
        assert!(connection.fail(paused).await.is_none());
        let record = connection.read().await;
        assert_eq!((record.generation, record.state, record.failure_count), (1, State::Active, 0));
        assert_eq!(connection.token().await, b"next");
        let events = "SELECT COUNT(*) FROM provider_connection_event";
        assert_eq!(database.number(events).await, 1, "only of what was written");
    }

    async fn a_holder_writes_over_its_own_generation_only(database: Database) {
        let connection = Connection::new(&database, Now::Database).await;
        let lease = connection.take().await.unwrap();
        database.execute("UPDATE provider_connection SET generation = generation + 1").await;
        assert!(connection.commit(lease, "mine").await.is_none());
        assert!(connection.read().await.access_token.is_none());
    }

    async fn a_late_holder_that_nobody_overtook_still_writes(database: Database) {
        let connection = Connection::new(&database, Now::Database).await;
        let lease = connection.take().await.unwrap();
        end_lease(&database, -60).await;
        connection.commit(lease, "late").await.unwrap();
        assert_eq!(connection.token().await, b"late");
        assert!(connection.commit(lease, "again").await.is_none(), "and once");
    }

    async fn ages_are_judged_by_the_databases_clock(database: Database) {
        let before = Clock::system().now() - chrono::TimeDelta::seconds(5);
        let connection = Connection::new(&database, Now::Database).await;
        let lease = connection.take().await.unwrap();
        let record = connection.commit(lease, "first").await.unwrap();
        let after = Clock::system().now() + chrono::TimeDelta::seconds(5);
        for time in [record.now, record.connected_at] {
            assert!((before..after).contains(&time), "{time}");
        }
        let lease = connection.take().await.unwrap();
        let record = connection.fail(lease).await.unwrap();
        let due_in = record.refresh_due_at.unwrap() - record.last_failed_at.unwrap();
        assert!((59_000..=61_000).contains(&due_in.num_milliseconds()), "{due_in}");
        assert_eq!(record.first_failed_at, record.last_failed_at);
    }

    async fn times_compare_whatever_fraction_they_are_written_with(database: Database) {
        let ends = [
            "2026-01-01T12:00:00+00:00",
            "2026-01-01T12:00:00.001+00:00",
            "2026-01-01T12:00:00.500+00:00",
            "2026-01-01T12:00:00.500001+00:00",
            "2026-01-01T12:00:00.999+00:00",
            "2026-01-01T12:00:01+00:00",
        ];
        let connection = Connection::new(&database, Now::Database).await;
        connection.take().await.unwrap();
        for end in ends {
            for now in ends {
                database
                    .execute(&format!("UPDATE provider_connection SET lease_until = '{end}'"))
                    .await;
                let store = Store::new(database.connect().await, at(now));
                let taken = store.take_lease(&connection.read().await, id()).await.unwrap();
                store.close().await;
                // In this list earlier is less.
                assert_eq!(taken.is_some(), end <= now, "ends {end}, it is {now}");
            }
        }
    }
}
