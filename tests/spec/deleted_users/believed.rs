//! What is believed, and what is not.

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Options, Provider, Simulator};
use provider_connections::config::Config;
use uuid::Uuid;

use super::{MISSING, no_answers, row, search_at, search_now, searches, searching, users};
use crate::harness::{World, on_both_empty_databases};

/// Lets Ada be missing for a while, so that the next answer that is believed removes her.
async fn about_to_remove_ada(world: &World) -> (Uuid, Uuid) {
    let (ada, bob) = (world.settled("ada@x.example").await, world.settled("bob@x.example").await);
    world.simulator.delete_user(ada.id);
    world.search().await.unwrap();
    assert_eq!(world.database.number(MISSING).await, 1);
    (ada.id, bob.id)
}

async fn connections(world: &World) -> i64 {
    world.database.number("SELECT COUNT(*) FROM provider_connection").await
}

on_both_empty_databases! {
    async fn what_is_no_answer_removes_nobody(database: Database) {
        let world = searching(database).await;
        let (_, bob) = about_to_remove_ada(&world).await;
        world.advance(TimeDelta::hours(1));
        for fault in no_answers(bob, Uuid::from_u128(7)) {
            world.simulator.fail_next(Endpoint::Graphql, fault.clone());
            let failed = search_now(&world.server).await.expect_err(&format!("{fault:?}"));
            assert!(failed.contains("so their connections stay"), "{fault:?}: {failed}");
            assert_eq!(connections(&world).await, 2, "{fault:?}");
        }
        search_now(&world.server).await.unwrap();
        assert_eq!(connections(&world).await, 1, "it goes on as soon as there is an answer");
    }

    async fn what_does_not_confirm_it_removes_nobody(database: Database) {
        let world = searching(database).await;
        let (ada, bob) = about_to_remove_ada(&world).await;
        world.advance(TimeDelta::hours(1));
        let field = |name: &str, ids: &[Uuid]| {
            let rows: Vec<_> = ids.iter().map(row).collect();
            (name.to_owned(), serde_json::Value::from(rows))
        };
        let fields = |fields: [(String, serde_json::Value); 2]| {
            let fields: serde_json::Map<_, _> = fields.into_iter().collect();
            Fault::json(200, &serde_json::json!({ "data": fields }))
        };
        // An answer to the first question, which then comes to its end, whatever is answered next.
        world.simulator.fail_next(Endpoint::Graphql, users(&[bob]));
        let mut odd = no_answers(bob, Uuid::from_u128(7));
        odd.extend([
            users(&[bob]),
            fields([field("u0", &[bob]), field("u1", &[])]),
            fields([field("u0", &[]), field("u2", &[bob])]),
        ]);
        for fault in odd {
            world.simulator.fail_next(Endpoint::Graphql, fault.clone());
            search_now(&world.server).await.expect_err(&format!("{fault:?}"));
            assert_eq!(connections(&world).await, 2, "{fault:?}");
        }
        // Nobody exists any more, not even who did a moment ago.
        let nobody = fields([field("u0", &[]), field("u1", &[])]);
        world.simulator.fail_next(Endpoint::Graphql, nobody);
        search_now(&world.server).await.unwrap();
        assert_eq!(connections(&world).await, 2);
        // Only the first answer was wrong.
        world.advance(TimeDelta::hours(1));
        world.simulator.fail_next(Endpoint::Graphql, users(&[bob]));
        let there = fields([field("u0", &[ada]), field("u1", &[bob])]);
        world.simulator.fail_next(Endpoint::Graphql, there);
        search_now(&world.server).await.unwrap();
        assert_eq!(connections(&world).await, 2);
    }

    async fn another_project_removes_nobody_and_the_right_one_is_searched_at_once(database: Database) {
        let world = searching(database).await;
        let ada = world.settled("ada@example.com").await;
        world.settled("bob@example.com").await;
        let options = Options::default();
        let other = Simulator::start(options, ([127, 0, 0, 1], 0).into()).await.unwrap();
        other.add_user("ada@example.com");
        let at_other = |config: &mut Config| {
            config.deleted_users = Some(search_at(other.graphql_url()));
        };
        let wrong = world.replica_with(at_other).await;
        for _ in 0..3 {
            world.advance(TimeDelta::hours(1));
            let failed = search_now(&wrong).await.unwrap_err();
            assert!(failed.contains(other.graphql_url().as_str()), "{failed}");
            assert!(failed.contains("NHOST_GRAPHQL_URL"), "{failed}");
            let again = search_now(&wrong).await.unwrap_err();
            assert_eq!(again, failed, "it fails until it is corrected");
        }
        assert_eq!(connections(&world).await, 2);
        assert_eq!(other.calls(Endpoint::Graphql), 3);
        // After the correction the server is restarted, and searches again at once.
        let right = world.replica_with(searches).await;
        search_now(&right).await.unwrap();
        assert_eq!((world.database.number(MISSING).await, connections(&world).await), (0, 2));
        world.simulator.delete_user(ada.id);
        world.search().await.unwrap();
        world.search().await.unwrap();
        assert_eq!(connections(&world).await, 1);
    }

    async fn more_than_the_share_removes_nobody_until_it_is_allowed(database: Database) {
        let world = searching(database).await;
        let mut deleted = Vec::new();
        for number in 0..24 {
            let user = world.settled(&format!("user-{number}@example.com")).await;
            if number % 4 == 0 {
                deleted.push(user.id);
            }
        }
        for id in &deleted {
            world.simulator.delete_user(*id);
        }
        for _ in 0..3 {
            let failed = world.search().await.unwrap_err();
            assert!(failed.contains("more than 20 percent"), "{failed}");
            assert!(failed.contains("DELETED_USERS_MAX_SHARE"), "{failed}");
        }
        assert_eq!(connections(&world).await, 24);
        let allows = |config: &mut Config| {
            searches(config);
            config.deleted_users.as_mut().unwrap().max_share = 25;
        };
        let replica = world.replica_with(allows).await;
        search_now(&replica).await.unwrap();
        assert_eq!(connections(&world).await, 18);
    }

    async fn a_copy_of_the_project_that_lacks_who_signs_in_removes_nobody(database: Database) {
        let world = searching(database).await;
        let mut ada = world.settled("ada@example.com").await;
        let carol = world.settled("carol@example.com").await;
        let bob = world.settled("bob@example.com").await;
        // Both came after the copy was made.
        world.simulator.fail_next(Endpoint::Graphql, users(&[bob.id]));
        world.search().await.unwrap();
        world.advance(TimeDelta::minutes(30));
        ada.renew_jwt();
        ada.connected(Provider::Google, GrantScript::stable()).await;
        // However often it is asked, also by a server that was just started.
        for _ in 0..3 {
            world.simulator.fail_next(Endpoint::Graphql, users(&[bob.id]));
            let failed = world.search().await.unwrap_err();
            assert!(failed.contains("signed in"), "{failed}");
            world.simulator.fail_next(Endpoint::Graphql, users(&[bob.id]));
            let restarted = world.replica_with(searches).await;
            let failed = search_now(&restarted).await.unwrap_err();
            assert!(failed.contains("signed in"), "{failed}");
            assert!(world.is_connected(&ada).await && world.is_connected(&carol).await);
        }
        // The project itself knows all of them.
        world.search().await.unwrap();
        assert_eq!(world.database.number(MISSING).await, 0);
    }
}
