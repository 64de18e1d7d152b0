//! A user's three connections with their access tokens, which are decrypted for each request.

use super::{
    Stand,
    closed_loop::{Entry, take_turns},
};
use crate::{
    Result,
    contestants::{
        BetterAuth, HANDWRITTEN, LIST_WITH_TOKENS, PROVIDERS, Peer, Server, Settings, Simulator,
    },
    load::Target,
    results::Contestant,
};

pub async fn run(stand: &mut Stand) -> Result<Vec<Contestant>> {
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let database = stand.new_database().await?;
    let settings = Settings { database_url: Some(&database.url), ..Settings::default() };
    let server = Server::start(&stand.programs, &simulator, settings)?;
    let user = server.user_with_connections(&simulator).await?;
    let tokens = ("\"accessToken\":\"sim-at-", PROVIDERS.len());
    let tokens = Target::graphql(server.url(), &user.jwt, LIST_WITH_TOKENS, tokens);

    let handwritten = Peer::start(&stand.programs, HANDWRITTEN, &simulator, &database.url)?;
    let handler = handwritten.list(&user.jwt);
    let better_auth = BetterAuth::start(&stand.new_database().await?.url)?;
    let token = better_auth.get_access_token();

    take_turns(
        stand,
        &[
            Entry::http("provider-connections", &tokens, server.id()),
            Entry::http("hand-written handler", &handler, handwritten.id()),
            Entry::http("better-auth", &token, better_auth.id()),
        ],
    )
    .await
}
