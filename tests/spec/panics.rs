//! A bug that makes a task panic loses no tokens, and leaves nothing behind that later ones wait for.

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use provider_connections::{
    connections::Demand,
    store::{Carried, Columns},
};
use tokio::time::timeout;

use crate::harness::{LIMIT, on_both_databases, until};

on_both_databases! {
    async fn tokens_are_written_though_their_first_write_panicked(world: World) {
        let (app, panics) = world.app_that_panics_at(Carried::Commit).await;
        let connections = app.connections();
        let ada = world.user("ada@example.com");
        let subject = world.subject(ada.id).await;
        ada.sign_in(Provider::Google, GrantScript::stable());

        panics.arm();
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

    async fn a_read_that_panicked_does_not_stop_the_reads_after_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let (app, panics) = world.app_that_panics_at(Carried::Statement).await;
        let list = || app.connections().list(vec![ada.id], None, Columns::default());

        panics.arm();
        assert_eq!(list().await.unwrap_err().code(), "INTERNAL");

        let next = timeout(LIMIT, list()).await.expect("it waits for nobody");
        assert_eq!(next.unwrap().len(), 1);
    }
}
