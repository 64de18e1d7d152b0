//! A user's three connections from SQLite, next to the hand-written handler on PostgreSQL.

use super::{
    Stand,
    closed_loop::{Entry, take_turns},
};
use crate::{
    Result,
    contestants::{
        HANDWRITTEN, LIST, LIST_WITH_TOKENS, PROVIDERS, Peer, ROWS, Server, Settings, Simulator,
    },
    load::Target,
    results::Contestant,
};

pub async fn run(stand: &mut Stand) -> Result<Vec<Contestant>> {
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let server = Server::start(&stand.programs, &simulator, Settings::default())?;
    let user = server.user_with_connections(&simulator).await?;
    let list = Target::graphql(server.url(), &user.jwt, LIST, ROWS);
    let tokens = ("\"accessToken\":\"sim-at-", PROVIDERS.len());
    let tokens = Target::graphql(server.url(), &user.jwt, LIST_WITH_TOKENS, tokens);

    // The handler's table is made, and filled, by another server.
    let database = stand.new_database().await?;
    let settings = Settings { database_url: Some(&database.url), ..Settings::default() };
    let on_postgres = Server::start(&stand.programs, &simulator, settings)?;
    on_postgres.user_with_connections(&simulator).await?;
    let handwritten = Peer::start(&stand.programs, HANDWRITTEN, &simulator, &database.url)?;
    let handler = handwritten.list(&user.jwt);

    take_turns(
        stand,
        &[
            Entry::http("provider-connections", &list, server.id()),
            Entry::http("the same with tokens", &tokens, server.id()),
            Entry::http("hand-written handler", &handler, handwritten.id()),
        ],
    )
    .await
}
