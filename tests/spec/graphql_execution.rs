//! GraphQL is executed as the specification of September 2025 says, whatever the library below
//! makes of it (docs/upstream).

mod introspection;
mod memory;
mod merging;
mod validation;
mod variables;

use nhost_auth_simulator::{GrantScript, Provider};

use crate::harness::{User, World};

/// Ada with connections to Google and GitHub.
async fn ada(world: &World) -> User<'_> {
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    ada.connected(Provider::Github, GrantScript::stable()).await;
    ada
}

/// The providers that Ada is connected to.
async fn connected(ada: &User<'_>) -> Vec<String> {
    let answer = ada.ask("{ providerConnections { provider } }").await;
    let list = answer.data("/providerConnections").as_array().unwrap().clone();
    list.iter().map(|one| one["provider"].as_str().unwrap().to_owned()).collect()
}

fn repeated(times: usize, part: impl Fn(usize) -> String) -> String {
    (0..times).map(part).collect()
}
