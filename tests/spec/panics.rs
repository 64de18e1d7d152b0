//! A bug that makes a task panic loses no tokens, and leaves nothing behind that later ones wait for.

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use provider_connections::{connections::Demand, store::Carried};

use crate::harness::{on_both_databases, until};

on_both_databases! {
    async fn tokens_are_written_though_their_first_write_panicked(world: World) {
        let (app, panics) = world.app_that_panics_at(Carried::Commit).await;
        let connections = app.connections();
        let ada = world.user("ada@example.com");
        let subject = world.subject(ada.id).await;
        ada.sign_in(Provider::Google, GrantScript::stable());

        panics.once();
        connections.connect(&subject, domain::Provider::Google).await.unwrap();
        assert!(!panics.is_armed(), "it has happened");
        let generation = async || world.row(ada.id, Provider::Google).await.map(|row| row.generation);
        until(async || generation().await == Some(1)).await;

        // Each of these keeps the refresh token of the one before it, so it waits until that is written.
        for number in 2..4 {
            world.advance(TimeDelta::hours(1));
            let refreshed = connections.refresh(&subject, domain::Provider::Google, Demand::Fresh).await;
            assert_eq!(refreshed.unwrap().generation, number);
            until(async || generation().await == Some(number)).await;
        }
    }
}
