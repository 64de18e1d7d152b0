//! What goes wrong at Nhost Auth and at the providers, one after the other, with good times between.

use std::time::Duration;

use nhost_auth_simulator::{Endpoint, Fault, Provider};

use crate::field::Field;

pub async fn all(field: &Field) {
    tokio::join!(seasons(field), revocations(field));
    field.cluster.simulator.heal_all();
    field.cluster.simulator.provider_outage(Provider::Google, false);
}

async fn seasons(field: &Field) {
    let simulator = &field.cluster.simulator;
    let refresh = |fault| simulator.fail_always(Endpoint::RefreshProviderToken, None, fault);
    field
        .repeat(Duration::from_millis(1500), async || {
            simulator.heal_all();
            simulator.provider_outage(Provider::Google, false);
            match field.roll(12) {
                0 => simulator.provider_outage(Provider::Google, true),
                1 => refresh(Fault::InternalServerError),
                2 => refresh(Fault::RateLimited),
                3 => refresh(Fault::Slow(Duration::from_millis(400))),
                4 => refresh(Fault::Html(502)),
                5 => refresh(Fault::Disconnect),
                6 => refresh(Fault::Garbage),
                7 => simulator.fail_always(Endpoint::ProviderTokens, None, Fault::Empty(503)),
                _ => {}
            }
        })
        .await;
}

/// Users take their grants back at the provider.
async fn revocations(field: &Field) {
    let simulator = &field.cluster.simulator;
    field
        .repeat(Duration::from_millis(700), async || {
            let user = *field.pick(&field.users);
            if let Some(grant) = simulator.grant_of(user, Provider::Google) {
                simulator.revoke(grant);
            }
        })
        .await;
}
