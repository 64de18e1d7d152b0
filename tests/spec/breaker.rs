//! An upstream that does not work is left alone by all replicas, but for one call now and then
//! that finds out whether it works again; and it is never called more often than it may be.

use chrono::TimeDelta;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};
use serde_json::json;

use crate::harness::{Cluster, Database, READ, User, World, on_both_databases};

const REFRESH: &str = "mutation { refreshProviderToken(provider: google) { accessToken } }";

async fn crowd(world: &World) -> Vec<User<'_>> {
    let users: Vec<_> = (0..6).map(|n| world.user(&format!("user{n}@example.com"))).collect();
    for user in &users {
        user.connected(Provider::Google, GrantScript::rotating()).await;
    }
    users
}

fn calls(world: &World) -> usize {
    world.simulator.calls(Endpoint::RefreshProviderToken)
}

on_both_databases! {
    async fn three_that_failed_keep_all_replicas_from_calling(world: World) {
        let replica = world.replica().await;
        let users = crowd(&world).await;
        world.simulator.fail_always(Endpoint::RefreshProviderToken, None, Fault::Empty(503));
        for user in &users[..3] {
            assert_eq!(user.ask(REFRESH).await.code(), "UPSTREAM_UNAVAILABLE");
        }
        assert_eq!(calls(&world), 3);
        // Each of the others calls once: whoever made the upstream look down may have been dead.
        for user in &users[3..] {
            assert_eq!(user.ask_at(&replica, REFRESH, json!({})).await.code(), "UPSTREAM_UNAVAILABLE");
        }
        assert_eq!(calls(&world), 6);

        world.advance(TimeDelta::seconds(11));
        for server in [&world.server, &replica] {
            for user in &users {
                let refused = user.ask_at(server, REFRESH, json!({})).await;
                assert_eq!(refused.code(), "UPSTREAM_UNAVAILABLE");
                let retry_after = refused.extension("retryAfter").as_u64().unwrap();
                assert!((1..=10).contains(&retry_after), "{refused:?}");
            }
        }
        assert_eq!(calls(&world), 7, "one of those that have failed looks how things are");
        let row = world.row(users[5].id, Provider::Google).await.unwrap();
        assert_eq!(row.failure_count, 1, "that the others were not tried is not their failure");

        world.simulator.heal_all();
        world.advance(TimeDelta::seconds(11));
        for user in &users {
            user.ask_at(&replica, REFRESH, json!({})).await.data("/refreshProviderToken");
        }
        assert_eq!(calls(&world), 13);
    }

    async fn a_clock_of_the_database_that_was_set_back_keeps_nobody_from_calling(world: World) {
        let users = crowd(&world).await;
        users[0].ask(REFRESH).await.data("/refreshProviderToken");
        // Written an hour from now, by the clock as it was then.
        let hour = 3_600_000_000_i64;
        let ahead = format!("UPDATE provider_connection_upstream SET next_call_at = next_call_at + {hour}");
        world.database.execute(&ahead).await;
        for user in &users {
            world.advance(TimeDelta::seconds(1));
            user.ask(REFRESH).await.data("/refreshProviderToken");
        }
        let next = world.database.number("SELECT MAX(next_call_at) FROM provider_connection_upstream");
        assert!(next.await < world.now().timestamp_micros() + hour / 2, "and it is right again");
    }

    async fn one_connection_that_fails_again_and_again_keeps_nobody_from_calling(world: World) {
        let users = crowd(&world).await;
        world.simulator.revoke(world.simulator.grant_of(users[0].id, Provider::Google).unwrap());
        for _ in 0..5 {
            assert_eq!(users[0].ask(REFRESH).await.code(), "UPSTREAM_UNAVAILABLE");
            world.advance(TimeDelta::seconds(6));
        }
        users[1].ask(REFRESH).await.data("/refreshProviderToken");
    }

    async fn a_token_that_is_alive_is_handed_out_while_its_upstream_is_left_alone(world: World) {
        let users = crowd(&world).await;
        world.simulator.fail_always(Endpoint::RefreshProviderToken, None, Fault::Disconnect);
        for user in &users[..3] {
            user.ask(REFRESH).await.code();
        }
        let fresh = "{ providerConnection(provider: google) { accessToken(minValidFor: 3600) } }";
        world.advance(TimeDelta::minutes(2));
        for user in &users[..3] {
            user.ask(REFRESH).await.code();
        }
        let answer = users[4].ask(fresh).await;
        let token = answer.text("/providerConnection/accessToken");
        assert!(users[4].can_use(Provider::Google, token).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_wait_for_their_turn_rather_than_be_refused_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let slow = cluster.binary("server").env("UPSTREAM_RATE", "5");
    let server = crate::harness::Replica::start(slow).await;
    let members: Vec<_> =
        (0..12).map(|n| cluster.member(&format!("user{n}@example.com"))).collect();
    for member in &members {
        cluster.simulator.sign_in(member.id, Provider::Google, GrantScript::rotating_single_use());
        member.connect(&server).await.data("/connectProvider/id");
    }
    cluster.expire_tokens().await;
    let answers = join_all(members.iter().map(|member| member.ask(&server, READ))).await;
    for (member, answer) in members.iter().zip(answers) {
        let answer = answer.unwrap();
        assert!(member.can_use(answer.text("/providerConnection/accessToken")).await);
    }
    assert_eq!(cluster.simulator.calls(Endpoint::RefreshProviderToken), 12);
}
