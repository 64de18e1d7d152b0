//! A signal that does not prove when it was made, or by whom, ends nothing: the provider is asked, and
//! not as often as somebody sends such signals.

use chrono::TimeDelta;
use domain::State;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use uuid::Uuid;

use super::world;
use crate::harness::on_both_empty_databases;

const ADA: &str = "ada@example.com";

on_both_empty_databases! {
    async fn a_delivery_of_github_that_comes_late_does_not_end_a_newer_sign_in(database: Database) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user(ADA);
        let grant = ada.connected_for_a_while(Provider::Github).await;
        world.simulator.revoke(grant);
        let late = world.simulator.signal_revoked(grant).unwrap();
        // The user is back before it comes.
        ada.connected_for_a_while(Provider::Github).await;
        world.advance(TimeDelta::minutes(10));
        assert_eq!(world.signal(Provider::Github, &late).await, 204);
        let row = world.row(ada.id, Provider::Github).await.unwrap();
        assert_eq!((row.state, row.refresh_due_at), (State::Active, Some(world.now())));
        worker.work().await;
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
        let row = world.row(ada.id, Provider::Github).await.unwrap();
        assert_eq!((row.state, row.generation), (State::Active, 3));
    }

    async fn a_revocation_that_github_reports_is_found_out_by_a_refresh(database: Database) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user(ADA);
        let grant = ada.connected_for_a_while(Provider::Github).await;
        world.advance(TimeDelta::minutes(10));
        world.revoked(Provider::Github, grant).await;
        worker.work().await;
        assert_ne!(world.state(ada.id, Provider::Github).await, State::Active);
    }

    async fn a_revocation_that_github_signs_is_looked_at_at_once_however_new_the_sign_in_is(
        database: Database
    ) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user(ADA);
        let grant = ada.connected(Provider::Github, GrantScript::stable()).await;
        world.server.connections.look_up_due().await.unwrap();
        world.advance(TimeDelta::seconds(2));
        world.revoked(Provider::Github, grant).await;
        let row = world.row(ada.id, Provider::Github).await.unwrap();
        assert_eq!((row.state, row.refresh_due_at), (State::Active, Some(world.now())));
        worker.work().await;
        assert_ne!(world.state(ada.id, Provider::Github).await, State::Active);
    }

    async fn in_five_seconds_a_connection_is_refreshed_once_however_many_are_signed(
        database: Database
    ) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user(ADA);
        ada.connected(Provider::Github, GrantScript::stable()).await;
        world.server.connections.look_up_due().await.unwrap();
        world.advance(TimeDelta::seconds(2));
        let account = world.id_of(Provider::Github, ADA);
        for number in 0..5 {
            // GitHub signs no id: the same body can be sent by any other.
            let delivery = Uuid::from_u128(number).to_string();
            let message = world.simulator.github_signal(&account, delivery);
            assert_eq!(world.signal(Provider::Github, &message).await, 204);
            worker.work().await;
            assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 1);
            world.advance(TimeDelta::seconds(1));
        }
        world.advance(TimeDelta::seconds(1));
        worker.work().await;
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 2);
        assert_eq!(world.state(ada.id, Provider::Github).await, State::Active);
    }

    async fn what_nobody_signs_is_looked_at_a_little_after_a_sign_in(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        let grant = ada.connected(Provider::Strava, GrantScript::stable()).await;
        world.server.connections.look_up_due().await.unwrap();
        world.advance(TimeDelta::minutes(1));
        world.revoked(Provider::Strava, grant).await;
        let row = world.row(ada.id, Provider::Strava).await.unwrap();
        assert_eq!(row.state, State::Active);
        assert_eq!(row.refresh_due_at, Some(row.connected_at + TimeDelta::minutes(5)));
    }

    async fn a_failing_connection_backs_off_whatever_comes(database: Database) {
        let world = world(database).await;
        for provider in [Provider::Strava, Provider::Github] {
            let mut ada = world.user(ADA);
            ada.connected_for_a_while(provider).await;
            world.advance(TimeDelta::minutes(10));
            ada.renew_jwt();
            world.simulator.provider_outage(provider, true);
            ada.refresh(provider).await;
            let before = world.row(ada.id, provider).await;
            assert_eq!(before.as_ref().unwrap().state, State::RefreshFailing, "{provider}");
            let account = world.id_of(provider, ADA);
            for number in 0..3 {
                let message = if provider == Provider::Strava {
                    world.simulator.strava_signal(&account)
                } else {
                    let delivery = Uuid::from_u128(number).to_string();
                    world.simulator.github_signal(&account, delivery)
                };
                world.signal(provider, &message).await;
                assert_eq!(world.row(ada.id, provider).await, before, "{provider}");
                world.advance(TimeDelta::seconds(1));
            }
        }
    }

    async fn what_has_ended_is_not_tried_again_for_them(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected(Provider::Strava, GrantScript::stable()).await;
        world.server.connections.look_up_due().await.unwrap();
        let ended = "UPDATE provider_connection SET state = 'reauthentication_required'";
        world.database.execute(ended).await;
        world.advance(TimeDelta::minutes(10));
        let before = world.row(ada.id, Provider::Strava).await;
        let message = world.simulator.strava_signal(&world.id_of(Provider::Strava, ADA));
        assert_eq!(world.signal(Provider::Strava, &message).await, 200);
        assert_eq!(world.row(ada.id, Provider::Strava).await, before);
    }
}
