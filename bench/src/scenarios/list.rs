//! A user's three connections from PostgreSQL: the server, and the other ways to them.

use super::{
    Stand,
    closed_loop::{Entry, take_turns},
    users::connected_users,
};
use crate::{
    Result,
    contestants::{
        BetterAuth, HANDWRITTEN, LIST, PLAIN_GRAPHQL, Peer, ROWS, Server, Settings, Simulator,
    },
    database::Database,
    load::{Load, Statement, Target},
    results::Contestant,
};

pub async fn run(stand: &mut Stand) -> Result<Vec<Contestant>> {
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let mut database = stand.new_database().await?;
    let settings = Settings { database_url: Some(&database.url), ..Settings::default() };
    let server = Server::start(&stand.programs, &simulator, settings)?;
    let user = server.user_with_connections(&simulator).await?;
    let list = Target::graphql(server.url(), &user.jwt, LIST, ROWS);
    let statement = statement(&mut database, &list, &user.id).await?;

    let users = connected_users(stand, &server, &simulator).await?;
    let lists = list.as_users(&users);

    let handwritten = Peer::start(&stand.programs, HANDWRITTEN, &simulator, &database.url)?;
    let handler = handwritten.list(&user.jwt);
    let handlers = handler.as_users(&users);
    let plain = Peer::start(&stand.programs, PLAIN_GRAPHQL, &simulator, &database.url)?;
    let graphql = format!("{}/graphql", plain.origin);
    let graphql = Target::graphql(graphql, &user.jwt, LIST, ROWS);
    let graphqls = graphql.as_users(&users);
    let better_auth = BetterAuth::start(&stand.new_database().await?.url)?;
    let accounts = better_auth.list_accounts();

    take_turns(
        stand,
        &[
            Entry::http("provider-connections", &list, server.id()),
            Entry::http("provider-connections, 64 users", &lists, server.id()),
            Entry::http("hand-written handler", &handler, handwritten.id()),
            Entry::http("hand-written handler, 64 users", &handlers, handwritten.id()),
            Entry::http("async-graphql and SeaORM", &graphql, plain.id()),
            Entry::http("async-graphql and SeaORM, 64 users", &graphqls, plain.id()),
            Entry::http("better-auth", &accounts, better_auth.id()),
            Entry { name: "pgbench", load: Load::Statement(&statement), processes: Vec::new() },
        ],
    )
    .await
}

/// The server's own statement for a list, as PostgreSQL last saw it: a copy here would be wrong one
/// day, and the comparison with it.
async fn statement(database: &mut Database, list: &Target, user_id: &str) -> Result<Statement> {
    // PostgreSQL keeps the last statement of each connection, and a job's may have come since.
    for _ in 0..ATTEMPTS {
        list.check().await?;
        if let Ok(sql) = database.text(LAST_LIST).await {
            // The user, and the state that is never shown.
            let values = vec![user_id.to_owned(), "connecting".to_owned()];
            return Ok(Statement { url: database.url.clone(), sql, values });
        }
    }
    Err("PostgreSQL doesn't show the server's statement for a list. If the server has another one now, change LAST_LIST \
        in bench/src/scenarios/list.rs.".into())
}

const ATTEMPTS: u32 = 20;
const LAST_LIST: &str = "SELECT query FROM pg_stat_activity WHERE datname = current_database() \
    AND pid <> pg_backend_pid() AND query LIKE 'SELECT%FROM \"provider_connection\" WHERE \
    \"provider_connection\".\"user_id\" = $1 AND \"provider_connection\".\"state\" <> $2 ORDER BY%' \
    ORDER BY query_start DESC LIMIT 1";
