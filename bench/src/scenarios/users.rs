//! Users who take turns, so that not every request asks for the same rows.

use super::Stand;
use crate::{
    Result,
    contestants::{PROVIDERS, Server, Simulator},
};

const USERS: u32 = 64;
/// In a check that the scenario works.
const FEW_USERS: u32 = 4;

/// The JWTs of users who have three connections each: nothing can be shared between their requests but the
/// statement.
pub async fn connected_users(
    stand: &Stand,
    server: &Server,
    simulator: &Simulator,
) -> Result<Vec<String>> {
    let mut jwts = Vec::new();
    for number in 0..if stand.quick { FEW_USERS } else { USERS } {
        let user = simulator.user(&format!("user-{number}@example.com")).await?;
        server.connect(simulator, &user, &PROVIDERS).await?;
        jwts.push(user.jwt);
    }
    Ok(jwts)
}
